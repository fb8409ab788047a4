"""Pure decisions of the catalog 事项规则."""
