"""Writing back 回写: state changes told to the source of each report, at least once, in order, retried.

A handler of the case's events writes what must be told (`note_change`); the sender of the intake process
takes what is due, a report's changes one after another, and keeps trying with a growing delay. What a source
refuses for good is given up visibly and can be sent again. A source out of reach is tried once a round, so
that the others do not wait for it; a sender that was too slow does not send what another has taken over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from django.db import connection, transaction
from django.db.models import QuerySet

from ...cases.public import Case, Remark, Report, reports_of
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused
from ...kernel.working_time import SHANGHAI
from ...ledger.public import acting
from ...orgs.public import area_index
from ..enums import WriteBackState
from ..models import WriteBack
from ..queries.channels import LiveChannel, channel_index
from ..queries.facts import newest_remark, public_answer
from ..queries.feed import case_facts
from ..rules.bodies import text_of_body
from ..rules.values import text_of
from ..rules.words import Told, instant_words, tell, words_of
from .proving import proof_headers
from .task_exchange import task_facts

#: A change is given up when it could not be told for so long.
PATIENCE = timedelta(days=3)
_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=2), timedelta(hours=1)
#: No message waits so long: the clock was ahead when it was put off, and it is sent now.
_IMPOSSIBLE = 2 * _LONGEST_DELAY
#: While a message is on its way nobody else sends it; much longer than an answer may take.
_LEASE = timedelta(seconds=90)
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_TRY_AGAIN = frozenset({408, 425, 429})
_BATCH = 50
#: Bytes of an answer that are read, and for how many seconds.
_READ, _READING = 2_000, 20.0
#: Facts that are words of people; kept as they were said, blanked when the report is erased.
_SAID = ("answer", "reason")
#: Changes whose reason is written for the reporter.
_REASONED = frozenset({"rejected", "voided"})
_LOG = logging.getLogger(__name__)
_CLAIM = """
UPDATE intake_writeback w SET due_at = %(until)s, attempts = w.attempts + 1
WHERE w.id IN (
  SELECT d.id FROM intake_writeback d
  WHERE d.state = 'waiting' AND (d.due_at <= %(at)s OR d.due_at > %(impossible)s)
    AND (%(only)s::uuid IS NULL OR d.report = %(only)s::uuid) AND NOT EXISTS (
    SELECT 1 FROM intake_writeback e WHERE e.report = d.report AND e.state = 'waiting'
      AND e.channel_id = d.channel_id AND (e.happened_at, e.id) < (d.happened_at, d.id))
  ORDER BY d.due_at, d.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING w.id, w.attempts
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a case 变化 that sources may be told of.

    Attributes:
        name: one of `rules.words.CHANGES`.
        facts: texts by placeholder, without personal data.
    """

    name: str
    case_id: UUID
    at: datetime
    facts: Mapping[str, str]


def note_change(change: Change, *, report_id: UUID | None = None) -> int:
    """Write down whom a change must be told 记录待回写; joins the open transaction; how many are told.

    Args:
        report_id: the one report concerned; all of the case without it.
    """
    channels = channel_index().by_code
    if not any(tells(live, change.name) for live in channels.values()):
        return 0
    case = Case.objects.filter(pk=change.case_id).first()
    if case is None:
        return 0
    change = replace(change, facts={**_said(change), **change.facts})
    rows = [_followed(live, change, case) for live in channels.values() if _follows(live, change, case)]
    for report in reports_of(case).only("id", "number", "channel", "source_number"):
        live = channels.get(report.channel)
        if live is None or (report_id is not None and report.id != report_id):
            continue
        if tells(live, change.name):
            rows.append(_row(live, change, report, case))
    WriteBack.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _said(change: Change) -> dict[str, str]:
    """What was said at the moment of a change 当时的用语; what is said later belongs to later changes."""
    said = {"answer": public_answer(change.case_id, change.at)}
    if change.name in _REASONED:
        said["reason"] = newest_remark(change.case_id, change.at)
    return said


def blank_words(*, case_id: UUID, report_id: UUID) -> int:
    """Blank what write-backs keep of what was said 清除回写用语, after a report's content was erased by law.

    Those of the report always, those of the whole case when nothing that was said in it stands any more.
    """
    rows = WriteBack.objects.filter(case=case_id)
    if Remark.objects.filter(case=case_id).exclude(text="").exists():
        rows = rows.filter(report=report_id)
    found = [row for row in rows if any(row.facts.get(name) for name in _SAID)]
    for row in found:
        row.facts = {**row.facts, **{name: "" for name in _SAID if name in row.facts}}
    WriteBack.objects.bulk_update(found, ["facts"], batch_size=500)
    return len(found)


def tells(channel: LiveChannel, change: str) -> bool:
    """Whether a channel's source is told of a change; a rating that is its own is no news to it."""
    if change == "rated" and channel.definition.owners.callback == "source":
        return False
    return channel.is_enabled and change in (channel.definition.write_back.get("changes") or {})


def _follows(live: LiveChannel, change: Change, case: Case) -> bool:
    """Whether a webhook is told of a change: of open cases in the areas it names, or of all."""
    if live.door != "webhook" or not tells(live, change.name) or case.is_sensitive:
        return False
    codes = live.definition.settings.get("areas") or []
    if not codes:
        return True
    by_code = area_index().by_code
    wanted = {by_code[code].id for code in codes if code in by_code}
    return bool(wanted & {case.district, case.street, case.community, case.grid})


def _followed(live: LiveChannel, change: Change, case: Case) -> WriteBack:
    """What a webhook is told: the case, not a report."""
    facts = {name: str(value or "") for name, value in case_facts(case).items()}
    return WriteBack(
        channel_id=live.id, report=case.id, case=case.id, change=change.name, happened_at=change.at,
        facts={**facts, **change.facts, "case_number": case.number, "number": case.number},
        due_at=change.at, created_at=change.at,
    )  # fmt: skip


def _row(live: LiveChannel, change: Change, report: Report, case: Case) -> WriteBack:
    return WriteBack(
        channel_id=live.id, report=report.id, case=case.id, change=change.name, happened_at=change.at,
        facts={
            **change.facts, "number": report.number, "source_number": report.source_number or "",
            "case_number": case.number,
        },
        due_at=change.at, created_at=change.at,
    )  # fmt: skip


def send_due(*, at: datetime, client: httpx.Client, only: UUID | None = None) -> int:
    """Send what is due 发送到期回写, each report's changes in order; how many were taken up.

    Args:
        only: key of the one report whose changes are sent; tells a trial from what waits.
    """
    begun = time.monotonic()
    until, impossible = at + _LEASE, at + _IMPOSSIBLE
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _CLAIM, {"at": at, "until": until, "most": _BATCH, "impossible": impossible, "only": only}
        )
        claims = dict(cursor.fetchall())
    down: set[UUID] = set()
    for row in WriteBack.objects.filter(id__in=claims).order_by("happened_at", "id"):
        now = at + timedelta(seconds=time.monotonic() - begun)
        row.attempts = claims[row.pk]
        if not _still_ours(row, now):
            continue
        if row.channel_id in down:
            _mine(row).update(due_at=now + _delay(row), answer="对方暂时连接不上，稍后再发。")
        elif not _send(row, at=now, client=client):
            down.add(row.channel_id)
    return len(claims)


