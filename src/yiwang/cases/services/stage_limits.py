"""Setting stage limits 阶段时限: a change begins on a day and leaves the clocks that run as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...catalog.public import MatterKind, catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...kernel.limits import limit_problem
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act, acting, bump
from ..enums import Stage, Urgency
from ..models import StageLimit
from ..policy import local_day
from .policies import demand_configure
from .stages import TIME_ONLY

_COLUMNS = ("amount", "unit", "legal_amount", "legal_unit", "from_signing", "basis")
MOST_BASIS = 200


@dataclass(frozen=True, slots=True)
class StageTerms:
    """What a stage limit says 时限内容, as entered.

    Attributes:
        class_kind, matter_class, urgency: for whom; empty or None for everybody.
        amount, unit: what is promised; None when nothing is.
        legal_amount, legal_unit: what the law allows; None when no law is named.
        from_signing: contacting the reporter counts from signing.
        basis: the document the limits come from, or that there is none; 1 to 200 characters.
        valid_from: the first day, not before the day of the act.
    """

    stage: str
    valid_from: date
    class_kind: str = ""
    matter_class: UUID | None = None
    urgency: str = ""
    amount: Decimal | None = None
    unit: str = ""
    legal_amount: Decimal | None = None
    legal_unit: str = ""
    from_signing: bool = False
    basis: str = ""

    @property
    def target(self) -> tuple[str, str, UUID | None, str]:
        """Whom it holds for."""
        return (self.stage, self.class_kind, self.matter_class, self.urgency)


def set_stage_limit(
    *, actor: Actor, at: datetime, terms: StageTerms, expected: int | None = None
) -> StageLimit:
    """Set a stage limit (设定阶段时限) from a day on; one that has the same first day is changed.

    Clocks that run keep the limit they started with.

    Args:
        expected: version of the row that begins on that day, where there is one.

    Raises:
        Refused, StaleVersion; Invalid: names each wrong field.
    """
    demand_configure(actor)
    problems = [FieldProblem(*problem) for problem in _problems(terms, local_day(at))]
    if problems:
        raise invalid_fields(problems)
    with acting(actor=actor, at=at) as act:
        rows = [row for row in act.fetch(StageLimit, stage=terms.stage) if _target(row) == terms.target]
        same = [row for row in rows if row.valid_from == terms.valid_from]
        if same:
            row = act.lock(StageLimit, same[0].id, expected=expected)
            before = _body(row)
            for name, value in _values(terms).items():
                setattr(row, name, value)
            act.update(row, *_COLUMNS)
            act.record(row, "cases.stage_limit_changed", {**_body(row), "before": before})
        else:
            row = _begin(act, rows, terms)
        bump(act, "policy")
    return row


def end_stage_limit(
    *, actor: Actor, at: datetime, limit_id: UUID, valid_to: date, expected: int | None = None
) -> StageLimit:
    """End a stage limit (停用阶段时限): from `valid_to` on the next wider row holds, or none.

    Raises:
        Refused, StaleVersion; Conflict: it has ended. Invalid: a day that is past, or before its first.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(StageLimit, limit_id, expected=expected)
        if row.valid_to is not None:
            raise Conflict(f"该时限已于 {row.valid_to} 停用。", code="cases.stage_limit_ended")
        if valid_to < max(local_day(at), row.valid_from):
            raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
        _end(act, row, valid_to)
        bump(act, "policy")
    return row


def load_stage_limits(act: Act, *, valid_from: date) -> int:
    """Load the shipped limits into a table that is empty; returns how many rows were added."""
    if StageLimit.objects.exists():
        return 0
    shipped = shipped_yaml("yiwang.cases", "defaults/stage_limits.yaml")["limits"]
    for given in shipped:
        for name in ("amount", "legal_amount"):
            if name in given:
                given[name] = Decimal(str(given[name]))
        _begin(act, [], StageTerms(valid_from=valid_from, **given))
    return len(shipped)


