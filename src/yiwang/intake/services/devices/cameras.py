"""Camera alarms 视频告警: taken without anything about who somebody is, suppressed, told as one report.

What a camera sends is first stripped of personal fields (`rules.personal_fields`) and its pictures are
written anew without hidden data; only then is anything stored. The alarm, what the suppression remembers and
the message that comes of it are one transaction.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from ....files.public import cleaned_picture
from ....kernel.errors import YiwangError, invalid
from ....ledger.public import bump_now
from ...enums import AlarmOutcome, DeviceState
from ...models import CameraAlarm, Device, MeasuringPoint
from ...queries.channels import LiveChannel
from ...queries.devices import DEVICES, LiveDevice, device_index, facts_of
from ...rules.alarm_words import DeviceFacts, clock_words, device_body
from ...rules.camera_settings import AlarmType, CameraSettings
from ...rules.personal_fields import without_numbers, without_personal
from ...rules.reading_topics import milliseconds_of
from ...rules.suppression import (
    FOLLOW_UP,
    REPORT,
    SUPPRESS,
    SuppressionState,
    Verdict,
    judge,
    tell,
)
from ..counting import count
from ..receiving import receive_raw, take_quota
from .points import instant, milliseconds
from .readings import Arrival
from .strangers import note_strangers

#: Seconds an alarm may be dated ahead of its arrival.
_AHEAD = 600_000
_MOST_PICTURE = 12_000_000
_OUTCOMES = {
    REPORT: AlarmOutcome.REPORTED,
    FOLLOW_UP: AlarmOutcome.FOLLOWED,
    SUPPRESS: AlarmOutcome.SUPPRESSED,
}


class Upload(NamedTuple):
    """A picture as it came: its name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CameraSays:
    """One alarm as it may be stored 清理后的告警.

    Attributes:
        identity: the source's own id, else a hash of camera, type and time.
        removed: personal fields that were removed from it.
        problems: pictures that could not be kept, in words.
    """

    camera: str
    type: str
    confidence: float | None
    time: int
    identity: str
    text: str
    pictures: tuple[Upload, ...]
    removed: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmAnswer:
    """What became of an alarm, for its sender 告警回执.

    Attributes:
        outcome: an `AlarmOutcome`, `unregistered` or `again`.
        number: source number of the report it belongs to.
    """

    outcome: str
    number: str = ""
    removed: int = 0
    problems: tuple[str, ...] = ()


def read_alarm(tree: Any, uploads: Sequence[Upload], settings: CameraSettings, *, now: int) -> CameraSays:
    """What a camera says, without personal fields 清理告警.

    Args:
        uploads: files that came beside it.
        now: milliseconds, for an alarm without a time.

    Raises:
        Invalid: camera, type, confidence or time is missing or wrong; names the field.
    """
    if not isinstance(tree, dict):
        raise invalid("body", type(tree).__name__, "每条告警应是一个 JSON 对象。")
    clean, removed = without_personal(tree, settings.personal)
    found = {name: find(clean) for name, find in settings.paths.items()}
    camera, kind = (_word(name, found[name]) for name in ("camera", "type"))
    time = _time(found["time"], settings.time_format, now)
    number = str(found["id"] or "")[:60]
    identity = f"={number}" if number else f"#{_digest(camera, kind, str(time))}"
    text, masked = without_numbers(str(found["text"] or "")[:500])
    given = [*uploads, *_pictures(found["pictures"])][: settings.most_pictures]
    pictures, problems = _cleaned(given)
    return CameraSays(
        camera,
        kind,
        _confidence(found["confidence"]),
        time,
        identity,
        text,
        pictures,
        removed + masked,
        problems,
    )


def take_alarm(
    *,
    channel: LiveChannel,
    settings: CameraSettings,
    says: CameraSays,
    at: datetime,
    nonce: tuple[UUID, str] | None = None,
) -> AlarmAnswer:
    """Take one alarm 接收告警; the same again says `again` and changes nothing.

    Args:
        nonce: of a signed request, used up in the same transaction.

    Raises:
        TooMany: the channel is over its quota.
        Unproved: the nonce has been used.
    """
    take_quota(channel, 1, at)
    with transaction.atomic():
        receive_raw(channel=channel, bodies=[], at=at, nonce=nonce)
        device = device_index().of(channel.code).get(says.camera)
        if device is None or not device.is_registered:
            _note_stranger(channel, says, at)
            answer = AlarmAnswer("unregistered")
        else:
            answer = _take(channel, settings, says, device, at)
            _see(device, at)
    return replace(answer, removed=says.removed, problems=says.problems)


