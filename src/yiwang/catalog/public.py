"""The door of `catalog`; everything else in the package is private."""

from .enums import ClassLevel, LimitUnit, MatterKind
from .errors import ResponsibilityTie
from .models import Crosswalk, MatterClass, RegisteringCondition, ResponsibilityRow, Scheme
from .queries.index import catalog_index
from .queries.responsibility import Responsibility, responsible
from .rules.index import CatalogIndex
from .rules.nodes import ClassNode, ConditionNode, LimitValue, SchemeNode
from .services.loading import load_catalog
from .services.responsibility import (
    ResponsibilityTerms,
    add_responsibility,
    end_responsibility,
    replace_responsibility,
)

__all__ = [
    "CatalogIndex",
    "ClassLevel",
    "ClassNode",
    "ConditionNode",
    "Crosswalk",
    "LimitUnit",
    "LimitValue",
    "MatterClass",
    "MatterKind",
    "RegisteringCondition",
    "Responsibility",
    "ResponsibilityRow",
    "ResponsibilityTerms",
    "ResponsibilityTie",
    "Scheme",
    "SchemeNode",
    "add_responsibility",
    "catalog_index",
    "end_responsibility",
    "load_catalog",
    "replace_responsibility",
    "responsible",
]