def _still_ours(row: WriteBack, at: datetime) -> bool:
    """Whether nobody has taken the message over; it stays ours for another while then."""
    return bool(_mine(row).update(due_at=at + _LEASE))


def _mine(row: WriteBack) -> QuerySet[WriteBack]:
    """The row while it waits and no later claim has counted another attempt."""
    return WriteBack.objects.filter(pk=row.pk, state=WriteBackState.WAITING, attempts=row.attempts)


def _send(row: WriteBack, *, at: datetime, client: httpx.Client) -> bool:
    """Send one message and write down what came of it; False when the source cannot be reached."""
    live = channel_index().by_id.get(row.channel_id)
    try:
        if live is not None and live.door == "webhook" and _is_sensitive(row.case):
            _give_up(row, at, "案件已列为敏感，不再推送。")
            return True
        told = message_of(row, live, at) if live is not None else None
        if told is None:
            _give_up(row, at, "渠道已停用，或不再回写这种变化。")
            return True
        status, said, wait = _asked(told, client)
    except httpx.HTTPError as error:
        _later(row, at, f"{type(error).__name__}: {error}")
        return False
    except (KeyError, ValueError, httpx.InvalidURL) as error:
        _give_up(row, at, f"{type(error).__name__}: {error}")
        return True
    if 200 <= status < 300:
        _settle(row, WriteBackState.SENT, at, f"{status}")
    elif status >= 500 or status in _TRY_AGAIN:
        _later(row, at, f"{status} {said}", wait=wait)
    else:
        _give_up(row, at, f"{status} {said}")
    return True


