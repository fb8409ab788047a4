"""Device registry 设备登记: registering, editing, retiring devices, and reading a list of them from CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ....kernel.actor import Actor
from ....kernel.errors import Conflict, Invalid, NotFound, Refused, invalid
from ....ledger.public import Act, acting, bump
from ....orgs.public import area_index, unit_index
from ....places.public import place_of, read_part_code, to_wgs84
from ...enums import DeviceKind, DeviceState, EntryState, MessageState
from ...models import Channel, Device, QuarantineEntry, RawMessage
from ...queries.devices import DEVICES
from .strangers import stranger_identity

ACT = "intake.devices"
SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
_MICRODEGREES = 1_000_000
#: Columns of a CSV file of devices, in Chinese or as the field's name.
COLUMNS = {
    "设备编号": "code", "设备类型": "kind", "名称": "name", "部件标识码": "part", "位置描述": "address",
    "经度": "lon", "纬度": "lat", "坐标系": "crs", "社区代码": "community", "权属单位代码": "owner_unit",
    "安装日期": "installed_on", "离线判定（分钟）": "offline_after", "离线判定(分钟)": "offline_after",
}  # fmt: skip
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class DeviceForm:
    """What somebody says of a device 设备登记内容; degrees in `crs`.

    Attributes:
        community: 12-digit code, where the place is known only by it.
        owner_unit: code of the unit that owns it.
    """

    code: str
    kind: str
    name: str
    part: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: str = "wgs84"
    community: str = ""
    owner_unit: str = ""
    installed_on: date | None = None
    offline_after: int | None = None


def register_device(*, actor: Actor, at: datetime, channel: str, form: DeviceForm) -> Device:
    """Register a device 登记设备; one that was only heard of before takes its code over.

    The quarantine entry by which it was first heard of is closed.

    Raises:
        Refused: the actor may not keep devices.
        Invalid: a field is wrong; names it.
        Conflict: the channel has a registered device of that code.
    """
    _require(actor)
    values = _checked(channel, form)
    with acting(actor=actor, at=at) as act:
        known = Device.objects.filter(channel=channel, code=form.code).only("id").first()
        device = act.lock(Device, known.id) if known else None
        if device is not None and device.state != DeviceState.UNREGISTERED:
            raise Conflict(f"渠道中已有编号为“{form.code}”的设备。", code="intake.device_known")
        state = DeviceState.WAITING if device is None else DeviceState.ONLINE
        if device is None:
            device = act.insert(Device(channel=channel, code=form.code, found_at=at, changed_at=at))
        _put(act, device, {**values, "state": state}, at)
        act.record(device, "intake.device_registered", _body(device))
        _close_entries(act, channel, form.code)
        bump(act, DEVICES)
    return device


def edit_device(
    *, actor: Actor, at: datetime, device_id: UUID, form: DeviceForm, expected: int | None = None
) -> Device:
    """Change what is known of a device 修改设备; its code and channel stay.

    Raises:
        Refused, Invalid: see `register_device`.
        StaleVersion: somebody changed it meanwhile.
    """
    _require(actor)
    with acting(actor=actor, at=at) as act:
        device = act.lock(Device, device_id, expected=expected)
        _put(act, device, _checked(device.channel, replace(form, code=device.code)), at)
        act.record(device, "intake.device_edited", _body(device))
        bump(act, DEVICES)
    return device


def retire_device(
    *, actor: Actor, at: datetime, device_id: UUID, back: bool = False, expected: int | None = None
) -> Device:
    """Retire 停用 a device, whose readings are then left out, or take it `back` 恢复.

    Raises:
        Refused: the actor may not keep devices.
        Conflict: it is so already, or was never registered.
    """
    _require(actor)
    with acting(actor=actor, at=at) as act:
        device = act.lock(Device, device_id, expected=expected)
        if device.state == DeviceState.UNREGISTERED:
            raise Conflict("设备尚未登记。", code="intake.device_unregistered")
        if (device.state == DeviceState.RETIRED) != back:
            raise Conflict("设备已经停用。" if not back else "设备并未停用。", code="intake.device_retired")
        _put(act, device, {"state": DeviceState.WAITING if back else DeviceState.RETIRED}, at)
        act.record(device, "intake.device_restored" if back else "intake.device_retired", {})
        bump(act, DEVICES)
    return device


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of a CSV file that was not taken 导入错误: its line, field, value and what to do."""

    line: int
    field: str
    value: str
    remedy: str


