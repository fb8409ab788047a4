"""Services 业务行为 of the loop: one function, one business act, one transaction."""
