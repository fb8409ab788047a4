"""Carrying 推进转派: takes due transfers up one by one and does the next thing about each.

Before a POST the row is written as `sending` and committed: whatever happens then, a process that finds it
so knows that the request may have arrived, and searches their list before it sends anything again. While a
step runs, `next_at` lies in the future, so that several processes never work on one row.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ....cases.public import Case
from ....catalog.public import catalog_index
from ....kernel.actor import system_actor
from ....kernel.errors import Conflict, Refused
from ....ledger.public import Act, acting
from ....orgs.public import area_index
from ...enums import TransferState
from ...models import Transfer, TransferUpdate
from ...queries.channels import LiveChannel
from ...queries.transfers import remote_key_of, remote_of, sending_channel
from ...rules.open311.answers import RemoteRequest
from ...rules.open311.sending import Attempt, delay_after, form_of, may_send_again, next_look
from ...rules.open311.settings import Remote
from ...rules.open311.w3c import w3c
from ...services.transfers import check_may_leave
from .client import MOST_PAGES, Endpoint, Unreached

ACTOR = system_actor("open311", "intake.transfer")
#: Searches that may fail or find nothing before a person is asked.
MOST_LOOKS = 12
#: A row is with one process for so long beyond the deadline of a call.
_LEASE = timedelta(minutes=2)
_AWAY = timedelta(minutes=10)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Step:
    """One transfer with its channel and endpoint, and the clock."""

    transfer: Transfer
    channel: LiveChannel
    remote: Remote
    endpoint: Endpoint
    clock: Callable[[], datetime]


def carry_transfers(
    *, stop: threading.Event | None = None, clock: Callable[[], datetime] = timezone.now, limit: int = 200
) -> int:
    """Do the next thing about every due transfer 推进到期转派; how many were taken up.

    Args:
        clock: tells the time; tests give their own.
    """
    count = 0
    while count < limit and (stop is None or not stop.is_set()):
        transfer = _take(clock())
        if transfer is None:
            break
        count += 1
        try:
            _carry(transfer, clock)
        except Exception:
            _LOG.exception("transfer %s could not be carried on", transfer.pk)
            _postpone(transfer, clock(), "推进转派时系统出错，请联系维护人员。")
    return count


def _take(now: datetime) -> Transfer | None:
    """The transfer that has been due longest, leased."""
    with transaction.atomic():
        due = Transfer.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_at__lte=now)
        transfer = due.order_by("next_at", "id").first()
        if transfer is not None:
            Transfer.objects.filter(pk=transfer.pk).update(next_at=now + _LEASE)
    return transfer


def _carry(transfer: Transfer, clock: Callable[[], datetime]) -> None:
    now = clock()
    try:
        channel = sending_channel(transfer.channel_id, now)
    except Refused as refused:
        Transfer.objects.filter(pk=transfer.pk).update(next_at=now + _AWAY, last_error=refused.message)
        return
    remote = remote_of(channel)
    calls = MOST_PAGES if transfer.state in {TransferState.SENDING, TransferState.UNCLEAR} else 1
    lease = now + timedelta(seconds=remote.timeout) * 3 * calls + _LEASE
    Transfer.objects.filter(pk=transfer.pk).update(next_at=lease)
    step = _Step(transfer, channel, remote, Endpoint(remote, remote_key_of(channel, now)), clock)
    if transfer.state == TransferState.WAITING:
        _send(step)
    elif transfer.state in {TransferState.SENDING, TransferState.UNCLEAR}:
        _search(step)
    elif transfer.state == TransferState.NUMBERING:
        _number(step)
    else:
        _look(step)


# -- sending ----------------------------------------------------------------------------------------------
def _send(step: _Step) -> None:
    """POST once: committed as `sending` before, as what it came to after."""
    transfer, now = step.transfer, step.clock()
    case = Case.objects.get(pk=transfer.case)
    try:
        check_may_leave(case)
    except Conflict as conflict:
        _withdraw(step, conflict.message)
        return
    fields = form_of(
        step.remote, service=transfer.service_code, reference=transfer.reference,
        description=transfer.description, facts=_facts(case, transfer), lat=case.lat, lon=case.lon,
    )  # fmt: skip
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, transfer.pk)
        if row.state != TransferState.WAITING:
            return
        row.state, row.attempts, row.tried_at = TransferState.SENDING, row.attempts + 1, now
        row.next_at = now + timedelta(seconds=step.remote.timeout) * 3 + _LEASE
        row.looks = 0
        act.update(row, "state", "attempts", "tried_at", "next_at", "looks")
        act.record(row, "intake.transfer_sending", {"state": row.state, "attempt": row.attempts})
    attempt = step.endpoint.post(fields, transfer.reference)
    _settle_attempt(step, attempt)


def _withdraw(step: _Step, reason: str) -> None:
    """The case must not leave any more: nothing is sent, and what would have been sent is not kept."""
    with acting(actor=ACTOR, at=step.clock()) as act:
        row = act.lock(Transfer, step.transfer.pk)
        row.state, row.next_at, row.description = TransferState.CANCELLED, None, ""
        row.last_error = reason[:300]
        act.update(row, "state", "next_at", "description", "last_error")
        act.record(row, "intake.transfer_cancelled", {"state": row.state})


def _facts(case: Case, transfer: Transfer) -> dict[str, str]:
    """What stands for the fillers of attributes; nothing about the reporter."""
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    areas = area_index().by_id

    def area(key: UUID | None) -> str:
        found = areas.get(key) if key else None
        return found.name if found else ""

    return {
        "number": case.number, "title": case.title, "text": transfer.description, "address": case.address,
        "class": node.name if node else "", "district": area(case.district), "street": area(case.street),
        "community": area(case.community), "received": w3c(case.created_at),
    }  # fmt: skip


def _settle_attempt(step: _Step, attempt: Attempt) -> None:
    now = step.clock()
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, step.transfer.pk)
        if attempt.kind == "accepted" and row.state in {TransferState.SENDING, TransferState.UNCLEAR}:
            _accept(act, row, attempt.id, attempt.token)
            return
        if row.state != TransferState.SENDING:
            return
        row.failures = 1 if attempt.kind == "unclear" else row.failures + 1
        row.last_error = attempt.said[:300]
        pause = max(delay_after(row.failures), timedelta(seconds=attempt.wait))
        row.state, row.next_at = {
            "refused": (TransferState.REFUSED, None),
            "not_sent": (TransferState.WAITING, now + pause),
            "unclear": (TransferState.UNCLEAR, now + delay_after(1)),
        }[attempt.kind]
        act.update(row, "state", "next_at", "failures", "last_error")
        act.record(row, "intake.transfer_failed", {"state": row.state, "outcome": attempt.kind})


def _accept(act: Act, row: Transfer, number: str, token: str) -> None:
    """They have it: by number, or for now by token; what was sent need not be kept any longer."""
    row.remote_id, row.token = number, token or row.token
    row.state = TransferState.OPEN if number else TransferState.NUMBERING
    row.sent_at, row.description, row.last_error = row.sent_at or act.at, "", ""
    row.failures, row.next_at = 0, act.at + timedelta(minutes=1)
    act.update(
        row, "remote_id", "token", "state", "sent_at", "description", "last_error", "failures", "next_at"
    )
    act.record(row, "intake.transfer_accepted", {"state": row.state, "remote": number, "token": bool(token)})


# -- after an unclear outcome -----------------------------------------------------------------------------
def _search(step: _Step) -> None:
    """Look for our reference in their list before anything is sent again."""
    transfer, now = step.transfer, step.clock()
    if not step.remote.list_requests or transfer.tried_at is None:
        _ask_a_person(step, "发送结果不明，对方列表不可查；请向对方核实后补录编号或重新发送。")
        return
    try:
        found = step.endpoint.search(
            service=transfer.service_code, reference=transfer.reference, since=transfer.tried_at, now=now
        )
    except Unreached as error:
        _missed(step, str(error), counts=False)
        return
    if found is None:
        _missed(step, "对方列表中暂未找到。", counts=True)
        return
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, transfer.pk)
        if row.state in {TransferState.SENDING, TransferState.UNCLEAR}:
            _accept(act, row, found.id[:120], "")


def _missed(step: _Step, reason: str, *, counts: bool) -> None:
    """The list did not show it: look again, send again when it surely is not there, or ask a person."""
    now = step.clock()
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, step.transfer.pk)
        if row.state not in {TransferState.SENDING, TransferState.UNCLEAR} or row.tried_at is None:
            return
        row.looks += 1 if counts else 0
        row.failures += 1
        row.last_error, row.state = reason[:300], TransferState.UNCLEAR
        row.next_at = now + delay_after(row.failures)
        settle = step.remote.settle_minutes
        if may_send_again(looks=row.looks, tried_at=row.tried_at, now=now, settle_minutes=settle):
            row.state, row.next_at = TransferState.WAITING, now
            act.record(row, "intake.transfer_not_found", {"state": row.state, "looks": row.looks})
        elif row.failures >= MOST_LOOKS:
            row.state, row.next_at = TransferState.STUCK, None
            act.record(row, "intake.transfer_stuck", {"state": row.state})
        act.update(row, "looks", "failures", "last_error", "state", "next_at")


def _ask_a_person(step: _Step, reason: str) -> None:
    with acting(actor=ACTOR, at=step.clock()) as act:
        row = act.lock(Transfer, step.transfer.pk)
        row.state, row.next_at, row.last_error = TransferState.STUCK, None, reason[:300]
        act.update(row, "state", "next_at", "last_error")
        act.record(row, "intake.transfer_stuck", {"state": row.state})


# -- following --------------------------------------------------------------------------------------------
def _number(step: _Step) -> None:
    """Ask what number a token has become."""
    now = step.clock()
    try:
        number = step.endpoint.number_of(step.transfer.token)
    except Unreached as error:
        _postpone(step.transfer, now, str(error))
        return
    if not number:
        _postpone(step.transfer, now, "")
        return
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, step.transfer.pk)
        if row.state == TransferState.NUMBERING:
            _accept(act, row, number[:120], "")


def _look(step: _Step) -> None:
    """Ask how it stands, and keep what has changed."""
    now = step.clock()
    try:
        found = step.endpoint.request(step.transfer.remote_id)
    except Unreached as error:
        _postpone(step.transfer, now, str(error))
        return
    if found is None:
        _postpone(step.transfer, now, "对方查不到这个编号。")
        return
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, step.transfer.pk)
        _keep(act, row, found, step.remote)


def _keep(act: Act, row: Transfer, found: RemoteRequest, remote: Remote) -> None:
    changed = (row.status, row.notes, row.agency) != (found.status, found.notes, found.agency)
    was_closed = row.state == TransferState.CLOSED
    row.status, row.notes, row.agency = found.status, found.notes, found.agency
    row.updated_at, row.expected_at, row.proposal = found.updated_at, found.expected_at, found.proposal
    row.state = TransferState.CLOSED if found.is_closed else TransferState.OPEN
    row.failures, row.last_error = 0, ""
    if found.is_closed and not was_closed:
        row.ended_at, row.seen_at = act.at, None
    elif not found.is_closed:
        row.ended_at = row.seen_at = None
    row.next_at = next_look(is_closed=found.is_closed, closed_at=row.ended_at, now=act.at, remote=remote)
    act.update(
        row, "status", "notes", "agency", "updated_at", "expected_at", "proposal", "state", "failures",
        "last_error", "ended_at", "seen_at", "next_at",
    )  # fmt: skip
    if not changed:
        return
    said = {
        "at": found.updated_at or act.at,
        "status": found.status,
        "notes": found.notes,
        "agency": found.agency,
    }
    act.insert(TransferUpdate(transfer=row, **said))
    act.record(
        row, "intake.transfer_moved", {"state": row.state, "status": row.status, "closed": found.is_closed}
    )
    if found.is_closed and not was_closed:
        case = act.lock(Case, row.case)
        told = {"state": case.state, "transfer": row.id, "proposal": row.proposal}
        act.record(case, "intake.transfer_ended", told)


def _postpone(transfer: Transfer, now: datetime, reason: str) -> None:
    """Try again later, with a growing pause."""
    with acting(actor=ACTOR, at=now) as act:
        row = act.lock(Transfer, transfer.pk)
        if row.next_at is None:
            return
        row.failures += 1
        row.last_error, row.next_at = reason[:300], now + delay_after(row.failures)
        act.update(row, "failures", "last_error", "next_at")
