"""Working 会商与处置: minutes of the meeting, the list of items in stages, evidence of the whistle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...cases.public import Picture
from ...files.public import store_file
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, NotFound, invalid
from ...kernel.limits import limit_problem
from ..enums import ClockStage
from ..models import WHISTLE_FILES, Whistle, WhistleCase, WhistleItem, WhistleMinutes, WhistleTask
from ..permissions import may_at_home, may_attach, require
from ..queries.facts import came_of, facts_of
from ..queries.rulebook import rulebook
from ..states import OPEN_STATES, ORGANISE, REPORTED, WHISTLE_STATES
from .drafting import attachable
from .moving import (
    acting_on,
    move,
    note,
    permitted,
    set_fields,
    task_named,
    tasks_of,
)
from .ticking import running_clocks, start_clock, stop


@dataclass(frozen=True, slots=True)
class MinutesText:
    """What minutes say 纪要内容: when, where, which units and functions, what was said and agreed."""

    held_at: datetime
    text: str
    conclusion: str = ""
    place: str = ""
    attendance: str = ""


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """An item of the list 清单事项: whose, in which stage, what, by when (amount and unit, or no limit)."""

    task: UUID
    stage: UUID
    text: str
    limit: tuple[Decimal, str] | None = None


def record_minutes(
    *, actor: Actor, at: datetime, whistle_id: UUID, minutes: MinutesText, expected: int | None = None
) -> WhistleMinutes:
    """Record the minutes of the meeting 会商纪要; the whistle is in conference.

    Raises:
        NotPermitted; Conflict: nobody has reported yet. Invalid: no text, or a meeting that is still to come.
    """
    if not minutes.text.strip():
        raise invalid("text", "", "请填写会商内容。")
    if minutes.held_at > at:
        raise invalid("held_at", minutes.held_at, "会商时间不得晚于现在。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        came = came_of(tasks_of(act, whistle))
        row = permitted(whistle, "confer", actor=actor, facts=facts_of(whistle, actor=actor, came=came))
        made = act.insert(
            WhistleMinutes(
                whistle_id=whistle.id, held_at=minutes.held_at, place=minutes.place.strip()[:200],
                attendance=minutes.attendance.strip(), text=minutes.text.strip(),
                conclusion=minutes.conclusion.strip(), by_post=actor.post_id, at=at,
            )
        )  # fmt: skip
        said = commitment("\n".join((made.attendance, made.text, made.conclusion)), bytes(made.salt))
        move(act, whistle, row, body={"minutes": made.id, "held_at": made.held_at, "text": said})
    return made


def assign_items(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    items: Sequence[ItemTerms] = (),
    expected: int | None = None,
) -> Whistle:
    """Share the work out 下达任务清单: items in stages, each of a unit that has come, each with its clock.

    Without items the units go to work on the whole; more may be added later.

    Raises:
        NotPermitted, NotFound; Conflict: nobody came. Invalid: names the item's wrong field.
    """
    for terms in items:
        _check_item(terms)
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        tasks = tasks_of(act, whistle)
        came = came_of(tasks)
        row = permitted(whistle, "assign", actor=actor, facts=facts_of(whistle, actor=actor, came=came))
        made = []
        for order, terms in enumerate(items):
            task = task_named(tasks, terms.task)
            if task.state != REPORTED:
                raise Conflict("只能给已报到的单位下达事项。", code="whistles.unit_not_there")
            item = act.insert(
                WhistleItem(
                    whistle_id=whistle.id, task_id=task.id, stage_id=terms.stage, text=terms.text.strip(),
                    order=order, at=at,
                )
            )  # fmt: skip
            if terms.limit is not None:
                clock = start_clock(act, task, ClockStage.ITEM, terms.limit, item)
                item.due_at = clock.due_at
            made.append(item)
        listed = [{"item": i.id, "task": i.task_id, "stage": i.stage_id, "due_at": i.due_at} for i in made]
        move(act, whistle, row, body={"items": listed})
    return whistle


def _check_item(terms: ItemTerms) -> None:
    text = terms.text.strip()
    if not text or len(text) > 300:
        raise invalid("text", text[:20], "请填写事项，不超过 300 字。")
    if not any(stage.id == terms.stage and stage.is_on for stage in rulebook().stages):
        raise invalid("stage", terms.stage, "没有这个整治阶段，请重新选择。")
    problem = limit_problem(*terms.limit) if terms.limit is not None else None
    if problem is not None:
        raise invalid("limit", terms.limit, problem)


def drop_item(
    *, actor: Actor, at: datetime, whistle_id: UUID, item_id: UUID, reason: str, expected: int | None = None
) -> WhistleItem:
    """Take an item off the list 取消事项, with a reason; the entry stays.

    Raises:
        NotPermitted, NotFound; Conflict: it is done. Invalid: no reason.
    """
    if not reason.strip():
        raise invalid("reason", "", "请填写理由。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        require(may_at_home(actor, ORGANISE, whistle), ORGANISE)
        found = [row for row in act.fetch(WhistleItem, id=item_id) if row.whistle_id == whistle.id]
        if not found:
            raise NotFound("找不到这个清单事项。", code="whistles.item_not_found")
        item = found[0]
        if item.done_at or item.dropped_at:
            raise Conflict("这个事项已经完成或取消。", code="whistles.item_over")
        set_fields(act, item, dropped_at=at)
        task = act.fetch(WhistleTask, id=item.task_id)[0]
        stop(act, [c for c in running_clocks(act, task) if c.item_id == item.id])
        note(act, whistle, "item_dropped", {"item": item.id, "task": item.task_id}, reason)
    return item


def attach_evidence(
    *, actor: Actor, at: datetime, whistle_id: UUID, pictures: Sequence[Picture], expected: int | None = None
) -> Whistle:
    """Attach evidence 上传佐证 of the whistler: what it is about, what was tried.

    Raises:
        NotPermitted; Conflict: the whistle is over. Invalid: a file of a wrong type or size.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        _demand_attaching(actor, whistle)
        kept = [
            store_file(
                act, owner_type=WHISTLE_FILES, owner_id=whistle.id, stage=picture.stage,
                stream=picture.stream, filename=picture.filename,
            )
            for picture in pictures
        ]  # fmt: skip
        note(act, whistle, "evidence_added", {"files": [{"file": f.id, "sha256": f.sha256} for f in kept]})
    return whistle


def attach_cases(
    *, actor: Actor, at: datetime, whistle_id: UUID, cases: Sequence[UUID], expected: int | None = None
) -> Whistle:
    """Attach cases 关联案件 that the whistle is blown for; those that are attached already stay.

    Raises:
        NotPermitted; NotFound: a case that the actor may not see. Conflict: a sensitive case, or the whistle
        is over.
    """
    wanted = [attachable(actor, key) for key in dict.fromkeys(cases)]
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        _demand_attaching(actor, whistle)
        known = {link.case_id for link in act.fetch(WhistleCase, lock=False, whistle=whistle.id)}
        fresh = [case.id for case in wanted if case.id not in known]
        for key in fresh:
            act.insert(WhistleCase(whistle_id=whistle.id, case_id=key))
        note(act, whistle, "cases_attached", {"cases": fresh})
    return whistle


def _demand_attaching(actor: Actor, whistle: Whistle) -> None:
    require(may_attach(actor, whistle), ORGANISE)
    if whistle.state not in OPEN_STATES:
        raise Conflict(f"这个哨“{WHISTLE_STATES[whistle.state]}”，不能再加材料。", code="whistles.over")