def _begin(act: Act, rows: list[StageLimit], terms: StageTerms) -> StageLimit:
    """A new row; the one for the same that was in force ends where it begins."""
    for row in rows:
        if row.valid_from < terms.valid_from and (row.valid_to or date.max) > terms.valid_from:
            _end(act, row, terms.valid_from)
    until = min((r.valid_from for r in rows if r.valid_from > terms.valid_from), default=None)
    stage, class_kind, matter_class, urgency = terms.target
    made = act.insert(
        StageLimit(
            stage=stage, class_kind=class_kind, matter_class=matter_class, urgency=urgency,
            valid_from=terms.valid_from, valid_to=until, **_values(terms),
        )
    )  # fmt: skip
    act.record(made, "cases.stage_limit_set", _body(made))
    return made


def _end(act: Act, row: StageLimit, day: date) -> None:
    row.valid_to = day
    act.update(row, "valid_to")
    act.record(row, "cases.stage_limit_ended", {"valid_to": day})


def _target(row: StageLimit) -> tuple[str, str, UUID | None, str]:
    return (row.stage, row.class_kind, row.matter_class, row.urgency)


def _values(terms: StageTerms) -> dict[str, Any]:
    values = {name: getattr(terms, name) for name in _COLUMNS}
    values["unit"] = terms.unit if terms.amount is not None else ""
    values["legal_unit"] = terms.legal_unit if terms.legal_amount is not None else ""
    return {**values, "basis": terms.basis.strip()}


def _body(row: StageLimit) -> dict[str, Any]:
    return {
        "stage": str(row.stage), "class_kind": row.class_kind, "class": row.matter_class,
        "urgency": str(row.urgency), "promised": _spelled(row.amount, row.unit),
        "legal": _spelled(row.legal_amount, row.legal_unit), "from_signing": row.from_signing,
        "valid_from": row.valid_from,
    }  # fmt: skip


def _spelled(amount: Decimal | None, unit: str) -> str:
    return "" if amount is None else f"{amount.normalize():f} {unit}"


def _problems(terms: StageTerms, today: date) -> Iterator[tuple[str, str, str]]:
    yield from _target_problems(terms)
    for name, amount, unit in (
        ("amount", terms.amount, terms.unit),
        ("legal_amount", terms.legal_amount, terms.legal_unit),
    ):
        problem = limit_problem(amount, unit) if amount is not None else None
        if problem is not None:
            yield name, _spelled(amount, unit), problem
    if terms.amount is None and terms.legal_amount is None:
        yield "amount", "", "请填写承诺时限或法定时限，至少一项。"
    elif terms.stage in TIME_ONLY and terms.amount is not None:
        yield (
            "amount",
            _spelled(terms.amount, terms.unit),
            "处置的承诺时限在事项目录中设定，这里只填法定时限。",
        )
    if not 0 < len(terms.basis.strip()) <= MOST_BASIS:
        yield "basis", terms.basis[:20], f"请写明依据；没有文件依据的也请写明，最多 {MOST_BASIS} 字。"
    if terms.from_signing and terms.stage != Stage.CONTACT:
        yield "from_signing", "true", "只有联系诉求人可以自签收起算。"
    if terms.valid_from < today:
        yield "valid_from", str(terms.valid_from), "生效日不得早于今天，已开始的计时按当日规则解释。"


def _target_problems(terms: StageTerms) -> Iterator[tuple[str, str, str]]:
    node = catalog_index().class_by_id.get(terms.matter_class) if terms.matter_class else None
    if terms.stage not in Stage.values or terms.stage == Stage.SUSPENDED:
        yield "stage", terms.stage, "请选择阶段；挂账的期限按挂账申请确定。"
    if terms.class_kind and terms.class_kind not in MatterKind.values:
        yield "class_kind", terms.class_kind, f"只能是 {'、'.join(MatterKind.values)} 之一。"
    if terms.matter_class and (node is None or terms.class_kind not in {"", node.kind}):
        yield "matter_class", str(terms.matter_class), "请选择该事项种类之下的类别。"
    if terms.urgency and terms.urgency not in Urgency.values:
        yield "urgency", terms.urgency, f"只能是 {'、'.join(Urgency.values)} 之一。"