def tell_waiting(channel: LiveChannel, settings: CameraSettings, at: datetime) -> int:
    """Tell running reports of alarms that were suppressed since 补报抑制告警; how many messages."""
    now, told = milliseconds(at) or 0, 0
    rows = MeasuringPoint.objects.filter(device__channel=channel.code, waiting_since__isnull=False)
    for key in rows.order_by("waiting_since").values_list("id", flat=True)[:500]:
        with transaction.atomic():
            point = MeasuringPoint.objects.select_for_update().select_related("device").get(pk=key)
            kind = _type(settings, point.metric.removeprefix("alarm:"))
            state = _state(point)
            verdicts = tell(kind.rule, state, now=now)
            if verdicts:
                _send(channel, facts_of(point.device), kind, verdicts, time=now, says=None, at=at)
                _write(point, state)
                told += len(verdicts)
    return told


def _take(
    channel: LiveChannel, settings: CameraSettings, says: CameraSays, device: LiveDevice, at: datetime
) -> AlarmAnswer:
    if CameraAlarm.objects.filter(channel=channel.code, identity=says.identity).exists():
        count(channel.code, at, received=1, unchanged=1)
        return AlarmAnswer("again")
    kind = _type(settings, says.type)
    row = CameraAlarm(
        channel=channel.code, device_id=device.id, identity=says.identity, type=says.type[:40],
        confidence=says.confidence, at=instant(says.time), received_at=at, removed=says.removed,
        outcome=AlarmOutcome.UNSURE,
    )  # fmt: skip
    if says.confidence is None or says.confidence >= kind.rule.least:
        point = _point(device.id, f"alarm:{says.type}"[:40])
        state = _state(point)
        verdicts = judge(kind.rule, state, time=says.time, identity=_digest(says.identity)[:16])
        if not verdicts:
            return AlarmAnswer("again")
        row.outcome = _OUTCOMES[verdicts[-1].kind]
        row.number = _number(device.facts.code, says.type, verdicts[-1].number)
        _send(channel, device.facts, kind, verdicts, time=says.time, says=says, at=at)
        _write(point, state)
    row.save(force_insert=True)
    if row.outcome in (AlarmOutcome.UNSURE, AlarmOutcome.SUPPRESSED):
        count(channel.code, at, received=1, ignored=1)
    return AlarmAnswer(row.outcome, row.number)


def _send(
    channel: LiveChannel,
    device: DeviceFacts,
    kind: AlarmType,
    verdicts: Sequence[Verdict],
    *,
    time: int,
    says: CameraSays | None,
    at: datetime,
) -> None:
    """What the suppression lets through, as messages of the channel."""
    bodies = [
        _body(device, kind, verdict, time, says if verdict.kind == REPORT else None)
        for verdict in verdicts
        if verdict.kind != SUPPRESS
    ]
    if bodies:
        texts = [json.dumps(body, ensure_ascii=False, sort_keys=True) for body in bodies]
        receive_raw(channel=channel, bodies=texts, at=at)


def _body(
    device: DeviceFacts, kind: AlarmType, verdict: Verdict, time: int, says: CameraSays | None
) -> dict[str, Any]:
    words = f"{device.title}发现{kind.name}（{clock_words(time)}）。"
    if verdict.kind == FOLLOW_UP:
        words = f"{device.title}又收到{verdict.untold}次{kind.name}告警，最近一次{clock_words(time)}。"
    elif says is not None:
        sure = f"置信度{says.confidence:.0%}。" if says.confidence is not None else ""
        words = f"{words}{sure}{says.text}"
    pictures = says.pictures if says is not None else ()
    return {
        **device_body(device, time),
        "number": _number(device.code, kind.code, verdict.number),
        "message": verdict.message,
        "event": verdict.kind,
        "type": kind.code,
        "title": f"{device.title}：{kind.name}",
        "text": words,
        "class": kind.matter_class,
        "urgency": kind.urgency,
        "pictures": [
            {"name": picture.name, "base64": base64.b64encode(picture.content).decode()}
            for picture in pictures
        ],
    }


