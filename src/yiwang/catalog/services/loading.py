"""Load the package's own schemes 内置事项目录: idempotent and set-based.

The package ships class codes, names and limits as public facts; the wording of the conditions is the
project's own. A city replaces them by importing its standard.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...kernel.limits import limit_problem
from ...ledger.public import Act, acting, bump
from ..models import BEGINNING, Crosswalk, MatterClass, RegisteringCondition, Scheme
from ..permissions import demand_edit
from ..queries.index import CATALOG
from .packaged_admission import load_admitted
from .packaged_processes import STANDARDS, load_processes

#: In the order of loading: a crosswalk points at schemes loaded before it.
PACKAGED = ("city_management", "cjt214_2007", "hotline_12345", "grid_items")
#: Prefix of the source key of a condition that came with the package.
PACKAGE_KEY = "package:"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load added 载入计数; zeros when everything was there."""

    schemes: int = 0
    classes: int = 0
    conditions: int = 0
    crosswalks: int = 0
    processes: int = 0
    admitted: int = 0

    def __add__(self, other: LoadCounts) -> LoadCounts:
        return LoadCounts(
            self.schemes + other.schemes,
            self.classes + other.classes,
            self.conditions + other.conditions,
            self.crosswalks + other.crosswalks,
            self.processes + other.processes,
            self.admitted + other.admitted,
        )


def load_catalog(*, actor: Actor, at: datetime) -> LoadCounts:
    """Bring in the packaged schemes (载入内置事项目录) with classes, conditions, crosswalks,
    processes and examples of admitted lists.

    Adds what is missing and changes nothing that is there, so a city's own standard survives. Conditions
    come only with a class that this load adds.

    Raises:
        Refused: when the actor may not edit the catalog.
    """
    demand_edit(actor)
    counts = LoadCounts()
    with acting(actor=actor, at=at) as act:
        for name in PACKAGED:
            content = json.loads((STANDARDS / f"{name}.json").read_text(encoding="utf-8"))
            counts += _load_scheme(act, content)
        counts += LoadCounts(processes=load_processes(act), admitted=load_admitted(act))
        if counts != LoadCounts():
            bump(act, CATALOG)
    return counts


def _load_scheme(act: Act, content: Mapping[str, Any]) -> LoadCounts:
    scheme = Scheme.objects.select_for_update().filter(code=content["code"]).first()
    added = scheme is None
    if scheme is None:
        scheme = Scheme(code=content["code"], name=content["name"], source=content["source"])
        act.insert(scheme)
        act.flush()
    classes, conditions = _load_classes(scheme, content["classes"])
    crosswalks = _load_crosswalks(scheme, content.get("crosswalks", []))
    counts = LoadCounts(int(added), classes, conditions, crosswalks)
    if counts != LoadCounts():
        act.record(
            scheme,
            "catalog.scheme_loaded",
            {"classes": classes, "conditions": conditions, "crosswalks": crosswalks},
        )
        act.flush()
    return counts


def _load_classes(scheme: Scheme, entries: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Insert the classes that the scheme has never had, parents before children."""
    known = {row.code: row for row in MatterClass.objects.filter(scheme=scheme)}
    fresh: list[MatterClass] = []
    conditions: list[RegisteringCondition] = []
    for entry in entries:
        if entry["code"] in known:
            continue
        row = _class_of(scheme, entry, known.get(entry.get("parent") or ""))
        known[row.code] = row
        fresh.append(row)
        conditions += _conditions_of(row, entry.get("conditions", []))
    MatterClass.objects.bulk_create(fresh, batch_size=_BATCH)
    RegisteringCondition.objects.bulk_create(conditions, batch_size=_BATCH)
    return len(fresh), len(conditions)


def _class_of(scheme: Scheme, entry: Mapping[str, Any], parent: MatterClass | None) -> MatterClass:
    limit = entry.get("default_limit")
    return MatterClass(
        scheme=scheme,
        code=entry["code"],
        level=entry["level"],
        parent=parent,
        name=entry["name"],
        kind=entry["kind"],
        local_extension=entry.get("local_extension", False),
        demands_registering=entry.get("demands_registering", False),
        review_required=entry.get("review_required", False),
        sensitive=entry.get("sensitive", False),
        default_amount=_amount(entry["code"], limit) if limit else None,
        default_unit=limit[1] if limit else "",
        basis=entry.get("basis", ""),
        valid_from=_day(entry.get("valid_from")) or BEGINNING,
        valid_to=_day(entry.get("valid_to")),
    )


def _amount(code: str, limit: Sequence[Any]) -> Decimal:
    """The amount of an entry's limit.

    Raises:
        Invalid: when no clock can run it; names the class and the limit.
    """
    amount, unit = Decimal(limit[0]), limit[1]
    problem = limit_problem(amount, unit)
    if problem is not None:
        raise invalid("limit", f"{code} {amount} {unit}", f"分类 {code} 的时限不能使用：{problem}")
    return amount


def _conditions_of(row: MatterClass, entries: Iterable[Mapping[str, Any]]) -> list[RegisteringCondition]:
    return [
        RegisteringCondition(
            matter_class=row,
            ordinal=ordinal,
            text=entry["text"],
            closing_text=entry["closing"],
            amount=_amount(row.code, entry["limit"]),
            unit=entry["limit"][1],
            source_key=f"{PACKAGE_KEY}{row.code}/{ordinal}",
            valid_from=row.valid_from,
        )
        for ordinal, entry in enumerate(entries, start=1)
    ]


def _load_crosswalks(scheme: Scheme, entries: list[Mapping[str, Any]]) -> int:
    """Insert the crosswalks that are not there; both ends are looked up by code."""
    if not entries:
        return 0
    targets = {s.code: s for s in Scheme.objects.filter(code__in={e["to_scheme"] for e in entries})}
    classes = {
        (row.scheme_id, row.code): row
        for row in MatterClass.objects.filter(scheme__in=[scheme, *targets.values()])
    }
    known = set(
        Crosswalk.objects.filter(from_class__scheme=scheme).values_list("from_class_id", "to_scheme_id")
    )
    fresh = []
    for entry in entries:
        origin, target = classes[scheme.id, entry["from"]], targets[entry["to_scheme"]]
        if (origin.id, target.id) in known:
            continue
        reached = classes[target.id, entry["to"]] if entry["to"] else None
        fresh.append(
            Crosswalk(from_class=origin, to_scheme=target, to_class=reached, note=entry.get("note", ""))
        )
    Crosswalk.objects.bulk_create(fresh, batch_size=_BATCH)
    return len(fresh)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
