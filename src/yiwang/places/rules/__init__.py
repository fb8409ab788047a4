"""Pure decisions of `places` on values: partitions, shapes, coverage checks, tile arithmetic."""
