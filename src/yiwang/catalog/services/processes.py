"""Acts on standard processes 标准流程: add, change by a new version, switch own dispatching, end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...ledger.public import Act, acting, bump
from ...orgs.public import UnitKind, area_index
from ..models import ProcessStep, Scheme, StandardProcess
from ..permissions import demand_edit
from ..queries.index import catalog_index, shanghai_day
from ..queries.processes import PROCESSES
from ..queries.roles import step_acts
from ..rules.processes import StepNode, step_problems


@dataclass(frozen=True, slots=True)
class ProcessTerms:
    """What a process says 流程内容, as entered.

    Attributes:
        class_id: the class it belongs to.
        area_id: an area of either tree; None for the whole city.
        valid_from: first day; None for the day of the act.
    """

    code: str
    name: str
    class_id: UUID
    steps: Sequence[StepNode]
    area_id: UUID | None = None
    is_example: bool = False
    can_dispatch: bool = False
    basis: str = ""
    valid_from: date | None = None


def add_process(*, actor: Actor, at: datetime, terms: ProcessTerms) -> StandardProcess:
    """Add a standard process (新增标准流程).

    Raises:
        Refused: when the actor may not edit the catalog.
        Invalid: names the field or the step that is wrong.
        Conflict: the code, or the class in that area, has a process on that day already.
    """
    demand_edit(actor)
    with _told_apart(), acting(actor=actor, at=at) as act:
        return _add(act, terms, replaces=None)


def replace_process(
    *, actor: Actor, at: datetime, process_id: UUID, terms: ProcessTerms, expected: int | None = None
) -> StandardProcess:
    """Change a process (变更标准流程): this version ends on the day the new one begins.

    Whether it dispatches by itself carries over only while the new version still may.

    Raises:
        as `add_process`; NotFound, StaleVersion; Conflict when this version has ended.
    """
    demand_edit(actor)
    with _told_apart(), acting(actor=actor, at=at) as act:
        row = act.lock(StandardProcess, process_id, expected=expected)
        _end(act, row, terms.valid_from or shanghai_day(at))
        act.flush()
        return _add(act, terms, replaces=row)


def end_process(
    *, actor: Actor, at: datetime, process_id: UUID, valid_to: date, expected: int | None = None
) -> StandardProcess:
    """End a process (终止标准流程): `valid_to` is the first day on which it no longer holds.

    Raises:
        Refused, NotFound, StaleVersion, Conflict, Invalid: as above.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(StandardProcess, process_id, expected=expected)
        _end(act, row, valid_to)
        bump(act, PROCESSES)
    return row


def switch_process(
    *, actor: Actor, at: datetime, process_id: UUID, on: bool, expected: int | None = None
) -> StandardProcess:
    """Switch a process's own dispatching on or off (开启或关闭自行派单).

    Raises:
        Refused, NotFound, StaleVersion: as everywhere.
        Conflict: when it is not one that may dispatch by itself.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(StandardProcess, process_id, expected=expected)
        if on and not row.can_dispatch:
            raise Conflict(
                f"“{row.name}”未标明可自行派单，请先变更流程。", code="catalog.process_cannot_dispatch"
            )
        if row.dispatches != on:
            row.dispatches = on
            act.update(row, "dispatches")
            act.record(row, "catalog.process_switched", {"code": row.code, "dispatches": on})
            bump(act, PROCESSES)
    return row


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn the refusal of the exclusion constraints into words."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(
            "这个代码或这个分类在该区域已有标准流程，请变更原有流程，或改写代码、区域或日期。",
            code="catalog.process_taken",
        ) from error


def _end(act: Act, row: StandardProcess, valid_to: date) -> None:
    if row.valid_to is not None and row.valid_to <= valid_to:
        raise Conflict(f"该流程已于 {row.valid_to} 失效。", code="catalog.process_ended")
    if valid_to < row.valid_from:
        raise invalid("valid_from", valid_to, f"不得早于原流程的生效日期 {row.valid_from}。")
    row.valid_to = valid_to
    act.update(row, "valid_to")
    act.record(row, "catalog.process_ended", {"code": row.code, "valid_to": valid_to})


def _add(act: Act, terms: ProcessTerms, *, replaces: StandardProcess | None) -> StandardProcess:
    _check(act, terms)
    row = StandardProcess(
        code=terms.code.strip(),
        name=terms.name.strip(),
        matter_class_id=terms.class_id,
        area_id=terms.area_id,
        is_example=terms.is_example,
        can_dispatch=terms.can_dispatch,
        dispatches=bool(replaces and replaces.dispatches and terms.can_dispatch),
        basis=terms.basis.strip(),
        valid_from=terms.valid_from or shanghai_day(act.at),
    )
    write_process(act, row, terms.steps, replaces=replaces.id if replaces else None)
    bump(act, PROCESSES)
    act.flush()
    return row


def write_process(
    act: Act, row: StandardProcess, steps: Sequence[StepNode], *, replaces: UUID | None = None
) -> None:
    """Insert a process with its steps and journal it; the caller has checked them."""
    act.insert(row)
    body = {
        "code": row.code,
        "class": row.matter_class_id,
        "area": row.area_id,
        "steps": len(steps),
        "valid_from": row.valid_from,
        "replaces": replaces,
    }
    act.record(row, "catalog.process_added", body)
    act.flush()
    for step in steps:
        act.insert(
            ProcessStep(
                process=row,
                ordinal=step.ordinal,
                what=step.what.strip(),
                act=step.act,
                unit_kind=step.unit_kind,
                limit_amount=_decimal(step) if step.limit else None,
                limit_unit=step.limit.unit if step.limit else "",
                proof=list(step.proof),
                next_ordinal=step.next_ordinal,
            )
        )


def _decimal(step: StepNode) -> Decimal:
    assert step.limit is not None
    amount = step.limit.amount
    return Decimal(amount.numerator) / amount.denominator


def _check(act: Act, terms: ProcessTerms) -> None:
    problems = []
    if not terms.code.strip() or len(terms.code.strip()) > 40:
        problems.append(FieldProblem("code", terms.code, "请填写代码，不超过 40 字。"))
    if not terms.name.strip() or len(terms.name.strip()) > 80:
        problems.append(FieldProblem("name", terms.name, "请填写名称，不超过 80 字。"))
    node = catalog_index(act.at).class_by_id.get(terms.class_id)
    if node is None:
        problems.append(FieldProblem("class_id", str(terms.class_id), "请选择已有的分类。"))
    else:
        act.lock(Scheme, node.scheme_id)
    if terms.area_id and terms.area_id not in area_index().by_id:
        problems.append(FieldProblem("area_id", str(terms.area_id), "请选择已登记的区域。"))
    for ordinal, remedy in step_problems(terms.steps, acts=step_acts(), unit_kinds=UnitKind.values):
        number = str(ordinal or "")
        problems.append(FieldProblem("steps", number, f"第 {ordinal} 步：{remedy}" if ordinal else remedy))
    if problems:
        raise invalid_fields(problems)
