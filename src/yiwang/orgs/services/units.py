"""Services on units 机构服务: create, rename, close, a street office by template, a whole list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from ...kernel.actor import Actor
from ...kernel.canonical import GENESIS
from ...kernel.errors import FieldProblem, Invalid, NotFound, invalid
from ...kernel.ids import uuid7
from ...ledger.public import Act, acting, execute
from ..enums import LoadSubject, UnitKind
from ..errors import StillInUse
from ..models import BulkLoad, Post, Unit
from ..permissions import EDIT, demand_area, demand_unit
from ..queries import area_index
from ..rules.divisions import UnitRow, rows_digest
from .caches import units_changed
from .divisions import LoadCounts
from .standard import office_templates


def create_unit(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    name: str,
    kind: UnitKind,
    parent_id: UUID | None = None,
    home_area_id: UUID | None = None,
    is_example: bool = False,
) -> Unit:
    """Create a unit 设立机构, valid from the day of `at`.

    Raises:
        Refused: unless the parent unit, or without one the home area, lies in the actor's `orgs.edit`.
        Invalid: for an empty or taken code, or an empty name.
    """
    _demand_place(actor, parent_id, home_area_id, at)
    if not code.strip():
        raise invalid("code", code, "请填写代码。")
    if not name.strip():
        raise invalid("name", name, "请填写名称。")
    with acting(actor=actor, at=at) as act:
        unit = Unit(
            code=code.strip(),
            name=name.strip(),
            kind=kind,
            parent_id=parent_id,
            home_area_id=home_area_id,
            is_example=is_example,
        )
        _add_unit(act, unit)
        units_changed(act)
    return unit


def _demand_place(actor: Actor, parent_id: UUID | None, home_area_id: UUID | None, at: datetime) -> None:
    if parent_id is not None:
        demand_unit(actor, EDIT, parent_id, at)
    if home_area_id is not None or parent_id is None:
        demand_area(actor, EDIT, home_area_id, at)


def _add_unit(act: Act, unit: Unit) -> Unit:
    """Add a unit, valid from the day of the act; its code must be free."""
    unit.valid_from = timezone.localdate(act.at)
    if Unit.objects.filter(code=unit.code).exclude(valid_to__lte=unit.valid_from).exists():
        raise invalid("code", unit.code, "该代码已被使用。")
    act.insert(unit)
    body = {"code": unit.code, "kind": str(unit.kind), "parent": unit.parent_id}
    act.record(unit, "orgs.unit_created", body)
    return unit


def rename_unit(*, actor: Actor, at: datetime, unit_id: UUID, name: str, expected: int | None = None) -> Unit:
    """Rename a unit 机构更名; key and code stay."""
    demand_unit(actor, EDIT, unit_id, at)
    if not name.strip():
        raise invalid("name", name, "请填写名称。")
    with acting(actor=actor, at=at) as act:
        unit = act.lock(Unit, unit_id, expected=expected)
        unit.name = name.strip()
        act.update(unit, "name")
        act.record(unit, "orgs.unit_renamed", {"code": unit.code})
        units_changed(act)
    return unit


def close_unit(
    *, actor: Actor, at: datetime, unit_id: UUID, valid_to: date, expected: int | None = None
) -> Unit:
    """Dissolve a unit 撤销机构 from a day on.

    Raises:
        StillInUse: while units below it or open posts in it stand.
    """
    demand_unit(actor, EDIT, unit_id, at)
    with acting(actor=actor, at=at) as act:
        unit = act.lock(Unit, unit_id, expected=expected)
        if valid_to <= unit.valid_from:
            raise invalid("valid_to", valid_to, "失效日须晚于生效日。")
        if Unit.objects.filter(parent_id=unit_id).exclude(valid_to__lte=valid_to).exists():
            raise StillInUse("该机构下还有下级机构，请先撤销下级。")
        if Post.objects.filter(unit_id=unit_id, closed_at=None).exists():
            raise StillInUse("该机构还有岗位，请先撤销岗位。")
        unit.valid_to = valid_to
        act.update(unit, "valid_to")
        act.record(unit, "orgs.unit_closed", {"code": unit.code, "valid_to": valid_to})
        units_changed(act)
    return unit


def create_street_office(
    *, actor: Actor, at: datetime, area_id: UUID, template: str, parent_id: UUID | None = None
) -> Unit:
    """Create a street office with its member offices 按模板设立街道办事处; returns the office.

    The office takes the code `S` and the street's code; members append two digits in template order.

    Args:
        template: code of a template, such as `five_two` (五部一局两中心).

    Raises:
        NotFound: for an unknown street or template.
        Invalid: when the office of that street stands already.
    """
    demand_area(actor, EDIT, area_id, at)
    street = area_index(timezone.localdate(at)).by_id.get(area_id)
    found = office_templates().get(template)
    if street is None or found is None:
        raise NotFound("没有这个街道或模板。")
    code = f"S{street.code}"
    suffix = "人民政府" if street.style in {"town", "township"} else "办事处"
    with acting(actor=actor, at=at) as act:
        office = Unit(
            code=code,
            name=f"{street.name}{suffix}",
            kind=UnitKind.STREET_OFFICE,
            parent_id=parent_id,
            home_area_id=area_id,
        )
        _add_unit(act, office)
        for number, member in enumerate(found.members, start=1):
            part = Unit(
                code=f"{code}{number:02d}",
                name=f"{street.name}{member.name}",
                kind=member.kind,
                parent_id=office.id,
                home_area_id=area_id,
                is_example=member.is_example,
            )
            _add_unit(act, part)
        units_changed(act)
    return office


_INSERT = """
INSERT INTO orgs_unit
  (id, version, journal_head, code, name, kind, parent_id, home_area_id, is_example, valid_from)
