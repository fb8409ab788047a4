"""Guards 条件 of the state tables: they look at `WhistleFacts` and refuse in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WhistleFacts:
    """What the guards look at.

    Attributes:
        actor_id: account of who acts; None for the system and for an outside unit.
        blown_by: account of who blew, for the second person.
        missing: what the whistle still lacks, in words.
        hosts: how many hosts there would be after the act.
        units: every unit that would have an open task after the act, repeated ones repeated.
        most_units: most units the kind allows; 0 for any number.
        came: how many units have reported.
        open_tasks: tasks whose unit has not fed back.
        unrated: names of units that reported and were not rated yet.
        called: how many units would have a task that was not taken back after the act; 0 counts `units`.
        was_sent: whether units were called for the whistle before.
        open_items: items of the task's unit that are not done.
        rung: which in the line of second whistles this one is, 1 for the first.
        most_rings: how often one matter may be whistled in all.
    """

    actor_id: UUID | None = None
    blown_by: UUID | None = None
    missing: Collection[str] = ()
    hosts: int = 0
    units: Collection[UUID] = field(default=())
    most_units: int = 0
    called: int = 0
    came: int = 0
    was_sent: bool = False
    open_tasks: int = 0
    unrated: Collection[str] = ()
    open_items: int = 0
    rung: int = 1
    most_rings: int = 2


def is_second_person(facts: WhistleFacts) -> str | None:
    """A whistle is approved by somebody who did not blow it (乱吹哨 is kept off by two pairs of eyes)."""
    if facts.actor_id is not None and facts.actor_id == facts.blown_by:
        return "须由吹哨人以外的人审核，请交他人办理。"
    return None


def is_complete(facts: WhistleFacts) -> str | None:
    """A whistle says why, what was tried, where, and which matter of the list it is about."""
    return f"还不能吹哨，请先填写：{'、'.join(facts.missing)}。" if facts.missing else None


def units_fit(facts: WhistleFacts) -> str | None:
    """One host, nobody twice, and not more units than the kind allows."""
    if len(set(facts.units)) != len(facts.units):
        return "同一单位不能重复派发。"
    if facts.hosts != 1:
        return "须有且只有一个主办单位。"
    called = max(facts.called, len(facts.units))
    if facts.most_units and called > facts.most_units:
        return f"该哨种最多派发 {facts.most_units} 个单位，现有 {called} 个。"
    return None


def somebody_came(facts: WhistleFacts) -> str | None:
    """Nobody confers or shares out work before a unit has reported."""
    return None if facts.came else "还没有单位报到，不能会商或下达任务。"


def nobody_came(facts: WhistleFacts) -> str | None:
    """A whistle that a unit has answered on the spot is not taken back: it is rated and ended."""
    return f"已有 {facts.came} 个单位报到，不能撤回；请评价后销哨。" if facts.came else None


def not_sent_yet(facts: WhistleFacts) -> str | None:
    """What units are at work on is not a draft again (after the district leader's decision)."""
    return "已派发过报到单位，不能退回修改，请重新派发。" if facts.was_sent else None


def all_fed_back(facts: WhistleFacts) -> str | None:
    """The whistle waits for the last unit's feedback."""
    return None if not facts.open_tasks else f"还有 {facts.open_tasks} 个单位没有反馈。"


def all_rated(facts: WhistleFacts) -> str | None:
    """A whistle ends, or is blown again, when each unit that reported was rated (考核督办权)."""
    return f"请先评价：{'、'.join(facts.unrated)}。" if facts.unrated else None


def items_done(facts: WhistleFacts) -> str | None:
    """A unit feeds back when all its items are done."""
    return None if not facts.open_items else f"任务清单中还有 {facts.open_items} 项没有完成。"


def may_blow_again(facts: WhistleFacts) -> str | None:
    """A matter is whistled a limited number of times, then raised to the district's leader."""
    if facts.rung >= facts.most_rings:
        return f"同一事项最多吹哨 {facts.most_rings} 次，请提级由区领导协调。"
    return None
