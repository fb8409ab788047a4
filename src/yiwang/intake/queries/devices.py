"""Devices in force 在册设备: what the doors keep in memory, and the lists of the pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ...cases.public import Report, ReportLink, reports_by_source_number, visible_to
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...ledger.public import VersionedCache
from ...orgs.public import area_index
from ..enums import AlarmOutcome, AlarmVerdict, DeviceState
from ..models import CameraAlarm, Device, KeptReading, MeasuringPoint
from ..rules.alarm_words import DeviceFacts
from ..rules.debounce import AlarmState

DEVICES = "devices"
BY_CODE = Order("code", "code")
BY_SEEN = Order("seen", "last_seen", descending=True, nullable=True)
_ALARMS = Order("recent", "at", descending=True)


@dataclass(slots=True)
class LiveDevice:
    """A device as the doors know it 在线设备; `state`, `last_seen` and `battery` follow what came in.

    Attributes:
        is_registered: its readings count; not so before it is registered and after it is retired.
    """

    id: UUID
    state: str
    last_seen: datetime | None
    battery: int | None
    silence_told: bool
    facts: DeviceFacts
    is_registered: bool


@dataclass(slots=True)
class DeviceIndex:
    """Devices by code, read channel by channel when first asked for."""

    channels: dict[str, dict[str, LiveDevice]] = field(default_factory=dict)

    def of(self, channel: str) -> dict[str, LiveDevice]:
        """The devices of a channel by code."""
        known = self.channels.get(channel)
        if known is None:
            known = self.channels[channel] = {
                device.code: live(device) for device in Device.objects.filter(channel=channel).iterator()
            }
        return known


def live(device: Device) -> LiveDevice:
    """A row as the doors know it."""
    return LiveDevice(
        device.id, device.state, device.last_seen, device.battery, device.silence_told, facts_of(device),
        device.state not in (DeviceState.UNREGISTERED, DeviceState.RETIRED),
    )  # fmt: skip


def facts_of(device: Device) -> DeviceFacts:
    """What alarms say of a device."""
    node = area_index().by_id.get(device.community) if device.community else None
    return DeviceFacts(
        device.code, device.name, device.kind, device.part, device.address, device.lon, device.lat,
        node.code if node else "",
    )  # fmt: skip


_CACHE: VersionedCache[DeviceIndex] = VersionedCache(DEVICES, DeviceIndex)


def device_index() -> DeviceIndex:
    """The devices as they stand; at most a second behind an edit."""
    return _CACHE.get()


def devices_page(
    *, state: str = "", channel: str = "", kind: str = "", text: str = "", order: Order = BY_CODE,
    cursor: str = "",
) -> Page[Device]:  # fmt: skip
    """One page of devices; an empty filter means all that are not retired.

    Args:
        text: beginning of the code, or a part of the name.
    """
    rows: QuerySet[Device] = Device.objects.all()
    rows = rows.filter(state=state) if state else rows.exclude(state=DeviceState.RETIRED)
    for name, value in (("channel", channel), ("kind", kind)):
        rows = rows.filter(**{name: value}) if value else rows
    if text:
        rows = rows.filter(code__startswith=text) | rows.filter(name__contains=text)
    return page_by_key(rows, order, cursor=cursor)


def points_of(device_id: UUID) -> list[MeasuringPoint]:
    """Measuring points of a device by metric; those of a camera hold no readings and are left out."""
    rows = MeasuringPoint.objects.filter(device_id=device_id).exclude(last_at=None)
    return list(rows.order_by("metric"))


def kept_readings(point_ids: Sequence[UUID], *, most: int = 120) -> dict[UUID, list[KeptReading]]:
    """The newest kept readings of measuring points, oldest first."""
    found: dict[UUID, list[KeptReading]] = {}
    for point_id in point_ids:
        rows = KeptReading.objects.filter(point_id=point_id).order_by("-at")[:most]
        found[point_id] = list(rows)[::-1]
    return found


@dataclass(frozen=True, slots=True)
class ToldReport:
    """A report that a device's readings or silence became 设备诉求; `case` for whoever may open it."""

    report: Report
    case: UUID | None


def told_reports(
    device: Device, points: Sequence[MeasuringPoint], *, actor: Actor, most: int = 10
) -> list[ToldReport]:
    """Reports of a device that measures, newest first; the newest `most` of each rule are looked at."""
    counted = {f"{device.code}/offline": device.silences}
    for point in points:
        for rule, packed in json.loads(point.memory).items():
            counted[f"{device.code}/{point.metric}/{rule}"] = AlarmState.unpacked(packed).number
    numbers = [
        f"{stem}/{number}" for stem, last in counted.items()
        for number in range(max(1, last - most + 1), last + 1)
    ]  # fmt: skip
    ids = reports_by_source_number(device.channel, numbers).values() if numbers else []
    reports = list(Report.objects.filter(pk__in=ids).order_by("-received_at", "-id")[:most])
    links = ReportLink.objects.filter(report__in=reports, until=None, case__in=visible_to(actor))
    cases = dict(links.values_list("report_id", "case_id"))
    return [ToldReport(report, cases.get(report.id)) for report in reports]


def alarms_page(device_id: UUID, *, cursor: str = "") -> Page[CameraAlarm]:
    """Alarms of a camera, newest first."""
    return page_by_key(CameraAlarm.objects.filter(device_id=device_id), _ALARMS, cursor=cursor)


def alarms_to_confirm(account_id: UUID, *, cursor: str = "") -> Page[CameraAlarm]:
    """Alarms that wait for somebody to confirm them on the spot, newest first."""
    rows = CameraAlarm.objects.filter(worker=account_id, verdict=AlarmVerdict.PENDING)
    return page_by_key(rows.select_related("device"), _ALARMS, cursor=cursor)


@dataclass(frozen=True, slots=True)
class FalseRate:
    """How often a camera was wrong 误报率, among its reports that somebody has looked at.

    Attributes:
        share: between 0 and 1; None when nobody has looked at any.
    """

    confirmed: int
    refuted: int
    pending: int

    @property
    def share(self) -> float | None:
        """Refuted among those looked at."""
        seen = self.confirmed + self.refuted
        return self.refuted / seen if seen else None


def false_rate(device_id: UUID, *, since: datetime) -> FalseRate:
    """The false rate of a camera over its reports since an instant."""
    rows = CameraAlarm.objects.filter(device_id=device_id, outcome=AlarmOutcome.REPORTED, at__gte=since)
    counts = dict.fromkeys(AlarmVerdict.values, 0)
    for verdict in rows.values_list("verdict", flat=True):
        counts[verdict] += 1
    return FalseRate(
        counts[AlarmVerdict.CONFIRMED], counts[AlarmVerdict.REFUTED], counts[AlarmVerdict.PENDING]
    )