@dataclass(frozen=True, slots=True)
class DeviceImport:
    """What became of a CSV file of devices 设备导入结果."""

    registered: int
    edited: int
    problems: tuple[RowProblem, ...]


def import_devices(*, actor: Actor, at: datetime, channel: str, content: bytes) -> DeviceImport:
    """Read a CSV file of devices 批量登记: new codes are registered, known ones edited, wrong rows named.

    Args:
        content: UTF-8 or GB18030; the header names columns as in `COLUMNS`.

    Raises:
        Refused: the actor may not keep devices.
        Invalid: the file has no header with code and kind, or too many rows.
    """
    _require(actor)
    rows = _rows(content)
    registered, edited = 0, 0
    problems: list[RowProblem] = []
    for line, row in rows:
        try:
            form = device_form(row)
            known = Device.objects.filter(channel=channel, code=form.code).only("id", "state").first()
            if known is None or known.state == DeviceState.UNREGISTERED:
                register_device(actor=actor, at=at, channel=channel, form=form)
                registered += 1
            else:
                edit_device(actor=actor, at=at, device_id=known.id, form=form)
                edited += 1
        except Invalid as error:
            problems += [RowProblem(line, p.field, p.value, p.remedy) for p in error.problems]
    return DeviceImport(registered, edited, tuple(problems))


def device_form(row: Mapping[str, Any]) -> DeviceForm:
    """Plain texts by field as a form.

    Raises:
        Invalid: a number or date is written wrongly.
    """
    given = {name: str(row.get(name) or "").strip() for name in set(COLUMNS.values())}
    labels = {str(label): value for value, label in DeviceKind.choices}
    return DeviceForm(
        code=given["code"],
        kind=labels.get(given["kind"], given["kind"]),
        name=given["name"],
        part=given["part"],
        address=given["address"],
        lon=_number("lon", given["lon"]),
        lat=_number("lat", given["lat"]),
        crs=given["crs"].lower().replace("-", "") or "wgs84",
        community=given["community"],
        owner_unit=given["owner_unit"],
        installed_on=_day(given["installed_on"]),
        offline_after=_minutes(given["offline_after"]),
    )


def _require(actor: Actor) -> None:
    if not actor.may_anywhere(ACT):
        raise Refused("您没有维护设备的权限。", code="intake.refused", act=ACT)


def _put(act: Act, device: Device, values: Mapping[str, Any], at: datetime) -> None:
    for name, value in {**values, "changed_at": at}.items():
        setattr(device, name, value)
    act.update(device, *values, "changed_at")


def _close_entries(act: Act, channel: str, code: str) -> None:
    """Close the quarantine entry by which the device was first heard of."""
    rows = RawMessage.objects.filter(channel=channel, identity=stranger_identity(code))
    for entry in QuarantineEntry.objects.filter(message__in=rows, state=EntryState.OPEN).only("id"):
        row = act.lock(QuarantineEntry, entry.id)
        row.state, row.by, row.at = EntryState.CORRECTED, act.actor.account_id, act.at
        act.update(row, "state", "by", "at")
        act.record(row, "intake.corrected", {"device": code})
        message = act.lock(RawMessage, row.message_id)
        message.state = MessageState.REPLAYED
        act.update(message, "state")


