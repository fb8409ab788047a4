"""Configuring 设定: kinds, matters, thresholds, stages, scales, outside units; the past stays as it was."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...cases.public import local_day
from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...kernel.limits import limit_problem
from ...ledger.public import Act, acting, bump
from ..enums import Direction, KindPack, RatingQuestion
from ..models import FrequencyRule, OutsideUnit, WhistleKind, WhistleMatter, WhistleRatingOption, WorkStage
from ..permissions import require
from ..queries.rulebook import CACHE, rulebook
from ..rules.links import MOST_DAYS
from ..states import CONFIGURE
from .moving import set_fields

#: Limits that a kind names, in order.
LIMITS = ("sign", "contact", "report", "finish")
#: Acts that a kind may name as 启动权 and as 审核权; seeing a whistle never approves it.
BLOW_ACTS = ("whistles.blow", "whistles.blow_hard", "whistles.blow_community", "whistles.blow_enterprise")
APPROVE_ACTS = (
    "whistles.approve", "whistles.approve_community", "whistles.admit_enterprise", "whistles.judge",
    "whistles.coordinate",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindTerms:
    """What a kind of whistle says 哨种内容, from `valid_from` on.

    Attributes:
        sign, contact, report, finish: amount and unit (`work_hour`, `work_day`, `urgent_hour`, `urgent_day`),
            or None for no limit.
    """

    code: str
    name: str
    valid_from: date
    direction: str = Direction.TO_DEPARTMENTS.value
    pack: str = KindPack.OPTIONAL.value
    scope: str = ""
    blow_act: str = "whistles.blow"
    approve_act: str = "whistles.approve"
    most_units: int = 0
    sign: tuple[Decimal, str] | None = None
    contact: tuple[Decimal, str] | None = None
    report: tuple[Decimal, str] | None = None
    finish: tuple[Decimal, str] | None = None
    fence_metres: int = 300
    most_rings: int = 2
    link_days: int = 7
    may_recur: bool = False
    rates_both: bool = False
    basis: str = ""


def demand_configure(actor: Actor) -> None:
    """Raise `NotPermitted` unless the actor may set the rules of whistles for the whole instance."""
    require(actor.scope(CONFIGURE).everywhere, CONFIGURE)


def set_kind(*, actor: Actor, at: datetime, terms: KindTerms, expected: int | None = None) -> WhistleKind:
    """Set a kind (设定哨种) from a day on; whistles of before keep the row of their day.

    A kind that stays switched off or on keeps that; a new one is on.

    Raises:
        NotPermitted, StaleVersion; Invalid: names each wrong field.
    """
    demand_configure(actor)
    problems = _kind_problems(terms, local_day(at))
    if problems:
        raise invalid_fields(problems)
    with acting(actor=actor, at=at) as act:
        rows = sorted(act.fetch(WhistleKind, code=terms.code), key=lambda row: row.valid_from)
        same = next((row for row in rows if row.valid_from == terms.valid_from), None)
        if same is not None:
            row = act.lock(WhistleKind, same.id, expected=expected)
            for name, value in kind_columns(terms).items():
                setattr(row, name, value)
            act.update(row, *kind_columns(terms))
        else:
            row = _begin_kind(act, rows, terms)
        act.record(row, "whistles.kind_set", _kind_body(row))
        bump(act, CACHE)
    return row


def _begin_kind(act: Act, rows: list[WhistleKind], terms: KindTerms) -> WhistleKind:
    before = [row for row in rows if row.valid_from < terms.valid_from]
    after = [row for row in rows if row.valid_from > terms.valid_from]
    for row in before[-1:]:
        row.valid_to = terms.valid_from
        act.update(row, "valid_to")
        act.record(row, "whistles.kind_ended", {"valid_to": row.valid_to})
    return act.insert(
        WhistleKind(
            code=terms.code, valid_from=terms.valid_from, valid_to=after[0].valid_from if after else None,
            is_on=before[-1].is_on if before else True, order=before[-1].order if before else 100,
            **kind_columns(terms),
        )
    )  # fmt: skip


def kind_columns(terms: KindTerms) -> dict[str, Any]:
    """The columns that the terms fill, limits split into amount and unit."""
    plain = {
        f.name: getattr(terms, f.name) for f in fields(terms) if f.name not in {*LIMITS, "code", "valid_from"}
    }
    for name in LIMITS:
        amount, unit = getattr(terms, name) or (None, "")
        plain[f"{name}_amount"], plain[f"{name}_unit"] = amount, unit
    return plain


def _kind_body(row: WhistleKind) -> dict[str, Any]:
    limits = {
        name: f"{getattr(row, f'{name}_amount')} {getattr(row, f'{name}_unit')}".strip() for name in LIMITS
    }
    return {
        "code": row.code, "blow": row.blow_act, "approve": row.approve_act, "valid_from": row.valid_from,
        "most_units": row.most_units, "on": row.is_on, **limits,
    }  # fmt: skip


def _kind_problems(terms: KindTerms, today: date) -> list[FieldProblem]:
    found = []
    if not terms.code.isascii() or not terms.code.replace("_", "").isalnum() or len(terms.code) > 40:
        found.append(FieldProblem("code", terms.code, "代码用英文字母、数字和下划线，不超过 40 个。"))
    if not terms.name.strip():
        found.append(FieldProblem("name", "", "请填写名称。"))
    for name, offered in (("blow_act", BLOW_ACTS), ("approve_act", APPROVE_ACTS)):
        if getattr(terms, name) not in offered:
            found.append(FieldProblem(name, getattr(terms, name), f"只能是 {'、'.join(offered)}。"))
    if terms.direction not in Direction.values:
        found.append(FieldProblem("direction", terms.direction, "请选择方向。"))
    for name in LIMITS:
        limit = getattr(terms, name)
        problem = limit_problem(*limit) if limit is not None else None
        if problem is not None:
            found.append(FieldProblem(name, str(limit), problem))
    if terms.valid_from < today:
        found.append(FieldProblem("valid_from", str(terms.valid_from), "生效日不得早于今天。"))
    return found + _figure_problems(terms)


def _figure_problems(terms: KindTerms) -> list[FieldProblem]:
    found = []
    if terms.most_rings < 1 or not 1 <= terms.fence_metres <= 20_000:
        found.append(
            FieldProblem("fence_metres", str(terms.fence_metres), "围栏 1 到 20000 米，吹哨次数至少 1。")
        )
    if not 1 <= terms.link_days <= MOST_DAYS:
        found.append(FieldProblem("link_days", str(terms.link_days), f"链接保留 1 到 {MOST_DAYS} 天。"))
    return found


def switch_kind(
    *, actor: Actor, at: datetime, kind_id: UUID, on: bool, expected: int | None = None
) -> WhistleKind:
    """Switch a kind on or off (启用、停用哨种), now and in what begins later; whistles under way go on.

    Raises:
        NotPermitted, NotFound, StaleVersion.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(WhistleKind, kind_id, expected=expected)
        later = [one for one in act.fetch(WhistleKind, code=row.code) if one.valid_from > row.valid_from]
        for one in (row, *later):
            _switch(act, one, on)
        bump(act, CACHE)
    return row


