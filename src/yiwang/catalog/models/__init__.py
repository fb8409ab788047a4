"""Tables of the catalog 事项."""

from .responsibility import ResponsibilityRow
from .scheme import (
    BEGINNING,
    Crosswalk,
    LimitQuarantine,
    MatterClass,
    RegisteringCondition,
    Scheme,
)

__all__ = [
    "BEGINNING",
    "Crosswalk",
    "LimitQuarantine",
    "MatterClass",
    "RegisteringCondition",
    "ResponsibilityRow",
    "Scheme",
]
