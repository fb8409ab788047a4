"""Accepting 受理与立案: from a received report to a case that waits for dispatch."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...catalog.public import catalog_index
from ...clocks.public import cancel_timers
from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...ledger.public import Act
from ...orgs.public import area_index
from ...places.public import place_of
from ..enums import Urgency
from ..models import Case, Task
from ..states import PENDING, RECALLED
from .dispatching import recall_tasks
from .moving import acting_on, facts_of, move, permitted, set_fields
from .receiving import accept_now
from .searching import reindex
from .stages import OVERDUE_TIMER


def accept_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    expected: int | None = None,
    matter_class: UUID | None = None,
    community: UUID | None = None,
    lon: float | None = None,
    lat: float | None = None,
    urgency: str | None = None,
    automatic: bool = False,
) -> Case:
    """Accept 受理: with class and place; on to 立案 where the scheme demands it, else to dispatch.

    A case that already has a community keeps it.

    Args:
        automatic: the platform does it by itself; `take_back_acceptance` may undo it.

    Raises:
        Refused, Conflict, StaleVersion, Invalid: see `moving`.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        _classify(act, case, matter_class, urgency)
        _place(act, case, community, lon, lat)
        if automatic or case.automatic_at is not None:
            set_fields(act, case, automatic_at=at if automatic else None)
        accept_now(act, case)
    return case


def take_back_acceptance(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    reason: str,
    matter_class: UUID | None,
    keep_place: bool,
    expected: int | None = None,
) -> Case:
    """Take back what the platform did by itself 撤销自动办理: the case waits for acceptance as before.

    Open tasks are recalled, the condition is dropped, and so is the promise that the platform gave.

    Args:
        matter_class: the class before the automatic act; None when there was none.
        keep_place: whether the place stood before it; else the place is taken off the case.

    Raises:
        Conflict: a person accepted it, or a unit has signed for its task.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        tasks = act.fetch(Task, case=case.id)
        untouched = all(task.state in {PENDING, RECALLED} for task in tasks)
        facts = facts_of(case, actor=actor, at=at, automatic=case.automatic_at is not None and untouched)
        row = permitted(case, "take_back", actor=actor, facts=facts)
        recalled = recall_tasks(act, case)
        cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
        set_fields(
            act, case, matter_class=matter_class, condition=None, host=None, due_at=None, automatic_at=None
        )
        if not keep_place:
            set_fields(act, case, district=None, street=None, community=None, grid=None)
            reindex(act, case)
        move(act, case, row, body={"tasks": [task.id for task in recalled]}, reason=reason)
    return case


def _classify(act: Act, case: Case, matter_class: UUID | None, urgency: str | None) -> None:
    if matter_class is not None and matter_class != case.matter_class:
        if matter_class not in catalog_index().class_by_id:
            raise invalid("matter_class", matter_class, "没有这个事项类别，请从事项目录中选择。")
        set_fields(act, case, matter_class=matter_class, condition=None)
    if urgency is not None:
        if urgency not in Urgency.values:
            raise invalid("urgency", urgency, f"只能是 {'、'.join(Urgency.values)} 之一。")
        set_fields(act, case, urgency=urgency)


def _place(act: Act, case: Case, community: UUID | None, lon: float | None, lat: float | None) -> None:
    if case.community is not None:
        return
    if lon is not None and lat is not None:
        found = place_of(lon, lat, at=act.at)
        if found is None:
            raise invalid("lon", f"{lon},{lat}", "该坐标不在本市辖区内，请重新选点。")
        set_fields(
            act, case, lon=lon, lat=lat, district=found.district_id, street=found.street_id,
            community=found.community_id, grid=found.grid_id,
        )  # fmt: skip
    elif community is not None:
        chain = area_index().chain(community)
        if chain is None or chain.community_id is None:
            raise invalid("community", community, "没有这个社区，请重新选择。")
        set_fields(
            act, case, district=chain.district_id, street=chain.street_id, community=chain.community_id
        )
    else:
        return
    reindex(act, case)


def register_case(
    *, actor: Actor, at: datetime, case_id: UUID, condition_id: UUID, expected: int | None = None
) -> Case:
    """Register 立案: the case must hit one of its class's registering conditions."""
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        condition = catalog_index().condition(condition_id)
        fits = condition is not None and condition.class_id == case.matter_class
        facts = facts_of(case, actor=actor, at=at, condition_fits=fits)
        row = permitted(case, "register", actor=actor, facts=facts)
        set_fields(act, case, condition=condition_id)
        move(act, case, row, body={"condition": condition_id})
    return case


def _simple(
    action: str, *, actor: Actor, at: datetime, case_id: UUID, expected: int | None, reason: str = ""
) -> Case:
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, action, actor=actor, facts=facts_of(case, actor=actor, at=at))
        if action == "confirm":
            set_fields(act, case, verified_at=at)
        move(act, case, row, reason=reason)
    return case


def request_verification(*, actor: Actor, at: datetime, case_id: UUID, expected: int | None = None) -> Case:
    """Send to verification 发核实: a collector looks, before registering, whether the report is true."""
    return _simple("request_verification", actor=actor, at=at, case_id=case_id, expected=expected)


def confirm_case(*, actor: Actor, at: datetime, case_id: UUID, expected: int | None = None) -> Case:
    """核实属实: the report is true; back to acceptance."""
    return _simple("confirm", actor=actor, at=at, case_id=case_id, expected=expected)


def refute_case(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """核实不属实: the report is not true; the case is voided with the reason."""
    return _simple("refute", actor=actor, at=at, case_id=case_id, expected=expected, reason=reason)


def return_to_acceptance(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """退回受理: the duty chief sends a case back before 立案."""
    return _simple(
        "return_to_acceptance", actor=actor, at=at, case_id=case_id, expected=expected, reason=reason
    )


def reject_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    reason: str,
    elsewhere: str = "",
    expected: int | None = None,
) -> Case:
    """Reject 不予受理: with the reason, and where else the reporter may go.

    Args:
        elsewhere: the channel that is right for it (诉讼, 信访, 复议 …); shown to the reporter.
    """
    text = f"{reason.strip()}\n可通过以下渠道反映：{elsewhere.strip()}" if elsewhere.strip() else reason
    return _simple("reject", actor=actor, at=at, case_id=case_id, expected=expected, reason=text)


def void_case(*, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None) -> Case:
    """Void 作废: with a reason; the record stays."""
    return _simple("void", actor=actor, at=at, case_id=case_id, expected=expected, reason=reason)


def claim_case(*, actor: Actor, at: datetime, case_id: UUID, release: bool = False) -> Case:
    """Claim 认领 or release 放回 a case: others see that somebody is working on it.

    Taking over from somebody else is allowed and journaled.

    Raises:
        Refused: the actor may not see the case.
    """
    from ..permissions import require

    with acting_on(case_id, actor=actor, at=at) as (act, case):
        require(actor, "cases.view", case)
        set_fields(
            act, case,
            claimed_by=None if release else actor.account_id,
            claimed_at=None if release else at,
        )  # fmt: skip
        act.record(case, "cases.released" if release else "cases.claimed", {"state": case.state})
    return case
