"""The door of `interface`; everything else in the package is private."""
