"""Acts on exemptions 应急豁免 and rules of checking 准入校验规则; the mark of an inspection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, NotFound, invalid, invalid_fields
from ...kernel.states import transition
from ...ledger.public import Act, acting, bump
from ...orgs.public import area_index
from ..enums import AdmissionLevel, CheckMode
from ..events import ExemptionEnded, ExemptionGranted
from ..models import AdmissionRule, Exemption, MatterClass, Scheme
from ..permissions import demand_ask, demand_edit, demand_for_areas, demand_publish
from ..queries.admission import ADMISSION, is_inspection, rule_for
from ..queries.index import CATALOG, catalog_index
from ..rules.admission import GRID, INSPECTION_BASIS, ExemptionFacts, lasting_problem
from ..states import EXEMPT, EXEMPTION

#: No rule may let an exemption last longer: what lasts a season is applied for.
_MOST_HOURS = 24 * 90


@dataclass(frozen=True, slots=True)
class ExemptionTerms:
    """What is exempted 豁免内容, as entered.

    Attributes:
        class_ids: the classes covered, each with the classes below it; at least one.
        area_ids: areas of either tree; none for the whole city.
        starts_at: None for now.
    """

    title: str
    reason: str
    levels: Sequence[str]
    class_ids: Sequence[UUID]
    ends_at: datetime
    area_ids: Sequence[UUID] = ()
    starts_at: datetime | None = None


def ask_exemption(*, actor: Actor, at: datetime, terms: ExemptionTerms) -> Exemption:
    """Ask for an exemption 申请应急豁免: named matters and areas, until an instant; another decides.

    Raises:
        Refused: without `catalog.ask_exemption`, or by nobody in particular.
        Invalid: names every field that is wrong; it lasts too long; it names an administrative inspection
            for the grid.
    """
    demand_ask(actor)
    starts_at = max(terms.starts_at or at, at)
    problems = [
        FieldProblem(name, str(value), remedy) for name, value, remedy in _problems(terms, starts_at, at)
    ]
    if problems:
        raise invalid_fields(problems)
    row = Exemption(
        title=terms.title.strip(),
        reason=terms.reason.strip(),
        levels=list(dict.fromkeys(terms.levels)),
        class_ids=list(dict.fromkeys(terms.class_ids)),
        area_ids=list(dict.fromkeys(terms.area_ids)),
        starts_at=starts_at,
        ends_at=terms.ends_at,
        asked_by=actor.account_id,
        asked_post=actor.post_id,
        asked_unit=actor.unit_id,
        asked_at=at,
    )
    with acting(actor=actor, at=at) as act:
        act.insert(row)
        act.record(row, "catalog.exemption_asked", _body(row))
    return row


def grant_exemption(
    *, actor: Actor, at: datetime, exemption_id: UUID, expected: int | None = None
) -> Exemption:
    """Grant an exemption 批准豁免: by a named person who did not ask for it; it begins now at the earliest.

    Raises:
        Refused: without `catalog.exempt` in all of the areas; NotFound, StaleVersion.
        Conflict: by state, by who asked for it; its time has passed or is longer than the rule now has it; a
            class has become an administrative inspection since.
    """
    with acting(actor=actor, at=at) as act:
        row = act.lock(Exemption, exemption_id, expected=expected)
        _decide(act, row, "grant")
        row.starts_at = max(row.starts_at, at)
        problems = [remedy for _name, _value, remedy in _problems(_terms(row), row.starts_at, at)]
        if problems:
            why = problems[0]
            raise Conflict(f"不能批准：{why}", code="catalog.exemption_unfit")
        row.granted_at = at
        act.update(row, "starts_at", "granted_at")
        act.record(row, "catalog.exemption_granted", _body(row))
        act.announce(ExemptionGranted(exemption_id=row.id, at=at, ends_at=row.ends_at))
        bump(act, ADMISSION)
    return row


def refuse_exemption(
    *, actor: Actor, at: datetime, exemption_id: UUID, reason: str, expected: int | None = None
) -> Exemption:
    """Refuse an exemption 不予豁免, in words; by a named person who did not ask for it.

    Raises:
        Refused, NotFound, StaleVersion; Conflict by state or person; Invalid without a reason.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= 500:
        raise invalid("reason", reason[:20], "请填写理由，不超过 500 字。")
    with acting(actor=actor, at=at) as act:
        row = act.lock(Exemption, exemption_id, expected=expected)
        _decide(act, row, "refuse")
        row.refusal = reason
        act.update(row, "refusal")
        act.record(row, "catalog.exemption_refused", {"state": row.state, "post": row.granted_post})
    return row


