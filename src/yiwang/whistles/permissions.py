"""Permissions 权限 of whistles: named predicates, on one whistle and on a list alike.

- Whistler's side (blow, approve, organise, rate, judge, coordinate): the whistler's unit is in the scope's
  units, or one of the whistler's own communities in its communities.
- Reporting units: a task's unit is in the scope's units; an outside unit's link is a scope of that one unit.
- Seeing: the whistler's side; a unit with a task that was not recalled; once it is sent to units, whoever
  covers one of the communities it is about. A draft is seen by the whistler's unit and by who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ..kernel.actor import Actor
from ..orgs.public import act_label
from .errors import NotPermitted
from .models import Whistle, WhistleKind, WhistleSchedule, WhistleTask
from .states import APPROVE, BLOW, DRAFT, JUDGE, ORGANISE, RECALLED, REPORT, VIEW


def act_of(permission: str, kind: WhistleKind) -> str:
    """The act that a row of the table demands: for blowing and approving, the one that the kind names."""
    return {BLOW: kind.blow_act, APPROVE: kind.approve_act}.get(permission, permission)


def may_at_home(actor: Actor, act: str, whistle: Whistle) -> bool:
    """Whether the actor may do an act of the whistler's side to a whistle."""
    if actor.may(act, units=[whistle.whistler_unit]):
        return True
    return any(actor.may(act, community=community) for community in whistle.home_communities)


def may_judge_schedule(actor: Actor, row: WhistleSchedule) -> bool:
    """Whether the actor may say who reports for the whistles of a schedule: as for a whistle of its unit."""
    if actor.may(JUDGE, units=[row.whistler_unit]):
        return True
    home = row.home_communities or row.communities
    return any(actor.may(JUDGE, community=community) for community in home)


def may_report(actor: Actor, task: WhistleTask) -> bool:
    """Whether the actor may act for the unit that is called."""
    return actor.may(REPORT, units=[task.party])


def may_attach(actor: Actor, whistle: Whistle) -> bool:
    """Whether the actor may add evidence of the whistler: who wrote it, and who organises it."""
    own = actor.account_id is not None and actor.account_id == whistle.created_by
    return own or may_at_home(actor, ORGANISE, whistle)


def refuse_own(actor: Actor, task: WhistleTask, what: str) -> None:
    """Nobody who may act for a unit says how, or whether, that unit has reported.

    Raises:
        NotPermitted: `what` in words, such as 评价.
    """
    if may_report(actor, task):
        raise NotPermitted(
            f"您可以代表该单位报到，不能再{what}该单位，请交其他人员办理。", code="whistles.own_unit"
        )


def may_see(actor: Actor, whistle: Whistle, tasks: Iterable[WhistleTask]) -> bool:
    """Whether the actor may see a whistle; `tasks` are all of its tasks."""
    if not actor.may_anywhere(VIEW):
        return False
    mine = actor.account_id is not None and actor.account_id == whistle.created_by
    if whistle.state == DRAFT:
        scope = actor.scope(VIEW)
        return mine or (actor.kind == "system" and scope.everywhere) or whistle.whistler_unit in scope.units
    if mine or may_at_home(actor, VIEW, whistle):
        return True
    if actor.may(VIEW, units=[task.party for task in tasks if task.state != RECALLED]):
        return True
    sent = whistle.judged_at is not None
    return sent and any(actor.may(VIEW, community=community) for community in whistle.communities)


def require(allowed: bool, act: str, *, unit: UUID | None = None) -> None:
    """Raise `NotPermitted` with the act in words unless it is allowed."""
    if not allowed:
        raise NotPermitted(f"您没有对这个哨“{act_label(act)}”的权限。", act=act, unit=str(unit or ""))
