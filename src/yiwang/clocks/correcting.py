"""Correcting 日历更正: carry a changed calendar into stored deadlines, by two people and the worker.

A changed calendar counts for new deadlines at once. Stored ones move only when somebody proposes it, having
seen what would move, and a second person approves (architecture §4.7). Then `CorrectionApproved` goes out;
the apps that store deadlines move them in batches and report back here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max, Q

from ..kernel.actor import Actor
from ..kernel.canonical import commitment
from ..kernel.errors import Refused, invalid
from ..kernel.states import transition
from ..kernel.working_time import Interval, WorkCalendar
from ..ledger.public import Act, acting
from . import errors
from .events import CorrectionApproved
from .holders import CalendarChange, DeadlineKept, Preview, preview_change
from .models import (
    CalendarCorrection,
    CalendarDay,
    CalendarYear,
    KeptDeadline,
    WorkingCalendar,
    WorkingHours,
)
from .queries import CITY, calendar_as_of, current_calendar
from .rules import CorrectionFacts
from .states import APPROVE, APPROVED, CALENDAR_CORRECTION, CARRY_OUT, EDIT, REJECTED

_LAST = date(2120, 12, 31)


def uncorrected_change() -> CalendarChange | None:
    """What has changed in the calendar since the last correction, or None; a rejected one counts as none."""
    calendar = WorkingCalendar.objects.filter(code=CITY).first()
    if calendar is None:
        return None
    corrections = CalendarCorrection.objects.filter(calendar=calendar).exclude(state=REJECTED)
    base = corrections.aggregate(version=Max("calendar_version"))["version"] or 0
    days = _days_changed(calendar, base)
    return CalendarChange(current_calendar(), min(days), max(days)) if days else None


def _days_changed(calendar: WorkingCalendar, base: int) -> list[date]:
    """First and last days of every row that came or went after version `base`."""
    moved = Q(calendar=calendar) & (Q(since_version__gt=base) | Q(until_version__gt=base))
    days = list(CalendarDay.objects.filter(moved).values_list("day", flat=True))
    for year in CalendarYear.objects.filter(moved).values_list("year", flat=True):
        days += [date(year, 1, 1), date(year, 12, 31)]
    for since, until in WorkingHours.objects.filter(moved).values_list("valid_from", "valid_to"):
        days += [since, until or _LAST]
    return days


def with_local_day(day: date, plan: Sequence[Interval] | None, name: str = "") -> CalendarChange:
    """The calendar as it would be with one local day set, or taken back when `plan` is None; for previews."""
    now = current_calendar()
    overrides = {**now.overrides, day: tuple(plan)} if plan is not None else dict(now.overrides)
    if plan is None:
        overrides.pop(day, None)
    calendar = WorkCalendar(
        now.days_off,
        now.make_up_days,
        intervals=now.intervals,
        known_from=now.known_from,
        known_to=now.known_to,
        overrides=overrides,
        seasons=now.seasons,
        names=MappingProxyType({**now.names, **({day: name} if name else {})}),
        version=now.version + 1,
    )
    return CalendarChange(calendar, day, day)


def propose_correction(*, actor: Actor, at: datetime, reason: str) -> CalendarCorrection:
    """Propose 提请更正 that open deadlines follow the calendar as it is now.

    Raises:
        Refused: without `clocks.edit`.
        Invalid: no reason is given.
        Conflict: nothing has changed since the last correction, or one is still open.
    """
    if not actor.may_anywhere(EDIT):
        raise errors.may_not_edit()
    reason = _reason(reason)
    change = uncorrected_change()
    if change is None:
        raise errors.nothing_to_correct()
    found = preview_change(change, at)
    try:
        with acting(actor=actor, at=at) as act:
            proposed = act.insert(
                CalendarCorrection(
                    calendar=WorkingCalendar.objects.get(code=CITY),
                    calendar_version=change.calendar.version,
                    first_day=change.first_day,
                    last_day=change.last_day,
                    reason=reason,
                    found=found.moved,
                    proposed_by=actor.account_id,
                    proposed_post=actor.post_id,
                    proposed_at=at,
                )
            )
            _record(act, proposed, "clocks.correction_proposed", reason)
    except IntegrityError as error:
        raise errors.correction_open() from error
    return proposed


def _record(act: Act, row: CalendarCorrection, kind: str, words: str) -> None:
    body = {
        "state": row.state,
        "version": row.calendar_version,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "found": row.found,
    }
    act.record(row, kind, body | ({"words": commitment(words, bytes(row.salt))} if words else {}))


def _reason(text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= 200:
        raise invalid("reason", text[:20], "请填写理由，不超过 200 字。")
    return text


def approve_correction(
    *, actor: Actor, at: datetime, correction_id: UUID, expected: int | None = None
) -> CalendarCorrection:
    """Approve 批准更正; the worker then moves the deadlines.

    Raises:
        Refused: without `clocks.approve`.
        Conflict: it is decided already, or by whoever proposed it.
        StaleVersion.
    """
    with acting(actor=actor, at=at) as act:
        row = _decide(act, "approve", correction_id, expected)
        _record(act, row, "clocks.correction_approved", "")
        act.announce(CorrectionApproved(correction_id=row.id))
    return row


def reject_correction(
    *, actor: Actor, at: datetime, correction_id: UUID, reason: str, expected: int | None = None
) -> CalendarCorrection:
    """Reject 驳回更正; the stored deadlines stay, and it may be proposed anew.

    Raises:
        As `approve_correction`; Invalid when no reason is given.
    """
    reason = _reason(reason)
    with acting(actor=actor, at=at) as act:
        row = _decide(act, "reject", correction_id, expected)
        row.refusal = reason
        act.update(row, "refusal")
        _record(act, row, "clocks.correction_rejected", reason)
    return row


def _decide(act: Act, action: str, correction_id: UUID, expected: int | None) -> CalendarCorrection:
    if not act.actor.may_anywhere(APPROVE):
        raise errors.may_not_decide()
    row = act.lock(CalendarCorrection, correction_id, expected=expected)
    facts = CorrectionFacts(act.actor.account_id, row.proposed_by)
    row.state = str(transition(CALENDAR_CORRECTION, row.state, action, facts).target)
    row.decided_by, row.decided_post, row.decided_at = act.actor.account_id, act.actor.post_id, act.at
    act.update(row, "state", "decided_by", "decided_post", "decided_at")
    return row


def correction_in_progress(correction_id: UUID) -> tuple[CalendarCorrection, CalendarChange] | None:
    """An approved correction with the calendar it carries out, or None when it is over or undecided."""
    row = CalendarCorrection.objects.filter(pk=correction_id, state=APPROVED).first()
    if row is None:
        return None
    return row, CalendarChange(calendar_as_of(row.calendar_version), row.first_day, row.last_day)


def note_progress(
    *,
    actor: Actor,
    at: datetime,
    correction_id: UUID,
    cursor: UUID | None,
    examined: int = 0,
    moved: int = 0,
    kept: Sequence[DeadlineKept] = (),
) -> CalendarCorrection:
    """Add what a batch has done 更正进度, in the batch's own transaction; without a `cursor` it was the last.

    Args:
        kept: the deadlines that the batch left alone, each with its reason.

    Raises:
        Refused: without `clocks.carry_out`.
        Conflict: it is not being carried out.
    """
    if not actor.may_anywhere(CARRY_OUT):
        raise Refused("只有系统进程可以记录更正进度。", code="clocks.carry_out_refused", act=CARRY_OUT)
    with acting(actor=actor, at=at) as act:
        row = act.lock(CalendarCorrection, correction_id)
        finished = transition(CALENDAR_CORRECTION, row.state, "finish")
        row.examined, row.moved, row.kept = row.examined + examined, row.moved + moved, row.kept + len(kept)
        act.update(row, "examined", "moved", "kept")
        for one in kept:
            act.insert(
                KeptDeadline(
                    correction=row, subject=one.subject, due_at=one.due_at, would_be=one.would_be,
                    reason=one.reason.value,
                )
            )  # fmt: skip
        if cursor is not None:
            row.cursor = cursor
            act.update(row, "cursor")
        else:
            row.state, row.finished_at = str(finished.target), at
            act.update(row, "state", "finished_at")
            counts = {"examined": row.examined, "moved": row.moved, "kept": row.kept}
            act.record(row, "clocks.correction_finished", {"state": row.state, **counts})
    return row


def preview_correction(at: datetime) -> tuple[CalendarChange, Preview] | None:
    """What proposing now would move, with the change; None when nothing has changed."""
    change = uncorrected_change()
    return None if change is None else (change, preview_change(change, at))
