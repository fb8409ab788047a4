"""The door of `intake`; everything else in the package is private."""

from .models import ImportRun, Mapping, QuarantineEntry, RawMessage
from .queries.shipped import shipped_definitions
from .services.importing import Counts, run_import, start_run
from .services.mappings import publish_mapping, shipped_mapping
from .services.registry import add_key, publish_channel, switch_channel

__all__ = [
    "Counts",
    "ImportRun",
    "Mapping",
    "QuarantineEntry",
    "RawMessage",
    "add_key",
    "publish_channel",
    "publish_mapping",
    "run_import",
    "shipped_definitions",
    "shipped_mapping",
    "start_run",
    "switch_channel",
]
