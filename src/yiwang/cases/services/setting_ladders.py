"""Setting ladders 设定催督办阶梯: a change leaves the past as it was, and running clocks follow it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ...catalog.public import MatterKind, catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act, acting, bump
from ..enums import LadderEvent, Stage, Urgency
from ..models import Ladder, LadderReplan
from ..policy import local_day
from ..steps import step_problems
from .policies import demand_configure
from .replanning import ask_replan

_COLUMNS = ("code", "name", "steps", "basis", "is_example")


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """What a ladder says 阶梯内容, as entered; `stage` is one of `Stage` or `LadderEvent`.

    `steps` are as `cases.steps` reads them.
    """

    stage: str
    name: str
    steps: tuple[dict[str, Any], ...]
    valid_from: date
    code: str = ""
    class_kind: str = ""
    matter_class: UUID | None = None
    urgency: str = ""
    basis: str = ""
    is_example: bool = False


def set_ladder(*, actor: Actor, at: datetime, terms: LadderTerms, expected: int | None = None) -> Ladder:
    """Set a ladder 设定阶梯 from a day on; one for the same cases with the same first day is changed.

    Running clocks are planned anew in the background; no due instant moves. A ladder of an event is off
    until it is switched on, unless it goes on where one that is on ends.

    Raises:
        Refused, StaleVersion; Invalid: names each wrong field.
    """
    demand_configure(actor)
    of_event = terms.stage in LadderEvent.values
    problems = [*_problems(terms, local_day(at)), *step_problems(terms.steps, of_event=of_event)]
    if problems:
        raise invalid_fields(problems)
    with acting(actor=actor, at=at) as act:
        rows = [row for row in act.fetch(Ladder, stage=terms.stage) if _key(row) == _key(terms)]
        same = next((row for row in rows if row.valid_from == terms.valid_from), None)
        row = _change(act, same, terms, expected) if same else _begin(act, rows, terms)
        _follow(act, row)
    return row


def end_ladder(
    *, actor: Actor, at: datetime, ladder_id: UUID, valid_to: date, expected: int | None = None
) -> Ladder:
    """End a ladder 停用阶梯: from `valid_to` on the next wider one holds.

    Raises:
        Conflict: it has ended. Invalid: a day that is past, or before its first.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(Ladder, ladder_id, expected=expected)
        if row.valid_to is not None and row.valid_to <= local_day(at):
            raise Conflict(f"该阶梯已于 {row.valid_to} 停用。", code="cases.ladder_ended")
        if valid_to < max(local_day(at), row.valid_from):
            raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
        row.valid_to = valid_to
        act.update(row, "valid_to")
        act.record(row, "cases.ladder_ended", {"valid_to": valid_to})
        _follow(act, row)
    return row


