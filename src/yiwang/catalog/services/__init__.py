"""Acts on the catalog 事项服务."""
