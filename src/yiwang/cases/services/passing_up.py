"""Levels 层级: passing up 上报流转 what one cannot solve, and raising 提级管理 what is key or urgent.

Both are other acts than 超时升级, which a timer does. None of them moves a deadline, a task or a promise:
they change only on which rung the case is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, invalid
from ...ledger.public import Act
from ...orgs.public import area_index, held_posts, post_index
from ..enums import LevelStepKind
from ..loop_rules import Level, levels_of, raise_rule_for
from ..models import Case, LevelStep
from .moving import acting_on, facts_of, move, permitted, set_fields


def pass_up(*, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None) -> Case:
    """Pass a case up 上报流转 to the next level, by choice and with a reason; no deadline moves.

    A case that stands on no level yet starts from the lowest rung on which the actor has a post there.

    Raises:
        Refused: the case stands on a rung on which the actor has no post.
        Conflict: it stands on the highest rung, or the street has no levels.
        Invalid: no reason.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "pass_up", actor=actor, facts=facts_of(case, actor=actor, at=at))
        levels = levels_of(case.street, at)
        here = _standing(case, actor, levels, at)
        if here + 1 >= len(levels):
            raise Conflict(
                f"案件已在最高层级“{levels[here].name}”，不能再上报。请派遣，或由领导提级、督办。",
                code="cases.highest_level",
            )
        step = _step(act, case, LevelStepKind.PASS_UP, levels[here].code, levels[here + 1].code)
        body = {"step": step.id, "from_level": step.from_level, "to_level": step.to_level}
        step.seq = move(act, case, row, body=body, reason=reason)
    return case


def raise_level(
    *, actor: Actor, at: datetime, case_id: UUID, level: str, reason: str, expected: int | None = None
) -> Case:
    """Raise a case 提级管理 by a leader's act to a level above the one it stands on; no deadline moves.

    Raises:
        Invalid: the street has no such level, or it is not higher.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "raise_level", actor=actor, facts=facts_of(case, actor=actor, at=at))
        levels = levels_of(case.street, at)
        codes = [each.code for each in levels]
        if level not in codes:
            names = "、".join(f"{each.code}（{each.name}）" for each in levels)
            raise invalid("level", level, f"该街道没有这个层级，可选：{names}。")
        if case.level in codes and codes.index(level) <= codes.index(case.level):
            raise invalid("level", level, "提级须高于案件现在的层级。")
        step = _step(act, case, LevelStepKind.RAISE, case.level, level)
        body = {"step": step.id, "from_level": step.from_level, "to_level": step.to_level}
        step.seq = move(act, case, row, body=body, reason=reason)
    return case


def raise_by_rule(act: Act, case: Case) -> LevelStep | None:
    """Let a key or urgent matter start higher 按规则提级, inside the act of its acceptance; else None."""
    rule = raise_rule_for(case.matter_class, case.urgency, act.at)
    if rule is None:
        return None
    codes = [each.code for each in levels_of(case.street, act.at)]
    if rule.level not in codes:
        return None
    if case.level in codes and codes.index(rule.level) <= codes.index(case.level):
        return None
    step = _step(act, case, LevelStepKind.RAISE, case.level, rule.level, rule=rule.id)
    body = {"state": case.state, "step": step.id, "rule": rule.id, "to_level": step.to_level}
    step.seq = act.record(case, "cases.level_raised_by_rule", body)
    return step


def held_levels(actor: Actor, levels: Sequence[Level], community: UUID | None, at: datetime) -> list[int]:
    """Positions of the levels on which the actor has a post that reaches a community, lowest first."""
    if actor.account_id is None or community is None:
        return []
    areas, posts = area_index(), post_index()
    kinds = {
        post.kind_code
        for key in held_posts(actor.account_id, at)
        if (post := posts.get(key)) is not None
        and post.area_id is not None
        and community in areas.communities_under(post.area_id)
    }
    return [number for number, level in enumerate(levels) if kinds & level.post_kinds]


def _standing(case: Case, actor: Actor, levels: Sequence[Level], at: datetime) -> int:
    """The rung a case stands on, which the actor must stand on too."""
    if not levels:
        raise Conflict("该街道没有设定流转层级，不能上报。请先在规则中设定。", code="cases.no_levels")
    held = held_levels(actor, levels, case.community, at)
    codes = [each.code for each in levels]
    if case.level in codes:
        here = codes.index(case.level)
        if here not in held:
            raise Refused(
                f"案件现在由“{levels[here].name}”负责，只有该层级的岗位可以上报。",
                code="cases.not_at_level",
                level=case.level,
            )
        return here
    if not held:
        raise Refused("您的岗位不在该街道的流转层级之中，不能上报。", code="cases.not_at_level")
    return held[0]


def _step(
    act: Act, case: Case, kind: str, source: str, target: str, *, rule: UUID | None = None
) -> LevelStep:
    step = act.insert(
        LevelStep(
            case_id=case.id, kind=kind, from_level=source, to_level=target, rule=rule,
            post=None if rule else act.actor.post_id, by=None if rule else act.actor.account_id, at=act.at,
        )
    )  # fmt: skip
    set_fields(act, case, level=target)
    return step
