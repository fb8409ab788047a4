"""Tables of the catalog 事项."""

from .admission import AdmissionRule, AdmittedMatter, Exemption
from .draft import DraftChange, PublishingRule, ResponsibilityDraft
from .process import ProcessStep, StandardProcess
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
    "AdmissionRule",
    "AdmittedMatter",
    "Crosswalk",
    "DraftChange",
    "Exemption",
    "LimitQuarantine",
    "MatterClass",
    "ProcessStep",
    "PublishingRule",
    "RegisteringCondition",
    "ResponsibilityDraft",
    "ResponsibilityRow",
    "Scheme",
    "StandardProcess",
]
