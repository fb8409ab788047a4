"""Catalog 事项: classification schemes, registering conditions with their limits, responsibility lists. Root entity: Scheme."""
