"""Acts of intake."""
