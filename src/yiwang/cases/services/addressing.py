"""Addressing 步骤对象: the units of the two trees, and the acts, that a step of a ladder is addressed to."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ...orgs.public import UnitKind, area_index, unit_index
from ..enums import Stage, StepTarget
from ..models import Case

#: Who works on a stage of a case, by the act; the stages of a task belong to its unit.
_STAGE_ACTS: dict[str, str] = {
    Stage.ACCEPT: "cases.accept",
    Stage.VERIFY: "cases.verify",
    Stage.REGISTER: "cases.register",
    Stage.DISPATCH: "cases.dispatch",
    Stage.REVIEW: "cases.review",
    Stage.RECHECK: "cases.recheck",
    Stage.CLOSE: "cases.close",
    Stage.CALLBACK: "cases.rate",
}
_ACTS: dict[str, str] = {
    StepTarget.DISPATCH: "cases.dispatch",
    StepTarget.REVIEW: "cases.review",
    StepTarget.SUPERVISE: "cases.supervise",
}
#: What kinds of units answer for an area, the first that it has.
_IN_CHARGE = (UnitKind.STREET_OFFICE, UnitKind.ZONE_COMMITTEE, UnitKind.OPERATIONS_CENTRE)
#: Where an escalation goes when none of its own targets exists.
_UPWARD = (StepTarget.PARENT, StepTarget.STREET, StepTarget.DISTRICT, StepTarget.CITY)


def units_of(targets: Iterable[str], case: Case, unit: UUID | None, stage: str) -> list[UUID]:
    """The units among the targets, each once; left out are targets without a unit, and one complained of."""
    found = (_unit_of(target, case, unit, stage) for target in targets)
    return list(dict.fromkeys(key for key in found if key not in {None, case.complained_unit}))


def acts_of(targets: Iterable[str], stage: str) -> list[str]:
    """The acts whose holders are among the targets."""
    found = (
        _STAGE_ACTS.get(stage) if target == StepTarget.STAGE else _ACTS.get(target) for target in targets
    )
    return list(dict.fromkeys(act for act in found if act))


def higher_unit(targets: Iterable[str], case: Case, unit: UUID | None, stage: str) -> UUID | None:
    """The unit a late case is raised to: of the targets, else of the way up, the first that is another one.

    The unit that is late, the one the case was raised to before and one complained of are passed over.
    """
    passed = {unit or case.host, case.raised_to, case.complained_unit}
    for key in units_of([*targets, *_UPWARD], case, unit, stage):
        if key not in passed:
            return key
    return None


def _unit_of(target: str, case: Case, unit: UUID | None, stage: str) -> UUID | None:
    working = unit or case.host
    if target == StepTarget.HOST or (target == StepTarget.STAGE and stage not in _STAGE_ACTS):
        return working
    if target == StepTarget.PARENT:
        node = unit_index().by_id.get(working) if working else None
        return node.parent_id if node else None
    if target == StepTarget.STREET:
        return _in_charge(case.street)
    if target == StepTarget.DISTRICT:
        return _in_charge(case.district)
    if target == StepTarget.CITY:
        return _in_charge(area_index().chain(case.district).city_id) if case.district else None
    return None


def _in_charge(area: UUID | None) -> UUID | None:
    if area is None:
        return None
    units = unit_index().in_area(area)
    return next((unit.id for kind in _IN_CHARGE for unit in units if unit.kind == kind), None)
