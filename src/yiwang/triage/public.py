"""The door of `triage`; everything else in the package is private."""

from .queries.explaining import explanation_of_case

__all__ = ["explanation_of_case"]
