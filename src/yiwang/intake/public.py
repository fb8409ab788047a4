"""The door of `intake`; everything else in the package is private."""

from .models import ImportRun, Mapping, QuarantineEntry, RawMessage
from .services.importing import Counts, run_import, start_run
from .services.mappings import publish_mapping, shipped_mapping

__all__ = [
    "Counts",
    "ImportRun",
    "Mapping",
    "QuarantineEntry",
    "RawMessage",
    "publish_mapping",
    "run_import",
    "shipped_mapping",
    "start_run",
]