def switch_pack(*, actor: Actor, at: datetime, pack: str, on: bool) -> int:
    """Switch every kind of a pack on or off (整组启用、停用), such as the optional one; how many changed.

    Raises:
        NotPermitted; Invalid: there is no such pack.
    """
    demand_configure(actor)
    if pack not in KindPack.values:
        raise invalid("pack", pack, f"只能是 {'、'.join(KindPack.values)}。")
    with acting(actor=actor, at=at) as act:
        rows = [row for row in act.fetch(WhistleKind, pack=pack) if row.is_on != on]
        for row in rows:
            _switch(act, row, on)
        bump(act, CACHE)
    return len(rows)


def _switch(act: Act, row: WhistleKind, on: bool) -> None:
    row.is_on = on
    act.update(row, "is_on")
    act.record(row, "whistles.kind_switched", {"code": row.code, "on": on})


@dataclass(frozen=True, slots=True)
class MatterTerms:
    """A matter that may be whistled 吹哨事项: for a kind or, with an empty code, for all."""

    name: str
    valid_from: date
    kind_code: str = ""
    field: str = ""
    matter_class: UUID | None = None
    basis: str = ""


def add_matter(*, actor: Actor, at: datetime, terms: MatterTerms) -> WhistleMatter:
    """Put a matter on the list (列入吹哨事项清单) from a day on; one taken off that day stands again.

    Raises:
        NotPermitted; Conflict: it stands there. Invalid: names the field.
    """
    demand_configure(actor)
    name = terms.name.strip()
    if not name or len(name) > 80:
        raise invalid("name", name[:20], "请填写事项，不超过 80 字。")
    if terms.kind_code and terms.kind_code not in rulebook().kinds_on(terms.valid_from):
        raise invalid("kind_code", terms.kind_code, "没有这个哨种，请重新选择；不选则适用所有哨种。")
    if terms.matter_class is not None and terms.matter_class not in catalog_index().class_by_id:
        raise invalid("matter_class", terms.matter_class, "没有这个事项类别，请重新选择。")
    if terms.valid_from < local_day(at):
        raise invalid("valid_from", terms.valid_from, "生效日不得早于今天。")
    with acting(actor=actor, at=at) as act:
        same = act.fetch(WhistleMatter, kind_code=terms.kind_code, name=name)
        if any(row.valid_to is None or row.valid_to > terms.valid_from for row in same):
            raise Conflict("清单中已有这个事项。", code="whistles.matter_stands")
        begun = [row for row in same if row.valid_from == terms.valid_from]
        values = {**asdict(terms), "name": name, "valid_to": None}
        row = begun[0] if begun else act.insert(WhistleMatter(**values))
        if begun:
            set_fields(act, row, **values)
        body = {"kind": row.kind_code, "class": row.matter_class, "valid_from": row.valid_from}
        act.record(row, "whistles.matter_added", body)
        bump(act, CACHE)
    return row


