"""Pages of devices 物联设备: the list, one device with its curves, registering, editing, a file of many."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases.public import EVIDENCE_OWNER
from ...files.public import attachments_of
from ...interface.public import (
    Chart,
    Column,
    Crumb,
    Fact,
    MapLayer,
    MapView,
    expected_version,
    order_named,
    show_problems,
)
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ...kernel.working_time import SHANGHAI
from ...orgs.public import area_index, unit_index
from ...places.public import drawn_layers
from ..enums import AlarmVerdict, DeviceKind, DeviceState
from ..models import CameraAlarm, Channel, Device, KeptReading, MeasuringPoint
from ..queries.channels import channel_index
from ..queries.devices import (
    BY_CODE,
    BY_SEEN,
    alarms_page,
    alarms_to_confirm,
    devices_page,
    false_rate,
    kept_readings,
    points_of,
    told_reports,
)
from ..rules.camera_settings import camera_settings
from ..rules.door_settings import settings_tree
from ..rules.mqtt_settings import mqtt_settings
from ..services.devices.confirming import judge_alarm
from ..services.devices.registry import edit_device, import_devices, register_device, retire_device
from .access import holding
from .device_forms import (
    DeviceEditForm,
    DeviceFileForm,
    DeviceFilterForm,
    VerdictForm,
    initial_of,
)

_ORDERS = (BY_CODE, BY_SEEN)
_MOST_FILE = 5_000_000
_RATED = timedelta(days=90)
_TONES = {
    DeviceState.ONLINE: "good", DeviceState.OFFLINE: "bad", DeviceState.UNREGISTERED: "warning",
}  # fmt: skip
_COLUMNS = (
    Column(gettext_lazy("设备编号"), order="code"),
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("设备类型")),
    Column(gettext_lazy("渠道")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("最近在线"), order="seen"),
    Column(gettext_lazy("电量"), numeric=True),
)
_ALARM_COLUMNS = (
    Column(gettext_lazy("告警时间")),
    Column(gettext_lazy("告警类型")),
    Column(gettext_lazy("置信度"), numeric=True),
    Column(gettext_lazy("去向")),
    Column(gettext_lazy("核实结论")),
    Column(gettext_lazy("移除个人字段"), numeric=True),
)


@require_GET
@holding("intake.devices")
def devices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """物联设备: by code or by when they were heard of last; what is unregistered has a tab of its own."""
    form = DeviceFilterForm(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    order = order_named(request.GET.get("order"), _ORDERS)
    page = devices_page(
        state=chosen.get("state", ""), channel=chosen.get("channel", ""), kind=chosen.get("kind", ""),
        text=chosen.get("text", "").strip(), order=order, cursor=request.GET.get("cursor", ""),
    )  # fmt: skip
    names = dict(Channel.objects.filter(door__in=("mqtt", "camera")).values_list("code", "name"))
    for row in page.rows:
        row.channel_name = names.get(row.channel, row.channel)  # type: ignore[attr-defined]
        row.tone = _TONES.get(DeviceState(row.state), "neutral")  # type: ignore[attr-defined]
    context = {
        "form": form, "page": page, "rows": page.rows, "columns": _COLUMNS, "order": order.name,
        "state": chosen.get("state", ""),
        "strangers": Device.objects.filter(state=DeviceState.UNREGISTERED).exists(),
    }  # fmt: skip
    return render(request, "intake/devices.html", context)


@require_GET
@holding("intake.devices")
def device(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """One device: what is known of it, its curves or its alarms, and what can be done."""
    found = get_object_or_404(Device, pk=device_id)
    names = _names(found.channel)
    points = points_of(found.id)
    for point in points:
        point.name, point.unit = names.get(point.metric, (point.metric, ""))  # type: ignore[attr-defined]
        point.shown = f"{point.last_value:.6g}"  # type: ignore[attr-defined]
    kept = kept_readings([point.id for point in points])
    watches = found.kind in (DeviceKind.CAMERA, DeviceKind.DRONE)
    page = alarms_page(found.id, cursor=request.GET.get("cursor", "")) if watches else None
    for row in page.rows if page else []:
        row.type_name = names.get(row.type, (row.type, ""))[0]  # type: ignore[attr-defined]
    context = {
        "device": found,
        "version": found.version,
        "tone": _TONES.get(DeviceState(found.state), "neutral"),
        "facts": _facts(found, watches=watches),
        "charts": [_chart(point, kept[point.id]) for point in points if len(kept[point.id]) > 1],
        "points": points,
        "told": [] if watches else told_reports(found, points, actor=actor),
        "map": _map(found),
        "page": page,
        "rows": page.rows if page else [],
        "columns": _ALARM_COLUMNS,
        "breadcrumbs": [Crumb(_("物联设备"), reverse("intake:devices")), Crumb(found.code)],
    }
    return render(request, "intake/device.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.devices")
def register(request: HttpRequest, actor: Actor) -> HttpResponse:
    """登记设备: from nothing, or with the channel and code of one that was heard of."""
    given = {"channel": request.GET.get("channel", ""), "code": request.GET.get("code", "")}
    form = DeviceEditForm(request.POST if request.method == "POST" else None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            made = register_device(
                actor=actor, at=timezone.now(), channel=form.cleaned_data["channel"], form=form.said()
            )
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("设备已登记。"))
            return redirect("intake:device", made.id)
    return _form_page(request, form, _("登记设备"), reverse("intake:devices"))


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.devices")
def edit(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """修改设备."""
    found = get_object_or_404(Device, pk=device_id)
    posted = request.POST if request.method == "POST" else None
    form = DeviceEditForm(posted, fixed=True, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            edit_device(
                actor=actor, at=timezone.now(), device_id=device_id, form=form.said(found.code),
                expected=expected_version(request),
            )  # fmt: skip
        except StaleVersion:
            raise
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("设备已修改。"))
            return redirect("intake:device", device_id)
    back = reverse("intake:device", args=[device_id])
    title = _("修改设备 {code}").format(code=found.code)
    return _form_page(request, form, title, back, version=found.version)


@require_POST
@holding("intake.devices")
def retire(request: HttpRequest, actor: Actor, device_id: UUID) -> HttpResponse:
    """停用或恢复设备."""
    retire_device(
        actor=actor, at=timezone.now(), device_id=device_id, back=request.POST.get("back") == "yes",
        expected=expected_version(request),
    )  # fmt: skip
    messages.success(request, _("已保存。"))
    return redirect("intake:device", device_id)


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.devices")
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    """批量登记: a CSV file; wrong rows are named, the others taken."""
    posted = request.method == "POST"
    form = DeviceFileForm(*((request.POST, request.FILES) if posted else ()))
    result = None
    if posted and form.is_valid():
        try:
            result = import_devices(
                actor=actor, at=timezone.now(), channel=form.cleaned_data["channel"],
                content=form.cleaned_data["file"].read(_MOST_FILE),
            )  # fmt: skip
        except YiwangError as error:
            show_problems(form, error)
    context = {
        "form": form,
        "result": result,
        "breadcrumbs": [Crumb(_("物联设备"), reverse("intake:devices")), Crumb(_("批量登记"))],
    }
    return render(request, "intake/device_file.html", context, status=422 if form.errors else 200)


@require_GET
@holding("cases.verify")
def alarms(request: HttpRequest, actor: Actor) -> HttpResponse:
    """待核告警: what was sent to whoever looks at the page, newest first."""
    page = None
    if actor.account_id is not None:
        page = alarms_to_confirm(actor.account_id, cursor=request.GET.get("cursor", ""))
    for row in page.rows if page else []:
        row.type_name = _names(row.channel).get(row.type, (row.type, ""))[0]  # type: ignore[attr-defined]
    return render(request, "intake/alarms.html", {"page": page, "rows": page.rows if page else []})


@require_http_methods(["GET", "HEAD", "POST"])
@holding("cases.verify")
def verdict(request: HttpRequest, actor: Actor, alarm_id: UUID) -> HttpResponse:
    """核实告警 on the spot."""
    found = get_object_or_404(
        CameraAlarm.objects.select_related("device"), pk=alarm_id, verdict=AlarmVerdict.PENDING,
        worker=actor.account_id, worker__isnull=False,
    )  # fmt: skip
    form = VerdictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            judge_alarm(
                actor=actor, at=timezone.now(), alarm_id=alarm_id, real=form.cleaned_data["real"] == "yes",
                note=form.cleaned_data["note"],
            )  # fmt: skip
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("核实结论已保存。"))
            return redirect("intake:alarms")
    context = {
        "alarm": found, "form": form, "facts": _alarm_facts(found),
        "pictures": attachments_of(EVIDENCE_OWNER, found.case) if found.case else [],
        "breadcrumbs": [Crumb(_("待核告警"), reverse("intake:alarms")), Crumb(found.device.name)],
    }  # fmt: skip
    return render(request, "intake/alarm.html", context, status=422 if form.errors else 200)


def _form_page(
    request: HttpRequest, form: DeviceEditForm, title: str, back: str, *, version: int | None = None
) -> HttpResponse:
    context = {
        "form": form, "title": title, "back": back, "version": request.POST.get("version") or version,
        "breadcrumbs": [Crumb(_("物联设备"), reverse("intake:devices")), Crumb(title)],
    }  # fmt: skip
    return render(request, "intake/device_form.html", context, status=422 if form.errors else 200)


def _facts(found: Device, *, watches: bool) -> list[Fact]:
    area = area_index().by_id.get(found.community) if found.community else None
    unit = unit_index().by_id.get(found.owner_unit) if found.owner_unit else None
    channel = Channel.objects.filter(code=found.channel).values_list("name", flat=True).first()
    facts = [
        Fact(_("渠道"), channel or found.channel),
        Fact(_("设备类型"), found.get_kind_display()),
        Fact(_("位置描述"), found.address),
        Fact(_("社区"), area.name if area else ""),
        Fact(_("部件标识码"), found.part),
        Fact(_("权属单位"), unit.name if unit else ""),
        Fact(_("安装日期"), found.installed_on),
        Fact(_("最近在线"), found.last_seen and f"{found.last_seen.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        Fact(_("电量"), "" if found.battery is None else f"{found.battery}%"),
    ]
    if watches:
        rate = false_rate(found.id, since=timezone.now() - _RATED)
        shown = "" if rate.share is None else f"{rate.share:.0%}"
        hint = _("近 90 天：属实 {yes}，误报 {no}，待核实 {open}。").format(
            yes=rate.confirmed, no=rate.refuted, open=rate.pending
        )
        facts.append(Fact(_("误报率"), shown, hint=hint))
    return facts


def _alarm_facts(found: CameraAlarm) -> list[Fact]:
    area = area_index().by_id.get(found.device.community) if found.device.community else None
    return [
        Fact(_("摄像机"), str(found.device)),
        Fact(_("告警类型"), _names(found.channel).get(found.type, (found.type, ""))[0]),
        Fact(_("告警时间"), f"{found.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        Fact(_("置信度"), "" if found.confidence is None else f"{found.confidence:.0%}"),
        Fact(_("位置描述"), found.device.address),
        Fact(_("社区"), area.name if area else ""),
    ]


def _chart(point: MeasuringPoint, kept: list[KeptReading]) -> Chart:
    """The curve of a measuring point over its kept readings."""
    times = [f"{row.at.astimezone(SHANGHAI):%m-%d %H:%M}" for row in kept]
    values = [row.value for row in kept]
    return Chart(
        name=f"point-{point.id}",
        label=_("{metric}的近期读数").format(metric=point.name),  # type: ignore[attr-defined]
        options={
            "xAxis": {"type": "category", "data": times},
            "yAxis": {"type": "value", "scale": True},
            "tooltip": {"trigger": "axis"},
            "series": [{"type": "line", "data": values, "showSymbol": False}],
        },
        columns=[_("时间"), _("读数")],
        rows=list(zip(times, values, strict=True)),
    )


def _names(code: str) -> dict[str, tuple[str, str]]:
    """Words and unit of the metrics of a channel, or words of its types of alarm."""
    channel = channel_index().by_code.get(code)
    if channel is None:
        return {}
    tree = settings_tree(channel.definition)
    if channel.door == "camera":
        return {kind.code: (kind.name, "") for kind in camera_settings(tree).types.values()}
    return dict(mqtt_settings(tree).units)


def _map(found: Device) -> MapView | None:
    """Where it stands."""
    if found.lon is None or found.lat is None:
        return None
    here = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [found.lon, found.lat]},
        "properties": {"name": str(found)},
    }
    layer = MapLayer(
        "device", _("设备位置"), geojson={"type": "FeatureCollection", "features": [here]}, kind="points"
    )
    drawn = [each for each in drawn_layers(timezone.now()) if each.code in {"street", "community"}]
    under = [MapLayer(each.code, _(each.name), each.tiles, colour="#7a93b8", text="name") for each in drawn]
    return MapView(
        "device", _("设备位置"), [*under, layer], point=(found.lon, found.lat),
        illustrative=any(each.illustrative for each in drawn),
    )  # fmt: skip
