"""Pages of accounts 账号页面."""
