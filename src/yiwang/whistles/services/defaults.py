"""Defaults 默认设定: kinds, matters, stages, scale and thresholds of the package, loaded where missing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...kernel.actor import Actor
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act, acting, bump
from ..models import FrequencyRule, WhistleKind, WhistleMatter, WhistleRatingOption, WorkStage
from ..queries.rulebook import CACHE
from .configuring import LIMITS, demand_configure

BEGINNING = date(2024, 1, 1)


def load_whistle_rules(*, actor: Actor, at: datetime) -> int:
    """Load what is missing of the shipped rules (载入默认哨种); returns how many rows were added.

    Existing rows are never changed: they may be the city's own. Kinds of the optional pack are switched off.

    Raises:
        NotPermitted.
    """
    demand_configure(actor)
    shipped = shipped_yaml("yiwang.whistles", "defaults/whistles.yaml")
    with acting(actor=actor, at=at) as act:
        added = _kinds(act, shipped["kinds"])
        added += _matters(act, shipped["matters"], shipped["matter_basis"])
        added += _scales(act, shipped)
        bump(act, CACHE)
    return added


def _kinds(act: Act, rows: list[dict[str, Any]]) -> int:
    known = set(WhistleKind.objects.values_list("code", flat=True))
    fresh = [(order, row) for order, row in enumerate(rows) if row["code"] not in known]
    for order, row in fresh:
        values = {name: value for name, value in row.items() if name not in LIMITS}
        for name in LIMITS:
            amount, unit = row[name]
            values[f"{name}_amount"], values[f"{name}_unit"] = Decimal(str(amount)), unit
        kind = act.insert(WhistleKind(order=order, valid_from=BEGINNING, **values))
        body = {"code": kind.code, "on": kind.is_on, "valid_from": BEGINNING}
        act.record(kind, "whistles.kind_set", body)
    return len(fresh)


def _matters(act: Act, rows: list[dict[str, Any]], basis: str) -> int:
    known = set(WhistleMatter.objects.values_list("kind_code", "name"))
    fresh = [
        (order, row) for order, row in enumerate(rows) if (row.get("kind_code", ""), row["name"]) not in known
    ]
    for order, row in fresh:
        matter = act.insert(WhistleMatter(order=order, basis=basis, valid_from=BEGINNING, **row))
        act.record(matter, "whistles.matter_added", {"kind": matter.kind_code, "valid_from": BEGINNING})
    return len(fresh)


def _scales(act: Act, shipped: dict[str, Any]) -> int:
    added = 0
    stages = set(WorkStage.objects.values_list("code", flat=True))
    for order, row in enumerate(shipped["stages"]):
        if row["code"] not in stages:
            stage = act.insert(WorkStage(order=order, **row))
            act.record(stage, "whistles.stage_saved", {"code": stage.code, "order": order, "on": True})
            added += 1
    options = set(WhistleRatingOption.objects.values_list("question", "code"))
    for order, row in enumerate(shipped["ratings"]):
        if (row["question"], row["code"]) not in options:
            option = act.insert(WhistleRatingOption(order=order, **row))
            body = {"question": option.question, "code": option.code, "points": option.points, "on": True}
            act.record(option, "whistles.option_saved", body)
            added += 1
    if not FrequencyRule.objects.exists():
        rule = act.insert(FrequencyRule(valid_from=BEGINNING, **shipped["frequency"]))
        act.record(
            rule, "whistles.frequency_set", {"least": rule.least, "most": rule.most, "valid_from": BEGINNING}
        )
        added += 1
    return added