def switch_ladder(
    *, actor: Actor, at: datetime, ladder_id: UUID, on: bool, expected: int | None = None
) -> Ladder:
    """Switch the ladder of an event on or off 启用或停用事件阶梯, from now on; what was opened stays.

    Raises:
        Refused, StaleVersion; Conflict: it is so already, it has ended, or it is a stage's, always on.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(Ladder, ladder_id, expected=expected)
        if row.stage not in LadderEvent.values:
            raise Conflict("阶段的阶梯始终启用，不再适用的请设停用日。", code="cases.ladder_always_on")
        if row.valid_to is not None and row.valid_to <= local_day(at):
            raise Conflict(f"该阶梯已于 {row.valid_to} 停用。", code="cases.ladder_ended")
        if row.is_on == on:
            raise Conflict("该阶梯已经是这个状态。", code="cases.ladder_switched_already")
        row.is_on = on
        act.update(row, "is_on")
        act.record(row, "cases.ladder_switched", {"is_on": on})
        _follow(act, row)
    return row


def _follow(act: Act, row: Ladder) -> None:
    """Tell every process of a changed ladder; running clocks are planned anew, an event has none."""
    bump(act, "ladders")
    if row.stage not in LadderEvent.values:
        ask_replan(act, [row.stage], ladder=row)


def load_ladders(act: Act, valid_from: date) -> int:
    """Load the shipped ladders where a stage has none; existing rows are never changed."""
    shipped = shipped_yaml("yiwang.cases", "defaults/ladders.yaml")
    known = set(Ladder.objects.values_list("stage", flat=True))
    added = 0
    for row in shipped["ladders"]:
        for stage in [stage for stage in row["stages"] if stage not in known]:
            terms = LadderTerms(
                stage, row["name"], tuple(row["steps"]), valid_from, row["code"],
                urgency=row.get("urgency", ""), basis=shipped["basis"], is_example=True,
            )  # fmt: skip
            _begin(act, [], terms)
            added += 1
    if added:
        bump(act, "ladders")
    return added


def replans(limit: int = 5) -> list[LadderReplan]:
    """The latest re-plans 阶梯重排, newest first, with how far each has come."""
    return list(LadderReplan.objects.select_related("ladder").order_by("-asked_at")[:limit])


def _key(row: Ladder | LadderTerms) -> tuple[str, UUID | None, str]:
    return row.class_kind, row.matter_class, row.urgency


def _begin(act: Act, rows: list[Ladder], terms: LadderTerms) -> Ladder:
    """A new row; the one for the same cases that was in force ends where it begins."""
    held = [
        r for r in rows if r.valid_from < terms.valid_from and (r.valid_to or date.max) > terms.valid_from
    ]
    for row in held:
        row.valid_to = terms.valid_from
        act.update(row, "valid_to")
        act.record(row, "cases.ladder_ended", {"valid_to": terms.valid_from})
    until = min((row.valid_from for row in rows if row.valid_from > terms.valid_from), default=None)
    made = act.insert(
        Ladder(
            stage=terms.stage, class_kind=terms.class_kind, matter_class=terms.matter_class,
            urgency=terms.urgency, valid_from=terms.valid_from, valid_to=until,
            is_on=terms.stage not in LadderEvent.values or any(row.is_on for row in held), **_values(terms),
        )
    )  # fmt: skip
    act.record(made, "cases.ladder_set", _body(made))
    return made


def _change(act: Act, row: Ladder, terms: LadderTerms, expected: int | None) -> Ladder:
    row = act.lock(Ladder, row.id, expected=expected)
    before = _body(row)
    for name, value in _values(terms).items():
        setattr(row, name, value)
    act.update(row, *_COLUMNS)
    act.record(row, "cases.ladder_changed", {**_body(row), "before": before})
    return row


def _values(terms: LadderTerms) -> dict[str, Any]:
    return {
        "code": terms.code or terms.stage,
        "name": terms.name.strip(),
        "steps": [dict(step) for step in terms.steps],
        "basis": terms.basis.strip(),
        "is_example": terms.is_example,
    }


def _body(row: Ladder) -> dict[str, Any]:
    return {
        "code": row.code, "stage": row.stage, "class_kind": row.class_kind, "class": row.matter_class,
        "urgency": row.urgency, "steps": row.steps, "valid_from": row.valid_from,
    }  # fmt: skip


def _problems(terms: LadderTerms, today: date) -> Iterator[FieldProblem]:
    node = catalog_index().class_by_id.get(terms.matter_class) if terms.matter_class else None
    if terms.stage not in {*Stage.values, *LadderEvent.values} or terms.stage == Stage.SUSPENDED:
        yield FieldProblem("stage", terms.stage, "请选择一个有时限的阶段，或一种事件。")
    if terms.class_kind and terms.class_kind not in MatterKind.values:
        yield FieldProblem("class_kind", terms.class_kind, f"只能是 {'、'.join(MatterKind.values)} 之一。")
    elif terms.matter_class and (node is None or terms.class_kind not in {"", node.kind}):
        yield FieldProblem("matter_class", str(terms.matter_class), "请选择该事项种类之下的类别。")
    if terms.urgency and terms.urgency not in Urgency.values:
        yield FieldProblem("urgency", terms.urgency, f"只能是 {'、'.join(Urgency.values)} 之一。")
    if not terms.name.strip():
        yield FieldProblem("name", terms.name, "请填写名称。")
    if not terms.steps:
        yield FieldProblem("steps", "", "请至少填写一步。")
    if terms.valid_from < today:
        yield FieldProblem("valid_from", str(terms.valid_from), "生效日不得早于今天，已走的步骤不变。")


__all__ = ["LadderTerms", "end_ladder", "load_ladders", "replans", "set_ladder", "switch_ladder"]