def _body(device: Device) -> dict[str, object]:
    """What the journal says of a device: codes and whole numbers."""
    return {
        "channel": device.channel,
        "code": device.code,
        "kind": device.kind,
        "part": device.part,
        "community": device.community,
        "unit": device.owner_unit,
        "lon": None if device.lon is None else round(device.lon * _MICRODEGREES),
        "lat": None if device.lat is None else round(device.lat * _MICRODEGREES),
    }


def _checked(channel: str, form: DeviceForm) -> dict[str, Any]:
    """The columns of a form."""
    if not Channel.objects.filter(code=channel).exists():
        raise NotFound(f"没有代码为“{channel}”的渠道。", code="intake.no_channel")
    if not form.code or len(form.code) > 40 or "/" in form.code:
        raise invalid("code", form.code, "请填写设备编号，不超过 40 字，不含斜杠。")
    if form.kind not in DeviceKind.values:
        raise invalid("kind", form.kind, f"只能是 {'、'.join(map(str, DeviceKind.labels))} 之一。")
    if not form.name.strip() or len(form.name) > 60:
        raise invalid("name", form.name, "请填写名称，不超过 60 字。")
    if form.part:
        read_part_code(form.part)
    if form.offline_after is not None and not 1 <= form.offline_after <= 1_000_000:
        raise invalid("offline_after", form.offline_after, "请填写 1 到 1000000 的分钟数。")
    lon, lat, community = _place(form)
    return {
        "kind": form.kind, "name": form.name.strip(), "part": form.part,
        "address": form.address.strip()[:120], "lon": lon, "lat": lat, "community": community,
        "owner_unit": _unit(form.owner_unit), "installed_on": form.installed_on,
        "offline_after": form.offline_after,
    }  # fmt: skip


def _place(form: DeviceForm) -> tuple[float | None, float | None, UUID | None]:
    """Point in WGS84 and community; the point says which community, else its code does."""
    lon, lat, community = form.lon, form.lat, None
    if (lon is None) != (lat is None):
        raise invalid("lon", lon, "经度和纬度要么都填，要么都不填。")
    if lon is not None and lat is not None:
        if form.crs not in SYSTEMS:
            raise invalid("crs", form.crs, f"坐标系只能是 {'、'.join(SYSTEMS)} 之一。")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise invalid("lon", f"{lon},{lat}", "坐标超出范围，请核对。")
        lon, lat = (float(value) for value in to_wgs84(lon, lat, form.crs))
        place = place_of(lon, lat)
        community = place.community_id if place else None
    if community is None and form.community:
        node = area_index().by_code.get(form.community)
        if node is None or node.kind != "community":
            raise invalid("community", form.community, "没有这个社区，请填写 12 位统计用区划代码。")
        community = node.id
    return lon, lat, community


def _unit(code: str) -> UUID | None:
    if not code:
        return None
    node = unit_index().by_code.get(code)
    if node is None:
        raise invalid("owner_unit", code, "没有这个单位代码，请核对。")
    return node.id


def _rows(content: bytes) -> Sequence[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    reader = csv.reader(io.StringIO(text.replace("\0", "")))
    header = [COLUMNS.get(name.strip(), name.strip()) for name in next(reader, [])]
    if "code" not in header or "kind" not in header:
        raise invalid("file", "、".join(header)[:80], "第一行须有列名，至少包括设备编号、设备类型和名称。")
    found = [
        (line, dict(zip(header, cells, strict=False)))
        for line, cells in enumerate(reader, start=2)
        if any(cell.strip() for cell in cells)
    ]
    if len(found) > MOST_ROWS:
        raise invalid("file", f"{len(found)} 行", f"一次最多 {MOST_ROWS} 行，请分开导入。")
    return found


def _number(field: str, text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise invalid(field, text, "请填写十进制度数，如 118.7969。") from None


def _minutes(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit()):
        raise invalid("offline_after", text, "请填写分钟数。")
    return int(text) if text else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError:
        raise invalid("installed_on", text, "请写成 2026-03-02。") from None
