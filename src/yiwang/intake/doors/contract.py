"""Contract of a channel 渠道契约: what a connected source may rely on, tried with the channel's own sample.

Sample → report; the same again changes nothing; messages out of order make one report; a message without a
required field is named in the quarantine; a sender that proves nothing is refused; over the quota says when
to come again; what is written back speaks the source's words. All of it runs in a transaction that is undone
at the end, against the very code that serves the channel.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import httpx
from django.db import Error as DatabaseError
from django.db import transaction

from ...cases.public import Report, ReportLink
from ...files.public import Attachment, discard_contents
from ...kernel.actor import system_actor
from ...kernel.errors import YiwangError
from ...kernel.ids import uuid7
from ...ledger.public import apart, forget
from ..enums import KeyKind, MessageState
from ..errors import TooMany
from ..models import QuarantineEntry, RawMessage
from ..queries.channels import CHANNELS, LiveChannel, LiveKey, channel_index
from ..queries.devices import DEVICES
from ..rules.applying import MappedReport, RowFailed
from ..rules.bodies import Unreadable, read_body
from ..rules.definition import Quota
from ..rules.words import CHANGES, FACTS, Words, tell, words_of
from ..services.handling import handle_now
from ..services.mappings import mapper_of
from ..services.receiving import receive_raw
from ..services.registry import add_key, publish_channel, switch_channel
from ..services.taking import taker_of
from ..services.writing_back import Change, note_change, send_due
from .variants import leaves, replaced, spaced, with_quota

TESTER = system_actor("contract", "intake.channels")
#: Steps of a contract, with their Chinese names.
STEPS = {
    "sample": "样例成诉求",
    "idempotent": "重复不变",
    "out_of_order": "乱序一致",
    "bad_signature": "伪造被拒",
    "missing_field": "缺项隔离",
    "over_quota": "超额提示",
    "write_back": "回写用语",
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a door answered 投递结果.

    Attributes:
        status: as of HTTP; 202 when stored.
        ids: keys of the stored messages.
    """

    status: int
    ids: tuple[UUID, ...] = ()
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """A source with a key that holds for the trial only."""

    key: LiveKey
    secret: str


Deliver = Callable[[LiveChannel, Sequence[bytes], datetime, Sender], Delivered]


@dataclass(frozen=True, slots=True)
class DoorContract:
    """How a door is tried 对接方式的契约.

    Attributes:
        deliver: brings messages in as the source would.
        key_kind: the kind of key the trial gives the source; None for a door without keys.
        opened: what the door makes of a sample: the body that the mapping reads. None when that is the
            sample itself.
        has_quota: whether the source can be told to come again later.
    """

    deliver: Deliver
    key_kind: str | None = None
    opened: Callable[[LiveChannel, bytes], bytes] | None = None
    has_quota: bool = True