def _number(camera: str, kind: str, number: int) -> str:
    return f"{camera}/{kind}/{number}"


def _type(settings: CameraSettings, code: str) -> AlarmType:
    return settings.types.get(code) or AlarmType(code, code, "", "ordinary", settings.rule)


def _point(device_id: UUID, metric: str) -> MeasuringPoint:
    """The row that remembers a camera and a type, locked."""
    MeasuringPoint.objects.get_or_create(device_id=device_id, metric=metric)
    return MeasuringPoint.objects.select_for_update().get(device_id=device_id, metric=metric)


def _state(point: MeasuringPoint) -> SuppressionState:
    return SuppressionState(**json.loads(point.memory))


def _write(point: MeasuringPoint, state: SuppressionState) -> None:
    point.memory = json.dumps(asdict(state), separators=(",", ":"))
    point.waiting_since = instant(state.told) if state.untold else None
    point.stamp += 1
    point.save(update_fields=["memory", "waiting_since", "stamp"])


def _see(device: LiveDevice, at: datetime) -> None:
    """Note that a camera was heard of."""
    if (
        device.state == DeviceState.ONLINE
        and device.last_seen
        and at - device.last_seen < timedelta(seconds=30)
    ):
        return
    back = device.state != DeviceState.ONLINE
    Device.objects.filter(pk=device.id).update(last_seen=at, state=DeviceState.ONLINE)
    device.last_seen, device.state = at, DeviceState.ONLINE
    if back:
        bump_now(DEVICES)


def _note_stranger(channel: LiveChannel, says: CameraSays, at: datetime) -> None:
    kept = {"camera": says.camera, "type": says.type, "time": says.time}
    payload = json.dumps(kept, ensure_ascii=False).encode()
    note_strangers(channel, {says.camera: Arrival("camera", payload, says.time)}, at)
    count(channel.code, at, received=1, quarantined=1)


def _word(name: str, value: Any) -> str:
    text = str(value if value is not None else "").strip()
    if not text or len(text) > 34 or "/" in text:
        raise invalid(name, text[:40], "请填写，不超过 34 字，不含斜杠。")
    return text


def _confidence(value: Any) -> float | None:
    """Between 0 and 1; sources that count in percent are understood."""
    if value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    found = found / 100 if 1 < found <= 100 else found
    if not 0 <= found <= 1:
        raise invalid("confidence", value, "请填写 0 到 1 之间的数。")
    return found


def _time(value: Any, form: str, now: int) -> int:
    if value is None or value == "":
        return now
    try:
        found = milliseconds_of(value, form)
    except (ValueError, TypeError, OverflowError):
        found = -1
    if not 0 < found <= now + _AHEAD:
        raise invalid("time", value, "时间无法识别，或晚于现在；请核对时间格式和时钟。")
    return found


def _pictures(value: Any) -> list[Upload]:
    """Pictures inside the message: texts in base64, or objects with `base64` and `name`."""
    listed = value if isinstance(value, list) else [value] if value else []
    found = []
    for number, item in enumerate(listed, start=1):
        given = item if isinstance(item, Mapping) else {"base64": item}
        text = str(given.get("base64") or given.get("data") or "")
        text = text.partition(",")[2] if text.startswith("data:") else text
        try:
            content = base64.b64decode(text, validate=False)
        except (binascii.Error, ValueError):
            content = b""
        found.append(Upload(f"告警图片{number}.jpg", content))
    return found


def _cleaned(uploads: Sequence[Upload]) -> tuple[tuple[Upload, ...], tuple[str, ...]]:
    """Pictures without hidden data; what is none is left out and named."""
    kept, problems = [], []
    for number, upload in enumerate(uploads, start=1):
        name = f"告警图片{number}"
        try:
            if len(upload.content) > _MOST_PICTURE:
                raise invalid("pictures", name, "图片过大。")
            kept.append(Upload(f"{name}.jpg", cleaned_picture(upload.content, name)))
        except YiwangError as error:
            problems.append(f"{name}：{error.message}")
    return tuple(kept), tuple(problems)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
