"""Pages of the catalog 事项页面."""