def end_matter(
    *, actor: Actor, at: datetime, matter_id: UUID, valid_to: date, expected: int | None = None
) -> WhistleMatter:
    """Take a matter off the list (移出清单) from a day on; whistles about it go on.

    Raises:
        NotPermitted, NotFound; Conflict: it has ended. Invalid: a day that is past.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(WhistleMatter, matter_id, expected=expected)
        if row.valid_to is not None:
            raise Conflict(f"该事项已于 {row.valid_to} 移出。", code="whistles.matter_ended")
        if valid_to < max(local_day(at), row.valid_from):
            raise invalid("valid_to", valid_to, "移出日不得早于今天，也不得早于列入日。")
        row.valid_to = valid_to
        act.update(row, "valid_to")
        act.record(row, "whistles.matter_ended", {"valid_to": valid_to})
        bump(act, CACHE)
    return row


def set_frequency(
    *, actor: Actor, at: datetime, least: int, most: int, valid_from: date, basis: str = ""
) -> FrequencyRule:
    """Set how many whistles of a street in a month are too few or too many (设定吹哨率阈值).

    Args:
        most: 0 for no upper bound.

    Raises:
        NotPermitted; Invalid: names the field.
    """
    demand_configure(actor)
    if not 0 <= least <= 1000 or not 0 <= most <= 10_000 or (most and most < least):
        raise invalid("most", most, "至多须不小于至少；0 表示不设上限。")
    if valid_from < local_day(at):
        raise invalid("valid_from", valid_from, "生效日不得早于今天。")
    with acting(actor=actor, at=at) as act:
        same = act.fetch(FrequencyRule, valid_from=valid_from)
        if same:
            row = same[0]
            row.least, row.most, row.basis = least, most, basis[:300]
            act.update(row, "least", "most", "basis")
        else:
            row = act.insert(FrequencyRule(least=least, most=most, valid_from=valid_from, basis=basis[:300]))
        act.record(row, "whistles.frequency_set", {"least": least, "most": most, "valid_from": valid_from})
        bump(act, CACHE)
    return row


def save_stage(
    *, actor: Actor, at: datetime, code: str, label: str, order: int = 100, on: bool = True
) -> WorkStage:
    """Add or change a stage of the work (整治阶段).

    Raises:
        NotPermitted; Invalid: names the field.
    """
    demand_configure(actor)
    _check_code(code, label)
    with acting(actor=actor, at=at) as act:
        same = act.fetch(WorkStage, code=code)
        row = same[0] if same else act.insert(WorkStage(code=code))
        row.label, row.order, row.is_on = label.strip()[:24], order, on
        act.update(row, "label", "order", "is_on")
        act.record(row, "whistles.stage_saved", {"code": code, "order": order, "on": on})
        bump(act, CACHE)
    return row


def save_option(
    *, actor: Actor, at: datetime, question: str, code: str, label: str, points: int, on: bool = True
) -> WhistleRatingOption:
    """Add or change an option of the scale (评哨选项); ratings that are given keep their points.

    Raises:
        NotPermitted; Invalid: names the field.
    """
    demand_configure(actor)
    _check_code(code, label)
    if question not in RatingQuestion.values:
        raise invalid("question", question, f"只能是 {'、'.join(RatingQuestion.values)}。")
    if not 0 <= points <= 100:
        raise invalid("points", points, "请填写 0 到 100 之间的整数。")
    with acting(actor=actor, at=at) as act:
        same = act.fetch(WhistleRatingOption, question=question, code=code)
        row = same[0] if same else act.insert(WhistleRatingOption(question=question, code=code, order=100))
        row.label, row.points, row.is_on = label.strip()[:24], points, on
        act.update(row, "label", "points", "is_on")
        body = {"question": question, "code": code, "points": points, "on": on}
        act.record(row, "whistles.option_saved", body)
        bump(act, CACHE)
    return row


def _check_code(code: str, label: str) -> None:
    if not code or not code.isascii() or len(code) > 24:
        raise invalid("code", code, "代码用英文字母、数字，不超过 24 个。")
    if not label.strip():
        raise invalid("label", "", "请填写名称。")


def add_outside_unit(
    *, actor: Actor, at: datetime, name: str, system: str = "", how: str = ""
) -> OutsideUnit:
    """Add an outside unit (外部单位) that is reached by a link; whoever judges whistles may do it.

    Raises:
        NotPermitted; Conflict: there is one of that name. Invalid: no name.
    """
    require(actor.may_anywhere(CONFIGURE) or actor.may_anywhere("whistles.judge"), CONFIGURE)
    name = name.strip()
    if not name or len(name) > 100:
        raise invalid("name", name[:20], "请填写单位名称，不超过 100 字。")
    with acting(actor=actor, at=at) as act:
        if act.fetch(OutsideUnit, name=name):
            raise Conflict("已有同名的外部单位。", code="whistles.outside_stands")
        row = act.insert(OutsideUnit(name=name, system=system.strip()[:60], how=how.strip()[:200]))
        act.record(row, "whistles.outside_added", {"name": name})
        bump(act, CACHE)
    return row


def end_outside_unit(
    *, actor: Actor, at: datetime, outside_id: UUID, expected: int | None = None
) -> OutsideUnit:
    """Stop using an outside unit (停用外部单位); its open tasks go on.

    Raises:
        NotPermitted, NotFound; Conflict: it has ended.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(OutsideUnit, outside_id, expected=expected)
        if row.ended_at is not None:
            raise Conflict("该外部单位已停用。", code="whistles.outside_ended")
        row.ended_at = at
        act.update(row, "ended_at")
        act.record(row, "whistles.outside_ended", {})
        bump(act, CACHE)
    return row
