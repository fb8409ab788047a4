"""Alerts 预警: taking in a CAP message, and settling what ends what.

One message is one transaction: it is examined, stored word for word and read, placed on our areas, and what
it updates or cancels is settled, whichever came first. The same message again changes nothing. Where a
channel says so, an alert in force also leaves one message an area in the channel's own queue, from which
reports come as from any other source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ...ledger.public import Act, acting, seal
from ...orgs.public import area_index
from ..enums import AlertEnding
from ..errors import AlertRefused
from ..models import Alert, AlertArea, AlertReference
from ..queries.alerts import colour_of, standing
from ..queries.channels import LiveChannel
from ..queries.geography import own_geography
from ..rules.cap.examining import examine
from ..rules.cap.geography import Geography, OwnArea, Touched
from ..rules.cap.messages import CapAlert, CapInfo, Reference, preferred
from ..rules.cap.refusals import CapRefused
from ..rules.cap.settings import CapSettings, OpensCase, read_settings
from ..rules.cap.succession import Key, Mention, ending_of, is_meant
from ..rules.definition import Definition, read_definition
from ..rules.door_settings import settings_tree
from .counting import count
from .receiving import receive_raw, take_quota, use_nonce
from .trusting import trust_of

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('intake.alerts'), hashtext(%s))"
#: Colours as the text of a report says them; reports are written in Chinese.
COLOUR_WORDS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色", "unknown": "未分级"}
_ENDINGS = {"Update": AlertEnding.UPDATED, "Cancel": AlertEnding.CANCELLED}


@dataclass(frozen=True, slots=True)
class AlertDoor:
    """What alerts come in by 预警入口.

    Attributes:
        live: the channel of the registry; None for a definition that is not in it, which opens no case.
    """

    code: str
    settings: CapSettings
    live: LiveChannel | None = None

    @property
    def source(self) -> str:
        """Within which messages end one another."""
        return self.settings.source or self.code


def alert_door(channel: LiveChannel) -> AlertDoor:
    """The door of a channel of the registry."""
    return AlertDoor(channel.code, _settings(channel.definition.text), channel)


def bare_door(definition: Definition) -> AlertDoor:
    """The door of a definition that is not in the registry.

    Raises:
        Invalid: its settings are not those of a CAP channel.
    """
    return AlertDoor(definition.code, _settings(definition.text))


@lru_cache(maxsize=128)
def _settings(text: str) -> CapSettings:
    return read_settings(settings_tree(read_definition(text)))


@dataclass(frozen=True, slots=True)
class AlertReceipt:
    """What became of a message 预警回执.

    Attributes:
        areas: codes of our areas that it means.
        unchanged: it was in already.
        queued: messages left in the channel's queue, to become reports.
    """

    id: UUID
    identifier: str
    areas: tuple[str, ...]
    unchanged: bool = False
    queued: int = 0


def receive_alert(
    *, actor: Actor, at: datetime, door: AlertDoor, raw: bytes, nonce: tuple[UUID, str] | None = None
) -> AlertReceipt:
    """Take in one CAP message 接收预警.

    Args:
        nonce: key and nonce of a signed request, used up in the same transaction.

    Raises:
        Refused: the actor may not bring messages in.
        AlertRefused: it is no message that may be relayed; names the reason.
        TooMany: the channel is over its quota.
        Unproved: the nonce has been used.
    """
    if not actor.may_anywhere("intake.import"):
        raise Refused("您没有接入预警的权限。", code="intake.refused", act="intake.import")
    if door.live is not None:
        take_quota(door.live, 1, at)
    try:
        cap = examine(raw, settings=door.settings, trust=trust_of(door.settings), at=at)
        with transaction.atomic():
            if nonce is not None:
                use_nonce(nonce, at)
            return _keep(_Arrival(actor, at, door, raw, cap))
    except CapRefused as refused:
        with transaction.atomic():
            count(door.code, at, received=1, refused=1)
        raise AlertRefused(refused.message, reason=refused.reason) from refused


@dataclass(frozen=True, slots=True)
class _Arrival:
    actor: Actor
    at: datetime
    door: AlertDoor
    raw: bytes
    cap: CapAlert

    @property
    def digest(self) -> bytes:
        """SHA-256 of what the message says, however it is laid out."""
        said = {
            name: value for name, value in self.cap.plain().items() if name not in {"deviations", "version"}
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


def _keep(arrival: _Arrival) -> AlertReceipt:
    cap, door = arrival.cap, arrival.door
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [door.source])
    known = Alert.objects.filter(
        source=door.source, identifier=cap.identifier, sender=cap.sender, sent=cap.sent
    ).first()
    if known is not None:
        if bytes(known.digest) != arrival.digest:
            raise CapRefused("changed", cap.identifier)
        count(door.code, arrival.at, received=1, unchanged=1)
        codes = known.areas.order_by("area__code").values_list("area__code", flat=True)
        return AlertReceipt(known.id, known.identifier, tuple(codes), unchanged=True)
    geography = own_geography(arrival.at)
    touched = geography.touched(cap, only_geocodes=door.settings.geocodes)
    row = _store(arrival, touched)
    queued = _queue(arrival, row, geography, touched)
    count(door.code, arrival.at, received=1, accepted=1, handled=1)
    return AlertReceipt(row.id, row.identifier, tuple(each.code for each in touched), queued=queued)


def _store(arrival: _Arrival, touched: Sequence[Touched]) -> Alert:
    """The row with its references and areas, and every row that it ends."""
    row = _row(arrival)
    by_code = area_index(timezone.localdate(arrival.at)).by_code
    with acting(actor=arrival.actor, at=arrival.at) as act:
        row.root = _root_of(row, arrival.cap.references)
        act.insert(row)
        act.record(
            row, "intake.alert_received",
            {"channel": row.channel, "kind": row.kind, "status": row.status, "level": row.level,
             "digest": arrival.digest, "areas": [each.code for each in touched if each.whole]},
        )  # fmt: skip
        act.flush()
        AlertArea.objects.bulk_create(
            AlertArea(alert=row, area_id=by_code[each.code].id, whole=each.whole, by=each.by)
            for each in touched
        )
        AlertReference.objects.bulk_create(
            AlertReference(alert=row, identifier=each.identifier, sender=each.sender, sent=each.sent)
            for each in arrival.cap.references
        )
        _settle(act, row)
        if arrival.cap.ends_others:
            for other in _named(row.source, arrival.cap.references, but=row.id):
                _settle(act, act.lock(Alert, other))
    Alert.objects.filter(source=row.source, root=row.identifier).exclude(root=row.root).update(root=row.root)
    return row


def _row(arrival: _Arrival) -> Alert:
    cap, door = arrival.cap, arrival.door
    block = shown_block(cap)
    row = Alert(
        channel=door.code, source=door.source, identifier=cap.identifier, sender=cap.sender, sent=cap.sent,
        status=cap.status, kind=cap.msg_type, level=cap.level,
        event=(block.event if block else "")[:200],
        headline=((block.headline or block.event if block else "") or cap.note)[:300],
        issuer=((block.sender_name if block else "") or cap.source or cap.sender)[:200],
        effective_at=cap.effective, expires_at=cap.expires(door.settings.expires_after),
        body=cap.plain(), digest=arrival.digest, received_at=arrival.at,
    )  # fmt: skip
    row.raw = seal(arrival.raw.decode("latin-1"), context=row.id.bytes)
    return row


def shown_block(cap: CapAlert) -> CapInfo | None:
    """The block whose words a list shows: in the preferred language, and of those the highest level."""
    if not cap.infos:
        return None
    language = cap.infos[preferred(block.language for block in cap.infos)].language
    return min((block for block in cap.infos if block.language == language), key=lambda block: block.level)


# -- what ends what ---------------------------------------------------------------------------------


def _named(source: str, references: Sequence[Reference], *, but: UUID) -> list[UUID]:
    """Rows that references name, by key."""
    names = {each.identifier for each in references}
    rows = Alert.objects.filter(source=source, identifier__in=names).exclude(pk=but).order_by("id")
    return [
        row[0]
        for row in rows.values_list("id", "identifier", "sender", "sent")
        if any(is_meant(Key(*row[1:]), each) for each in references)
    ]


def _settle(act: Act, row: Alert) -> None:
    """Let a row end as everything that has come in so far says."""
    named = AlertReference.objects.filter(
        identifier=row.identifier, alert__source=row.source, alert__kind__in=_ENDINGS
    ).select_related("alert")
    mentions, keys = [], {}
    for each in named.defer("alert__body", "alert__raw"):
        by = Key(each.alert.identifier, each.alert.sender, each.alert.sent)
        keys[by] = each.alert_id
        reference = Reference(each.identifier, each.sender, each.sent)
        mentions.append(Mention(by, each.alert.kind, each.alert.status, reference))
    found = ending_of(Key(row.identifier, row.sender, row.sent), row.status, mentions)
    if found is None or row.ended_by_id == keys[found.by]:
        return
    row.ended_by_id, row.ended_at, row.ending = keys[found.by], found.by.sent, _ENDINGS[found.msg_type]
    act.update(row, "ended_by", "ended_at", "ending")
    act.record(
        row, "intake.alert_ended", {"by": row.ended_by_id, "ending": row.ending, "since": row.ended_at}
    )


def _root_of(row: Alert, references: Sequence[Reference]) -> str:
    """Identifier of the first message of the line, as far as it is known."""
    known = Alert.objects.filter(pk__in=_named(row.source, references, but=row.id)).order_by("sent", "id")
    first = known.values_list("root", flat=True).first()
    if first is not None:
        return first
    dated = sorted(references, key=lambda each: (each.sent is None, each.sent or row.sent, each.identifier))
    return dated[0].identifier if dated else row.identifier


# -- cases ------------------------------------------------------------------------------------------


def _queue(arrival: _Arrival, row: Alert, geography: Geography, touched: Sequence[Touched]) -> int:
    """Messages for the channel's own queue, one an area; how many."""
    opens, live = arrival.door.settings.opens_case, arrival.door.live
    if opens is None or live is None or live.mapping_id is None or not opens.wants(arrival.cap):
        return 0
    if standing(row, arrival.at) not in {"in_force", "coming"}:
        return 0
    block = shown_block(arrival.cap)
    places = geography.places(touched, opens.areas)
    if block is None or not places:
        return 0
    bodies = [case_message(row, block, opens, own, geography.full_name(own.code)) for own in places]
    return receive_raw(channel=live, bodies=bodies, at=arrival.at).stored


def case_message(row: Alert, block: CapInfo, opens: OpensCase, own: OwnArea, name: str) -> str:
    """What an alert says of one area, as the JSON that the channel's mapping reads.

    Its number is the line's first identifier and the area, so an update follows up on the same report.
    """
    colour = COLOUR_WORDS[colour_of(row)]
    words = {"{area}": name, "{colour}": colour, "{event}": row.event, "{headline}": row.headline}
    text = opens.text
    for mark, word in words.items():
        text = text.replace(mark, word)
    point = own.shape.representative_point() if own.shape is not None else None
    said = {
        "number": f"{row.root}:{own.code}", "identifier": row.identifier, "text": text, "area": own.code,
        "area_name": name, "event": row.event, "colour": colour_of(row), "level": row.level,
        "headline": row.headline, "description": block.description, "instruction": block.instruction,
        "issuer": row.issuer, "issued_at": row.sent.isoformat(), "expires_at": row.expires_at.isoformat(),
        "lon": round(point.x, 6) if point is not None else None,
        "lat": round(point.y, 6) if point is not None else None,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