def take_exemption_back(
    *, actor: Actor, at: datetime, exemption_id: UUID, expected: int | None = None
) -> Exemption:
    """Take back what one asked for 撤回豁免申请, before it is decided.

    Raises:
        Refused, NotFound, StaleVersion; Conflict by state or person.
    """
    demand_ask(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(Exemption, exemption_id, expected=expected)
        _turn(act, row, "take_back")
        act.record(row, "catalog.exemption_taken_back", {"state": row.state})
    return row


def end_exemption(
    *, actor: Actor, at: datetime, exemption_id: UUID, expected: int | None = None
) -> Exemption:
    """End an exemption before its time 提前结束豁免.

    Raises:
        Refused, NotFound, StaleVersion; Conflict when it has ended.
    """
    with acting(actor=actor, at=at) as act:
        row = act.lock(Exemption, exemption_id, expected=expected)
        demand_for_areas(actor, EXEMPT, row.area_ids, at)
        _turn(act, row, "end")
        if row.ended_at is not None or row.ends_at <= at:
            raise Conflict("该豁免已经结束。", code="catalog.exemption_over")
        row.ended_at, row.ended_by = at, actor.account_id
        act.update(row, "ended_at", "ended_by")
        act.record(row, "catalog.exemption_ended", {"ended_at": at})
        act.announce(ExemptionEnded(exemption_id=row.id, at=at))
        bump(act, ADMISSION)
    return row


def use_exemption(act: Act, exemption_id: UUID, *, times: int = 1) -> None:
    """Count uses of an exemption 使用豁免; the dispatch that uses it is journaled on its case."""
    act.also(
        'UPDATE "catalog_exemption" SET "used" = "used" + %s, "last_used_at" = %s WHERE "id" = %s',
        [times, act.at, exemption_id],
    )


def save_admission_rule(
    *,
    actor: Actor,
    at: datetime,
    level: str,
    area_id: UUID | None,
    mode: str,
    exemption_hours: int,
    basis: str = "",
    expected: int | None = None,
) -> AdmissionRule:
    """Set how a level is checked in an area 设定准入校验规则; an empty area is the whole city.

    Raises:
        Refused: without `catalog.edit`; StaleVersion.
        Invalid: names the field that is wrong.
    """
    demand_edit(actor)
    _check_rule(level, area_id, mode, exemption_hours, basis)
    with acting(actor=actor, at=at) as act:
        known = act.fetch(AdmissionRule, level=level)
        row = next((one for one in known if one.area_id == area_id), None)
        if row is None:
            row = AdmissionRule(level=level, area_id=area_id)
            act.insert(row)
        elif expected is not None:
            act.lock(AdmissionRule, row.id, expected=expected)
        row.mode, row.exemption_hours, row.basis = mode, exemption_hours, basis.strip()
        act.update(row, "mode", "exemption_hours", "basis")
        act.record(
            row,
            "catalog.admission_rule_saved",
            {"level": level, "area": area_id, "mode": mode, "hours": exemption_hours},
        )
        bump(act, ADMISSION)
    return row


def mark_inspection(*, actor: Actor, at: datetime, class_id: UUID, on: bool) -> MatterClass:
    """Mark a class as administrative inspection 标为行政检查, or lift the mark.

    Marking closes the grid to the class and those below it, listed or exempt or not. It may be made stricter
    by who edits the catalog; lifting it takes who publishes.

    Raises:
        Refused: without `catalog.edit`, or to lift without `catalog.publish`; NotFound.
    """
    if on:
        demand_edit(actor)
    else:
        demand_publish(actor)
    found = MatterClass.objects.filter(pk=class_id).first()
    if found is None:
        raise NotFound("找不到该事项分类。")
    with acting(actor=actor, at=at) as act:
        scheme = act.lock(Scheme, found.scheme_id)
        found = act.fetch(MatterClass, id=class_id)[0]
        if found.is_inspection != on:
            found.is_inspection = on
            act.update(found, "is_inspection")
            act.record(
                scheme, "catalog.class_marked", {"class": class_id, "code": found.code, "inspection": on}
            )
            bump(act, CATALOG)
    return found


def _decide(act: Act, row: Exemption, action: str) -> None:
    """Turn what was asked for into what was decided, by whom and in which post."""
    demand_for_areas(act.actor, EXEMPT, row.area_ids, act.at)
    _turn(act, row, action)
    row.granted_by, row.granted_post = act.actor.account_id, act.actor.post_id
    act.update(row, "granted_by", "granted_post")


def _turn(act: Act, row: Exemption, action: str) -> None:
    facts = ExemptionFacts(act.actor.account_id, asked_by=row.asked_by)
    target = transition(EXEMPTION, row.state, action, facts).target
    if target is not None:
        row.state = target
        act.update(row, "state")


def _terms(row: Exemption) -> ExemptionTerms:
    return ExemptionTerms(
        title=row.title, reason=row.reason, levels=row.levels, class_ids=row.class_ids,
        ends_at=row.ends_at, area_ids=row.area_ids, starts_at=row.starts_at,
    )  # fmt: skip


def _problems(terms: ExemptionTerms, starts_at: datetime, at: datetime) -> Iterator[tuple[str, object, str]]:
    for name, words, most in (("title", "事由", 80), ("reason", "理由", 500)):
        text = getattr(terms, name).strip()
        if not 0 < len(text) <= most:
            yield name, text[:20], f"请填写{words}，不超过 {most} 字。"
    levels = [level for level in terms.levels if level in AdmissionLevel.values]
    if not levels or len(levels) != len(terms.levels):
        yield "levels", "、".join(terms.levels), "请选择适用层级。"
    known, areas = catalog_index(at).class_by_id, area_index().by_id
    if not terms.class_ids or any(key not in known for key in terms.class_ids):
        yield "class_ids", "", "请写明事项目录中的分类，至少一个。"
    if GRID in levels and any(is_inspection(key, at) for key in terms.class_ids):
        yield "class_ids", "", f"行政检查不得豁免给网格（{INSPECTION_BASIS}）。"
    if any(area not in areas for area in terms.area_ids):
        yield "area_ids", "", "请选择已登记的区域。"
    places: Sequence[UUID | None] = terms.area_ids or [None]
    limits = [rule_for(level, area, at=at).exemption_hours for level in levels for area in places]
    most_hours = min(limits, default=0)
    problem = lasting_problem(starts_at, terms.ends_at, at, most_hours) if levels else None
    if problem is not None:
        yield "ends_at", terms.ends_at, problem


def _check_rule(level: str, area_id: UUID | None, mode: str, hours: int, basis: str) -> None:
    if level not in AdmissionLevel.values:
        raise invalid("level", level, "请选择层级。")
    if mode not in CheckMode.values:
        raise invalid("mode", mode, "请选择校验方式。")
    if area_id is not None and area_id not in area_index().by_id:
        raise invalid("area_id", area_id, "请选择已登记的区域。")
    if not 0 < hours <= _MOST_HOURS:
        raise invalid("exemption_hours", hours, f"豁免最长小时为 1 至 {_MOST_HOURS}。")
    if len(basis) > 1000:
        raise invalid("basis", basis[:20], "依据不超过 1000 字。")


def _body(row: Exemption) -> dict[str, object]:
    return {
        "levels": row.levels,
        "classes": row.class_ids,
        "areas": row.area_ids,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "asked_unit": row.asked_unit,
        "asked_post": row.asked_post,
        "post": row.granted_post,
    }