def straight_in(channel: LiveChannel, bodies: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
    """Deliver past the door's transport, for doors that fetch by themselves."""
    try:
        receipt = receive_raw(channel=channel, bodies=list(bodies), at=at)
    except TooMany as error:
        return Delivered(429, retry_after=error.retry_after)
    return Delivered(202, tuple(receipt.ids))


#: Caches of what a trial writes: its thread alone sees the changes, which are undone.
_TOUCHED = (CHANNELS, DEVICES)
_CONTRACTS: dict[str, DoorContract] = {}
_DEFAULT = DoorContract(straight_in)


def register_contract(door: str, contract: DoorContract) -> None:
    """Say how the channels of a door are tried."""
    _CONTRACTS[door] = contract


def contract_of(door: str) -> DoorContract:
    """How the channels of a door are tried."""
    return _CONTRACTS.get(door, _DEFAULT)


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step went 契约步骤: `passed`, `failed` or `not_applicable`, and why."""

    step: str
    outcome: str
    reason: str = ""


_OPEN_PLACE = re.compile(rb"\{[a-z_]+\}")


class _Broken(Exception):
    """A step of the contract does not hold; the text says why (Chinese)."""


class _Undone(Exception):
    """Ends the trial's transaction."""


def try_channel(text: str, *, at: datetime) -> list[StepResult]:
    """Try a channel's contract 契约测试 by its definition, leaving nothing behind.

    Args:
        text: the definition; it need not be in the registry.

    Raises:
        Invalid: the definition itself is wrong.
    """
    results: list[StepResult] = []
    begun, contents = uuid7(), set[str]()
    try:
        with apart(*_TOUCHED), transaction.atomic():
            channel = _prepared(text, at)
            for name, trial in _TRIALS.items():
                results.append(_step(name, _Watched(trial, begun, contents), channel, at))
            raise _Undone
    except _Undone:
        pass
    finally:
        discard_contents(contents)
    return results


@dataclass(frozen=True, slots=True)
class _Watched:
    """A step that notes which contents of files it has written, before it is undone."""

    trial: Callable[[_Trial], None]
    begun: UUID
    contents: set[str]

    def __call__(self, given: _Trial) -> None:
        try:
            self.trial(given)
        finally:
            with suppress(DatabaseError):
                for row in Attachment.objects.filter(id__gte=self.begun):
                    self.contents.update({row.sha256, row.thumb_sha256} - {""})


def _prepared(text: str, at: datetime) -> LiveChannel:
    channel = publish_channel(actor=TESTER, at=at, text=text)
    if not channel.is_enabled:
        switch_channel(actor=TESTER, at=at, channel_id=channel.id, on=True)
    forget()
    return channel_index().by_code[channel.code]


def _step(name: str, trial: Callable[[_Trial], None], channel: LiveChannel, at: datetime) -> StepResult:
    """Run one step and undo it."""
    result = StepResult(name, "passed")
    try:
        with transaction.atomic():
            trial(_Trial(channel, at))
            raise _Undone
    except _Undone:
        pass
    except _NotApplicable as reason:
        result = StepResult(name, "not_applicable", str(reason))
    except _Broken as reason:
        result = StepResult(name, "failed", str(reason))
    except YiwangError as error:
        result = StepResult(name, "failed", error.message)
    finally:
        forget()
    return result


class _NotApplicable(Exception):
    """The step says nothing about this channel."""


class _Trial:
    """One step with a channel, its sample and a sender of its own."""

    def __init__(self, channel: LiveChannel, at: datetime) -> None:
        self.channel = channel
        self.at = at
        self.door = contract_of(channel.door)
        self._sender: Sender | None = None

    @property
    def sample(self) -> bytes:
        """The raw sample."""
        definition = self.channel.definition
        if definition.spec is None:
            raise _NotApplicable("该渠道不接收诉求。")
        if not definition.sample:
            raise _Broken("渠道定义缺少 sample（样例报文）。")
        return definition.sample.encode()

    @property
    def is_answer(self) -> bool:
        """Whether messages answer tasks of ours and so become no reports."""
        return taker_of(self.channel.door) is not None

    @property
    def sender(self) -> Sender:
        """A source with a fresh key."""
        if self._sender is None:
            kind = self.door.key_kind or KeyKind.HMAC
            if kind == KeyKind.HMAC and self.channel.definition.settings.get("auth") == KeyKind.TOKEN:
                kind = KeyKind.TOKEN
            row, secret = add_key(actor=TESTER, at=self.at, channel_id=self.channel.id, kind=kind)
            forget()
            self._sender = Sender(channel_index().keys_by_name[row.name], secret)
        return self._sender

    def tree(self, body: bytes) -> dict[str, Any]:
        """A message as the mapping reads it."""
        spec = self.channel.definition.spec
        assert spec is not None
        opened = self.door.opened(self.channel, body) if self.door.opened else body
        return read_body(opened.decode(), spec.format)

    def mapped(self, body: bytes) -> MappedReport:
        """What a message becomes."""
        spec = self.channel.definition.spec
        assert spec is not None
        try:
            return mapper_of(spec).map(self.tree(body))
        except Unreadable as error:
            raise _Broken(f"样例无法解析：{error}") from error
        except RowFailed as failure:
            raise _Broken(f"样例的“{failure.field}”有误：{failure.remedy}") from failure

    def maps(self, body: bytes) -> bool:
        """Whether a message becomes a report."""
        try:
            return bool(self.mapped(body).text)
        except _Broken:
            return False

    def deliver(self, *bodies: bytes) -> Delivered:
        """Bring messages in through the door."""
        return self.door.deliver(self.channel, bodies, self.at, self.sender)

    def stored(self, *bodies: bytes) -> list[RawMessage]:
        """Bring messages in and handle them."""
        delivered = self.deliver(*bodies)
        if delivered.status != 202:
            raise _Broken(f"投递被拒，状态 {delivered.status}。")
        return handle_now(channel=self.channel, ids=delivered.ids, at=self.at)


def _sample_becomes_a_report(trial: _Trial) -> None:
    body = trial.sample
    shown = plain(trial.mapped(body))
    for name, expected in trial.channel.definition.becomes.items():
        if str(shown.get(name, "")) != str(expected or ""):
            raise _Broken(f"样例的“{name}”应为“{expected}”，得到“{shown.get(name, '')}”。")
    row = trial.stored(body)[0]
    if row.report is None and not trial.is_answer:
        raise _Broken(f"样例没有成为诉求：{_why(row)}")


def _same_again(trial: _Trial) -> None:
    body = trial.sample
    if trial.is_answer:
        first, again = trial.stored(body)[0], trial.stored(body)[0]
        if first.id != again.id:
            raise _Broken("同一应答再次到达时被当作新的应答。")
        return
    before = Report.objects.filter(channel=trial.channel.code).count()
    first = trial.stored(body)[0]
    trial.stored(body)
    trial.stored(body, body)
    after = Report.objects.filter(channel=trial.channel.code).count()
    if after - before > 1 or RawMessage.objects.get(pk=first.pk).state != MessageState.ACCEPTED:
        raise _Broken("同一报文再次到达时产生了新的诉求。")


def _any_order(trial: _Trial) -> None:
    body = trial.sample
    if trial.is_answer:
        raise _NotApplicable("应答针对已派发的任务，按任务状态判定先后。")
    if not trial.mapped(body).source_number:
        raise _NotApplicable("来源没有编号，逐条登记。")
    update = _changed(trial, body)
    later, earlier = trial.stored(update)[0], trial.stored(body)[0]
    if later.report is None or later.report != earlier.report:
        raise _Broken("更新先于原报文到达时没有归为同一诉求。")
    trial.stored(update, body)
    number = Report.objects.get(pk=later.report).source_number
    if Report.objects.filter(channel=trial.channel.code, source_number=number).count() != 1:
        raise _Broken("乱序到达后同一编号有多条诉求。")


def _forgery_is_refused(trial: _Trial) -> None:
    if trial.door.key_kind is None:
        raise _NotApplicable("该对接方式由本系统主动连接，没有来件凭证。")
    body, real = trial.sample, trial.sender
    forger = Sender(replace(real.key), secrets.token_urlsafe(16))
    before = RawMessage.objects.filter(channel=trial.channel.code).count()
    answer = trial.door.deliver(trial.channel, [body], trial.at, forger)
    if answer.status not in {400, 401, 403}:
        raise _Broken(f"错误的签名或令牌应被拒绝，得到状态 {answer.status}。")
    if RawMessage.objects.filter(channel=trial.channel.code).count() != before:
        raise _Broken("被拒绝的报文仍被收存。")


def _missing_is_named(trial: _Trial) -> None:
    body = trial.sample
    spec = trial.channel.definition.spec
    assert spec is not None
    mapped = trial.mapped(body)
    target = "source_number" if "source_number" in spec.required and mapped.source_number else "text"
    value = mapped.source_number if target == "source_number" else _part_of_text(trial, body)
    emptied = replaced(body, str(value), "")
    if emptied == body:
        raise _NotApplicable("样例中找不到可以留空的必填项。")
    if trial.door.opened is not None and trial.maps(emptied):
        raise _NotApplicable("缺少的项由入口补上。")
    row = next(iter(trial.stored(emptied)), None)
    if row is None:
        raise _NotApplicable("这样的报文在入口就略过，不作为消息。")
    entry = QuarantineEntry.objects.filter(message=row).first()
    if entry is None or not entry.remedy:
        raise _Broken(f"缺少“{target}”的报文没有进入隔离区（{row.get_state_display()}）。")


def _over_quota_is_told(trial: _Trial) -> None:
    if not trial.door.has_quota:
        raise _NotApplicable("由本系统按自己的速度读取，没有配额。")
    body = trial.sample
    tight = replace(trial.channel.definition, quota=Quota(per_minute=1, burst=1, waiting=10))
    text = with_quota(trial.channel.definition.text)
    publish_channel(actor=TESTER, at=trial.at, text=text)
    forget()
    trial.channel = replace(channel_index().by_code[trial.channel.code], definition=tight)
    answers = [trial.deliver(spaced(body, number)) for number in range(3)]
    late = [answer for answer in answers if answer.status == 429]
    if not late:
        raise _Broken("超出配额时没有拒绝。")
    if late[0].retry_after < 1:
        raise _Broken("超出配额时没有告知何时再来（Retry-After）。")


def _written_back_in_its_words(trial: _Trial) -> None:
    """Every change the source is told of arrives in its words, again after an error, and names the report."""
    words = words_of(trial.channel.definition)
    if words is None:
        raise _NotApplicable("该渠道不回写。")
    if trial.is_answer or trial.channel.definition.spec is None:
        _filled_in(words)
        return
    trial.sender  # noqa: B018 - gives the channel the key that signs
    if words.auth == "bearer":
        add_key(actor=TESTER, at=trial.at, channel_id=trial.channel.id, kind=KeyKind.THEIRS, given="trial")
        forget()
    row = trial.stored(trial.sample)[0]
    if row.report is None:
        raise _Broken(f"样例没有成为诉求：{_why(row)}")
    report = Report.objects.get(pk=row.report)
    case_id = ReportLink.objects.get(report=report, until=None).case_id
    for number, name in enumerate(words.changes):
        at = trial.at + timedelta(minutes=number + 1)
        note_change(Change(name, case_id, at, {"unit": "承办单位"}), report_id=report.id)
        seen = _sent(at, report.id)
        if len(seen) != 2 or seen[0].content != seen[1].content:
            raise _Broken(f"“{CHANGES[name]}”在对方出错后没有原样重发。")
        text = unquote_plus(f"{seen[1].url} {seen[1].content.decode()}")
        if report.source_number and report.source_number not in text:
            raise _Broken(f"“{CHANGES[name]}”的回写没有带上来源编号。")


def _filled_in(words: Words) -> None:
    """Every message is complete: each placeholder of it is filled."""
    facts = {name: f"[{name}]" for name in FACTS}
    for name in words.changes:
        told = tell(words, name, facts)
        if _OPEN_PLACE.search(told.url.encode() + told.body):
            raise _Broken(f"“{CHANGES[name]}”的回写中有未填的占位符。")


def _sent(at: datetime, report_id: UUID) -> list[httpx.Request]:
    """What a source gets that fails the first time."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500 if len(seen) == 1 else 200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        send_due(at=at, client=client, only=report_id)
        send_due(at=at + timedelta(seconds=30), client=client, only=report_id)
    return seen


_TRIALS: Mapping[str, Callable[[_Trial], None]] = {
    "sample": _sample_becomes_a_report,
    "idempotent": _same_again,
    "out_of_order": _any_order,
    "bad_signature": _forgery_is_refused,
    "missing_field": _missing_is_named,
    "over_quota": _over_quota_is_told,
    "write_back": _written_back_in_its_words,
}


def plain(mapped: MappedReport) -> dict[str, Any]:
    """A mapped report as plain values, for people and for `becomes`; empty ones are left out."""
    names = [
        name for name in MappedReport.__dataclass_fields__ if getattr(mapped, name) not in (None, "", ())
    ]
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(mapped, name)
        if isinstance(value, datetime):
            value = value.astimezone().isoformat(timespec="seconds")
        found[name.removesuffix("_id")] = value if isinstance(value, (str, int, float)) else str(value)
    return found


def _why(row: RawMessage) -> str:
    entry = QuarantineEntry.objects.filter(message=row).first()
    return f"{entry.field}：{entry.remedy}" if entry else str(row.get_state_display())


def _changed(trial: _Trial, body: bytes) -> bytes:
    """The sample with a longer text, as a source would send an update."""
    part = _part_of_text(trial, body)
    return replaced(body, part, f"{part}（补充说明）")


def _part_of_text(trial: _Trial, body: bytes) -> str:
    """The longest text of the message that stands in the report's text."""
    text = trial.mapped(body).text
    parts = [leaf for leaf in leaves(trial.tree(body)) if leaf and leaf in text]
    if not parts:
        raise _NotApplicable("诉求内容不直接来自报文中的文字。")
    return max(parts, key=len)