SELECT n.id, 0, %s, n.code, n.name, n.kind, n.parent_id, n.home_area_id, n.is_example, %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bool[])
  AS n(id, code, name, kind, parent_id, home_area_id, is_example)
"""
_UPDATE = """
UPDATE orgs_unit AS u SET name = n.name, kind = n.kind, parent_id = n.parent_id,
  home_area_id = n.home_area_id, is_example = n.is_example
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bool[])
  AS n(id, name, kind, parent_id, home_area_id, is_example)
WHERE u.id = n.id
"""


def load_units(*, actor: Actor, at: datetime, rows: Iterable[UnitRow], source: str = "") -> LoadCounts:
    """Load a list of units 载入机构 in one statement, journaled once; may be run again.

    A unit whose code stands already keeps its key and takes over the rest; one left out stays.

    Raises:
        Refused: without `orgs.edit` everywhere.
        Invalid: naming each row with an unknown kind, parent or area, or a repeated code.
    """
    demand_area(actor, EDIT, None, at)
    listed = list(rows)
    day = timezone.localdate(at)
    with acting(actor=actor, at=at) as act:
        execute("SELECT pg_advisory_xact_lock(hashtext('orgs.load_units'))", [])
        standing = {unit.code: unit for unit in Unit.objects.exclude(valid_to__lte=day)}
        areas = {code: node.id for code, node in area_index(day).by_code.items()}
        _check_unit_rows(listed, set(standing) | {row.code for row in listed}, set(areas))
        keys = {code: unit.id for code, unit in standing.items()}
        keys.update({row.code: uuid7() for row in listed if row.code not in keys})
        counts = _write_units(act, listed, standing, keys, areas)
        if counts.inserted or counts.updated:
            digest = rows_digest(listed)
            load = act.insert(
                BulkLoad(
                    subject=LoadSubject.UNITS,
                    source=source,
                    digest=digest,
                    inserted=counts.inserted,
                    updated=counts.updated,
                    unchanged=counts.unchanged,
                    at=at,
                )
            )
            act.record(
                load,
                "orgs.units_loaded",
                {"inserted": counts.inserted, "updated": counts.updated, "digest": digest},
            )
            units_changed(act)
    return counts


def _check_unit_rows(rows: Sequence[UnitRow], codes: set[str], areas: set[str]) -> None:
    seen: set[str] = set()
    problems: list[FieldProblem] = []
    for row in rows:
        checks = (
            (not row.code or not row.name, "代码和名称均须填写。"),
            (row.code in seen, "代码重复，请保留一行。"),
            (row.kind not in UnitKind.values, f"类别“{row.kind}”不存在。"),
            (bool(row.parent_code) and row.parent_code not in codes, f"上级代码“{row.parent_code}”不存在。"),
            (bool(row.area_code) and row.area_code not in areas, f"区域代码“{row.area_code}”不存在。"),
        )
        seen.add(row.code)
        remedy = next((text for wrong, text in checks if wrong), None)
        if remedy:
            problems.append(FieldProblem(f"{row.code} {row.name}".strip(), row.parent_code, remedy))
    if problems:
        raise Invalid(f"机构清单有 {len(problems)} 处错误。", problems[:20], count=len(problems))


def _write_units(
    act: Act,
    rows: Sequence[UnitRow],
    standing: dict[str, Unit],
    keys: dict[str, UUID],
    areas: dict[str, UUID],
) -> LoadCounts:
    new: list[tuple[object, ...]] = []
    changed: list[tuple[object, ...]] = []
    for row in rows:
        place = (keys.get(row.parent_code), areas.get(row.area_code))
        known = standing.get(row.code)
        if known is None:
            new.append((keys[row.code], row.code, row.name, row.kind, *place, row.is_example))
            continue
        before = (known.name, known.kind, known.parent_id, known.home_area_id, known.is_example)
        after = (row.name, row.kind, *place, row.is_example)
        if before != after:
            changed.append((known.id, *after))
    if new:
        columns = [list(column) for column in zip(*new, strict=True)]
        act.also(_INSERT, [bytes(GENESIS), timezone.localdate(act.at), *columns])
    if changed:
        act.also(_UPDATE, [list(column) for column in zip(*changed, strict=True)])
    return LoadCounts(len(new), len(changed), len(rows) - len(new) - len(changed))