def _is_sensitive(case_id: UUID) -> bool:
    """Whether a case has become one that other platforms may not know of since its change was noted."""
    return Case.objects.filter(pk=case_id, is_sensitive=True).exists()


def _asked(told: Told, client: httpx.Client) -> tuple[int, str, str]:
    """Status, beginning and `Retry-After` of the answer to a message; reads no further than is kept."""
    begun, body = time.monotonic(), b""
    with client.stream(
        told.method, told.url, content=told.body, headers=dict(told.headers), timeout=_TIMEOUT,
        follow_redirects=False,
    ) as answer:  # fmt: skip
        for chunk in answer.iter_bytes(_READ):
            body += chunk
            if len(body) >= _READ or time.monotonic() - begun > _READING:
                break
    said = text_of(text_of_body(body[:_READ]))[:200]
    return answer.status_code, said, answer.headers.get("Retry-After", "")


def message_of(row: WriteBack, live: LiveChannel, at: datetime) -> Told | None:
    """The message for a write-back 回写报文 in the channel's present words; None when it is told nothing."""
    words = words_of(live.definition)
    if words is None or row.change not in words.changes or not live.is_enabled:
        return None
    told = tell(words, row.change, facts_of(row))
    proof = proof_headers(live, words.auth, method=told.method, url=told.url, body=told.body, at=at)
    return replace(told, headers={**told.headers, **proof})


def facts_of(row: WriteBack) -> dict[str, str]:
    """What the placeholders of a write-back stand for."""
    facts: dict[str, str] = {str(name): str(value) for name, value in row.facts.items()}
    facts |= {
        "change": row.change, "event_id": str(row.id), "at": instant_words(row.happened_at),
        "at_iso": row.happened_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
    }  # fmt: skip
    if row.change == "task":
        return {**facts, **task_facts(row.report)}
    return facts


def _later(row: WriteBack, at: datetime, answer: str, *, wait: str = "") -> None:
    if at - row.created_at > PATIENCE:
        _give_up(row, at, answer)
        return
    delay = _delay(row)
    if wait.isascii() and wait.isdigit():
        delay = max(delay, timedelta(seconds=min(int(wait[:9]), _LONGEST_DELAY.total_seconds())))
    _LOG.warning("write-back %s of %s is tried again in %s: %s", row.pk, row.change, delay, answer[:60])
    _mine(row).update(due_at=at + delay, answer=_kept(answer))


def _delay(row: WriteBack) -> timedelta:
    return min(_FIRST_DELAY * 2 ** min(row.attempts - 1, 20), _LONGEST_DELAY)


def _give_up(row: WriteBack, at: datetime, answer: str) -> None:
    _LOG.error("write-back %s of %s is given up: %s", row.pk, row.change, answer[:60])
    _settle(row, WriteBackState.GIVEN_UP, at, answer)


def _settle(row: WriteBack, state: str, at: datetime, answer: str) -> None:
    """Settle a message; what another sender has taken over meanwhile is settled by that one."""
    sent_at = at if state == WriteBackState.SENT else None
    _mine(row).update(state=state, sent_at=sent_at, answer=_kept(answer))


def _kept(answer: str) -> str:
    """An answer as it can be stored."""
    return text_of(answer)[:300]


def send_again(*, actor: Actor, at: datetime, write_back_id: UUID, expected: int | None = None) -> WriteBack:
    """Send a settled write-back once more 重新发送.

    Raises:
        Refused: the actor may not work on the exchange.
        Conflict: it still waits.
    """
    if not actor.may_anywhere("intake.exchange"):
        raise Refused("您没有处理回写的权限。", code="intake.refused", act="intake.exchange")
    with acting(actor=actor, at=at) as act:
        row = act.lock(WriteBack, write_back_id, expected=expected)
        if row.state == WriteBackState.WAITING:
            raise Conflict("这条回写正在等待发送。", code="intake.waiting")
        before = row.state
        row.state, row.due_at, row.attempts, row.sent_at = WriteBackState.WAITING, at, 0, None
        row.created_at = at
        act.update(row, "state", "due_at", "attempts", "sent_at", "created_at")
        act.record(row, "intake.sent_again", {"before": before, "change": row.change})
    return row
