"""The door of `triage`; everything else in the package is private."""

from .queries.explaining import explanation_of_case
from .services.placing_models import record_place_name

__all__ = ["explanation_of_case", "record_place_name"]
