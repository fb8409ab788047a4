"""Rating 评哨: the whistler rates who came (考核督办权), the units perhaps the whistler; then the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act
from ..enums import RatingQuestion, RatingSide
from ..models import Whistle, WhistleCase, WhistleRating, WhistleTask
from ..permissions import may_at_home, may_report, refuse_own, require
from ..queries.facts import facts_of, kind_of, unrated_of
from ..queries.rulebook import rulebook
from ..states import APPROVING, FED_BACK, RATE, RATED_STATES, RATING, REPORT
from .drafting import check_matter, kind_in_use, text_commitment
from .moving import (
    acting_on,
    move,
    new_number,
    note,
    permitted,
    set_fields,
    task_named,
    tasks_of,
)


@dataclass(frozen=True, slots=True)
class Marks:
    """Codes of the scale for response, attitude and result, and a remark."""

    response: str
    attitude: str
    result: str
    note: str = ""


def rate_unit(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, marks: Marks, expected: int | None = None
) -> WhistleRating:
    """Rate a unit that reported 评价报到单位; once, and by nobody who may act for that unit.

    Raises:
        NotPermitted, NotFound; Conflict: the whistle does not wait for ratings, or this one is given.
        Invalid: an option that is not on the scale.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        require(may_at_home(actor, RATE, whistle), RATE)
        task = task_named(tasks_of(act, whistle), task_id)
        refuse_own(actor, task, "评价")
        if whistle.state != RATING or task.state != FED_BACK:
            raise Conflict("单位反馈后、销哨前才能评价。", code="whistles.not_to_rate")
        return _rate(act, whistle, task, RatingSide.WHISTLER, marks)


def rate_whistler(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, marks: Marks, expected: int | None = None
) -> WhistleRating:
    """Rate the whistler 评价吹哨方, where the kind assesses both sides (双考核); once a unit.

    Raises:
        NotPermitted, NotFound; Conflict: not under this kind, not yet, or given. Invalid: an unknown option.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        task = task_named(tasks_of(act, whistle), task_id)
        require(may_report(actor, task), REPORT, unit=task.party)
        if not kind_of(whistle).rates_both:
            raise Conflict("该哨种没有启用双考核。", code="whistles.one_sided")
        if whistle.state not in RATED_STATES or task.state != FED_BACK:
            raise Conflict("本单位反馈后才能评价吹哨方。", code="whistles.not_to_rate")
        return _rate(act, whistle, task, RatingSide.UNIT, marks)


def _rate(act: Act, whistle: Whistle, task: WhistleTask, side: RatingSide, marks: Marks) -> WhistleRating:
    if any(row.side == side for row in act.fetch(WhistleRating, task=task.id)):
        raise Conflict("已经评价过，不能再改。", code="whistles.rated_already")
    book = rulebook()
    chosen = {q: book.option(q, getattr(marks, q)) for q in RatingQuestion.values}
    text = marks.note.strip()[:1000]
    row = act.insert(
        WhistleRating(
            task_id=task.id, side=side, note=text, by_post=act.actor.post_id, at=act.at,
            **{q: option.code for q, option in chosen.items()},
            **{f"{q}_points": option.points for q, option in chosen.items()},
        )
    )  # fmt: skip
    body = {
        "task": task.id, "unit": task.party, "side": str(side),
        "marks": {q: option.code for q, option in chosen.items()},
        "text": commitment(text, bytes(whistle.salt)),
    }  # fmt: skip
    note(act, whistle, "rated", body)
    return row


def end_whistle(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    solved: bool,
    reason: str = "",
    expected: int | None = None,
) -> Whistle:
    """End a whistle 销哨 once every unit that reported is rated.

    Args:
        solved: whether the matter is solved; otherwise `reason` says why it ends all the same.

    Raises:
        NotPermitted; Conflict: somebody is not rated. Invalid: not solved and no reason.
    """
    if not solved and not reason.strip():
        raise invalid("reason", "", "未解决而销哨，请写明理由；或者二次吹哨、提级协调。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        facts = facts_of(whistle, actor=actor, unrated=_unrated(act, whistle))
        row = permitted(whistle, "end", actor=actor, facts=facts)
        set_fields(act, whistle, is_solved=solved, ended_at=at)
        move(act, whistle, row, body={"solved": solved}, reason=reason)
    return whistle


def _unrated(act: Act, whistle: Whistle) -> list[str]:
    given = WhistleRating.objects.filter(task__whistle=whistle, side=RatingSide.WHISTLER)
    return unrated_of(tasks_of(act, whistle), set(given.values_list("task", flat=True)))


def blow_again(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    reason: str,
    kind: str = "",
    expected: int | None = None,
) -> Whistle:
    """Blow a second time 二次吹哨 for what is not solved: a new whistle, linked and counted, to be approved.

    Args:
        kind: code of the new kind, such as a harder one; by default the same.

    Returns the new whistle.

    Raises:
        NotPermitted: also when the actor may not blow the new kind. KindSwitchedOff, MatterNotListed;
        Conflict: it was blown as often as the kind allows, or somebody is not rated. Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        facts = facts_of(whistle, actor=actor, unrated=_unrated(act, whistle))
        row = permitted(whistle, "blow_again", actor=actor, facts=facts)
        wanted = kind_in_use(kind or kind_of(whistle).code, at)
        require(may_at_home(actor, wanted.blow_act, whistle), wanted.blow_act)
        check_matter(act, whistle, wanted)
        again = _next_ring(act, whistle, wanted.id, reason)
        set_fields(act, whistle, is_solved=False, ended_at=at)
        move(act, whistle, row, body={"again": again.id}, reason=reason)
        note(act, again, "drafted", {**_first_body(again), "kind": wanted.code, "parent": whistle.id})
    return again


def _first_body(again: Whistle) -> dict[str, object]:
    return {"number": again.number, "unit": again.whistler_unit, "text": text_commitment(again)}


#: What a second whistle takes over from the first.
_TAKEN_OVER = (
    "matter_id", "title", "reasons", "wanted", "address", "lon", "lat", "fence_metres", "area",
    "communities", "home_communities", "street", "whistler_unit", "enterprise", "gather_place",
)  # fmt: skip


def _next_ring(act: Act, whistle: Whistle, kind_id: UUID, reason: str) -> Whistle:
    proposed = [task.party for task in tasks_of(act, whistle) if task.state == FED_BACK]
    tried = f"{whistle.tried}\n第 {whistle.rung} 次吹哨（{whistle.number}）未解决：{reason.strip()}".strip()
    again = act.insert(
        Whistle(
            number=new_number(act.at), state=APPROVING, kind_id=kind_id, parent_id=whistle.id,
            rung=whistle.rung + 1, tried=tried, proposed_units=proposed, whistler_post=act.actor.post_id,
            created_by=act.actor.account_id, blown_by=act.actor.account_id, created_at=act.at,
            blown_at=act.at, **{name: getattr(whistle, name) for name in _TAKEN_OVER},
        )
    )  # fmt: skip
    for link in act.fetch(WhistleCase, lock=False, whistle=whistle.id):
        act.insert(WhistleCase(whistle_id=again.id, case_id=link.case_id))
    return again
