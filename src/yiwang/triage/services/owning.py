"""The owner stage 责任单位: row of the list, limit, grid and process of many reports, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...catalog.public import ClassNode, Decision, LimitValue, ProcessNode, limit_words
from ..queries.owning import Ground
from ..rules.owning.fitting import ConditionWords
from ..rules.proposals import OwnerOutcome, OwnerProposal, Reason
from ..rules.said import Said


@dataclass(frozen=True, slots=True)
class _Condition:
    """The registering condition that was chosen, and the limit with what it rests on.

    Attributes:
        id: only of a condition that the text fits; a default chooses no row of the list.
    """

    id: UUID | None
    limit: LimitValue | None
    reason: Reason | None


def own(said: Sequence[Said], *, at: datetime) -> list[OwnerProposal]:
    """Who answers for each report, by when, in which grid and by which process, in order.

    Args:
        said: with `class_id` and `area_id` as far as the stages before found them; a report without an area
            but with a point is located here.
        at: the instant whose list, boundaries and roster hold.

    Changes nothing and asks the database at most twice, however many reports there are (once when nobody is
    on duty, and never for the list, which is kept).
    """
    if not said:
        return []
    ground = Ground(at)
    bare = [n for n, one in enumerate(said) if one.area_id is None and one.lon is not None]
    points = [
        (one.lon, one.lat) for one in (said[n] for n in bare) if one.lon is not None and one.lat is not None
    ]
    places = dict(zip(bare, ground.located(points), strict=True))
    return [_own_one(one, one.area_id or places.get(n), ground) for n, one in enumerate(said)]


def _own_one(one: Said, area_id: UUID | None, ground: Ground) -> OwnerProposal:
    node = ground.catalog.class_by_id.get(one.class_id) if one.class_id else None
    grid, where = _grid(area_id, ground)
    if node is None:
        why = Reason("owner.no_class", "事项类别未定，不能查权责清单。")
        return OwnerProposal(OwnerOutcome.NONE, grid_id=grid, reasons=(why, *where))
    condition = _condition(node, one.text, ground)
    decision = ground.standing.decide(node.id, area_id, condition.id)
    process = ground.process(node.id, area_id)
    reasons = [*_owner_reasons(decision, area_id, ground), *_limit_reasons(decision, condition), *where]
    if process is not None:
        reasons.append(Reason("owner.process", _process_words(process)))
    winner = decision.winner if decision else None
    limit = (winner.limit if winner else None) or condition.limit
    return OwnerProposal(
        outcome=OwnerOutcome.FOUND if winner else OwnerOutcome.NONE,
        host_id=winner.host_id if winner else None,
        co_unit_ids=winner.co_unit_ids if winner else (),
        row_id=winner.id if winner else None,
        beaten=tuple(row.id for row in decision.beaten) if decision else (),
        condition_id=condition.id,
        limit=f"{limit.amount if isinstance(limit.amount, int) else float(limit.amount)} {limit.unit}"
        if limit
        else "",
        grid_id=grid,
        process=process.code if process else "",
        dispatches=bool(process and process.dispatches),
        reasons=tuple(reasons),
    )


def _process_words(process: ProcessNode) -> str:
    name, count = process.name, len(process.steps)
    if process.is_example:
        return f"适用标准流程“{name}”（示例），共 {count} 步。"
    return f"适用标准流程“{name}”，共 {count} 步。"


def _condition(node: ClassNode, text: str, ground: Ground) -> _Condition:
    """The condition that the text fits; else the class's own limit; else the shortest limit, and said so."""
    matcher = ground.matcher(node)
    several = len(matcher.conditions)
    if several == 1:
        only = matcher.conditions[0]
        return _chosen(only, Reason("owner.condition", f"该分类只有一个立案条件“{only.text}”"), ground)
    fit = matcher.fit(text)
    if fit is not None:
        chosen = matcher.conditions[fit.position]
        words = "、".join(f"“{word}”" for word in fit.words)
        number, text = chosen.ordinal, chosen.text
        why = Reason("owner.condition", f"诉求中的{words}符合立案条件 {number}“{text}”")
        return _chosen(chosen, why, ground)
    narrow = matcher.narrowest()
    if node.default_limit is not None or narrow is None:
        plain = _limit_reason("owner.class_limit", _class_limit_words(several), node.default_limit)
        return _Condition(None, node.default_limit, plain)
    shortest = _limit_of(narrow.id, ground)
    unclear = _limit_reason(
        "owner.shortest_limit", f"看不出符合 {several} 个立案条件中的哪一个，暂按其中最短的时限", shortest
    )
    return _Condition(None, shortest, unclear)


def _class_limit_words(several: int) -> str:
    if several:
        return f"看不出符合 {several} 个立案条件中的哪一个，按分类的时限"
    return "按分类的时限"


def _chosen(condition: ConditionWords, why: Reason, ground: Ground) -> _Condition:
    limit = _limit_of(condition.id, ground)
    return _Condition(condition.id, limit, _limit_reason(why.code, why.words, limit))


def _limit_of(condition_id: UUID, ground: Ground) -> LimitValue | None:
    condition = ground.catalog.condition(condition_id)
    return condition.limit if condition else None


def _limit_reason(code: str, why: str, limit: LimitValue | None) -> Reason | None:
    return Reason(code, f"{why}：{limit_words(limit)}。") if limit else None


def _owner_reasons(decision: Decision | None, area_id: UUID | None, ground: Ground) -> list[Reason]:
    if decision is not None:
        found = [Reason("owner.row", ground.standing.reason(decision), 1.0)]
        unit = ground.units.by_id.get(decision.winner.host_id)
        if unit is None or not unit.stands_on(ground.units.day):
            name = ground.units.name(decision.winner.host_id)
            found.append(Reason("owner.host_closed", f"主办单位“{name}”已撤销，请先更正权责清单。", -1.0))
        return found
    if area_id is None:
        return [Reason("owner.no_area", "地点未定，没有适用于全市的权责清单行。")]
    return [Reason("owner.no_row", "权责清单中没有覆盖这一分类和区域的行。")]


def _limit_reasons(decision: Decision | None, condition: _Condition) -> list[Reason]:
    own_limit = decision.winner.limit if decision else None
    if own_limit is not None:
        return [Reason("owner.row_limit", f"时限按权责清单该行：{limit_words(own_limit)}。")]
    return [condition.reason] if condition.reason else []


def _grid(area_id: UUID | None, ground: Ground) -> tuple[UUID | None, list[Reason]]:
    if area_id is None:
        return None, []
    grid, count = ground.grid(area_id)
    if grid is None:
        if count > 1:
            return None, [
                Reason("owner.grid_unknown", f"该社区有 {count} 个网格，需要更准的地点才能下派到网格。")
            ]
        return None, []
    reasons = [Reason("owner.grid", f"下派到网格“{ground.areas.by_id[grid].name}”。")]
    unit, people = ground.on_duty(grid)
    if unit is not None:
        reasons.append(Reason("owner.duty", f"此时值班：{ground.units.name(unit)}，{len(people)} 人。"))
    return grid, reasons
