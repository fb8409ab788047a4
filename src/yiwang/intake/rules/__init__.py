"""Pure decisions of intake: what a mapping file says, and what it makes of a row."""
