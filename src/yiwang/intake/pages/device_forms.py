"""Forms of the device pages 物联设备表单."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...orgs.public import area_index, unit_index
from ..enums import DeviceKind, DeviceState
from ..models import Channel, Device
from ..services.devices.registry import SYSTEMS, DeviceForm

_ALL = ("", _("全部"))
_SYSTEM_NAMES = {"wgs84": "WGS84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}


def device_channels() -> list[tuple[str, str]]:
    """Channels that may have devices, by code and name."""
    rows = Channel.objects.filter(door__in=("mqtt", "camera")).order_by("rank", "code")
    return [(row.code, row.name) for row in rows]


class DeviceFilterForm(forms.Form):
    """设备的筛选."""

    text = forms.CharField(label=_("编号或名称"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[_ALL, *DeviceState.choices])
    kind = forms.ChoiceField(label=_("设备类型"), required=False, choices=[_ALL, *DeviceKind.choices])
    channel = forms.ChoiceField(label=_("渠道"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [_ALL, *device_channels()]  # type: ignore[attr-defined]


class DeviceEditForm(forms.Form):
    """登记或修改一台设备; `fixed` leaves channel and code as they are."""

    channel = forms.ChoiceField(label=_("渠道"))
    code = forms.CharField(label=_("设备编号"), max_length=40)
    kind = forms.ChoiceField(label=_("设备类型"), choices=DeviceKind.choices)
    name = forms.CharField(label=_("名称"), max_length=60)
    address = forms.CharField(label=_("位置描述"), required=False, max_length=120)
    lon = forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90)
    crs = forms.ChoiceField(
        label=_("坐标系"), required=False, choices=[(code, _SYSTEM_NAMES[code]) for code in SYSTEMS]
    )
    community = forms.CharField(
        label=_("社区代码"), required=False, max_length=12, help_text=_("没有坐标时填写，12 位。")
    )
    part = forms.CharField(
        label=_("部件标识码"), required=False, max_length=16, help_text=_("设备是部件时填写，16 位。")
    )
    owner_unit = forms.CharField(label=_("权属单位代码"), required=False, max_length=40)
    installed_on = forms.DateField(
        label=_("安装日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    offline_after = forms.IntegerField(
        label=_("离线判定（分钟）"), required=False, min_value=1, max_value=1_000_000,
        help_text=_("留空表示按渠道的设置。"),
    )  # fmt: skip

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fixed:
            del self.fields["channel"], self.fields["code"]
        else:
            self.fields["channel"].choices = device_channels()  # type: ignore[attr-defined]

    def said(self, code: str = "") -> DeviceForm:
        """What was entered."""
        given = self.cleaned_data
        return DeviceForm(
            code=(given.get("code") or code).strip(), kind=given["kind"], name=given["name"],
            part=given["part"].strip(), address=given["address"], lon=given["lon"], lat=given["lat"],
            crs=given["crs"] or "wgs84", community=given["community"].strip(),
            owner_unit=given["owner_unit"].strip(), installed_on=given["installed_on"],
            offline_after=given["offline_after"],
        )  # fmt: skip


def initial_of(device: Device) -> dict[str, Any]:
    """A device as its form shows it at first; the point is in WGS84."""
    area = area_index().by_id.get(device.community) if device.community else None
    unit = unit_index().by_id.get(device.owner_unit) if device.owner_unit else None
    return {
        "kind": device.kind, "name": device.name, "address": device.address, "lon": device.lon,
        "lat": device.lat, "crs": "wgs84", "community": area.code if area else "", "part": device.part,
        "owner_unit": unit.code if unit else "", "installed_on": device.installed_on,
        "offline_after": device.offline_after,
    }  # fmt: skip


class DeviceFileForm(forms.Form):
    """批量登记: a CSV file and the channel of its devices."""

    channel = forms.ChoiceField(label=_("渠道"))
    file = forms.FileField(label=_("CSV 文件"), help_text=_("第一行为列名，至少有设备编号、设备类型和名称。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = device_channels()  # type: ignore[attr-defined]


class VerdictForm(forms.Form):
    """核实告警: real, or not and why."""

    real = forms.ChoiceField(
        label=_("现场情况"), choices=[("yes", _("属实")), ("no", _("误报"))], widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=200, help_text=_("误报时请写明现场看到的情况。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
