"""Defaults 默认数据 of levels, same-day closing and call-backs, loaded where the city has none of its own."""

from __future__ import annotations

from datetime import date
from typing import Any

from ...catalog.public import catalog_index
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act
from ..models import CallbackQuestion, CallbackRule, LevelRule, RaiseRule, SameDayRule

_TABLES: tuple[tuple[str, Any], ...] = (
    ("levels", LevelRule),
    ("raises", RaiseRule),
    ("same_day", SameDayRule),
    ("callbacks", CallbackRule),
    ("questions", CallbackQuestion),
)


def load_level_defaults(act: Act, *, valid_from: date) -> int:
    """Add the shipped rows of each table that is still empty; returns how many.

    A row of a class that the catalog does not have is left out.
    """
    shipped = shipped_yaml("yiwang.cases", "defaults/levels.yaml")
    added = 0
    for section, model in _TABLES:
        if model.objects.exists():
            continue
        for order, given in enumerate(shipped[section]):
            values = _values(dict(given))
            if values is None:
                continue
            if model is CallbackQuestion:
                values["order"] = order
            row = act.insert(model(valid_from=valid_from, **values))
            act.record(row, "cases.loop_rule_set", {"table": section, "valid_from": valid_from})
            added += 1
    return added


def _values(given: dict[str, Any]) -> dict[str, Any] | None:
    """Columns of a shipped row; None when its class is not in the catalog."""
    named = given.pop("class", None)
    if named is None:
        return given
    node = catalog_index().class_by_code(*named)
    return None if node is None else {**given, "matter_class": node.id}
