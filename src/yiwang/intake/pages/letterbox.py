"""Public forms 公众表单: 我对书记有话说 and others; no login, ends at the tracking link."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ...accounts.public import address_of, is_over_limit
from ...cases.public import tracking_path
from ...interface.public import MapLayer, MapView
from ...kernel.errors import NotFound
from ...orgs.public import AreaNode, area_index
from ...places.public import PUBLIC_LAYERS, city_extent, drawn_layers
from ..errors import TooMany
from ..queries.channels import LiveChannel, channel_index, live_channel
from ..rules.door_settings import read_settings
from ..rules.letterbox import FormSettings, form_settings
from ..services.letterbox import submit_form, where_is
from .letterbox_form import LEVELS, LetterboxForm

WINDOW = timedelta(minutes=10)
#: A form that comes back sooner was filled in by a program; a form older than a day is handed out anew.
LEAST_SECONDS, OLDEST_SECONDS = 2, 86_400
_SIGNER = TimestampSigner(salt="intake.letterbox")
_COLOURS = {"city": "#1b3a6b", "district": "#1b3a6b", "street": "#3566a8"}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """公众表单: every form that is open."""
    channels = [
        (channel, read_settings(channel.definition, form_settings))
        for channel in channel_index().of_door("form", timezone.now())
    ]
    return render(request, "intake/letterbox/index.html", {"channels": channels})


@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one channel."""
    channel, settings = _channel(code)
    if request.method == "GET":
        return _draw(request, channel, LetterboxForm(settings=settings), 200)
    filled = LetterboxForm(request.POST, request.FILES, settings=settings)
    if _is_flooding(request, channel, settings.per_ten_minutes):
        filled.add_error(None, _("提交过于频繁，请过十分钟再试；紧急情况请直接拨打热线。"))
        return _draw(request, channel, filled, 429)
    number, problem = _number(request.POST.get("ticket", ""))
    if problem and filled.is_valid():
        filled.add_error(None, problem)
    if not filled.is_valid():
        return _draw(request, channel, filled, 422)
    return _submit(request, channel, filled, number)


def _submit(request: HttpRequest, channel: LiveChannel, filled: LetterboxForm, number: str) -> HttpResponse:
    at, given = timezone.now(), filled.cleaned_data
    where = where_is(
        lon=given.get("place_lon"), lat=given.get("place_lat"), community=given.get("community"), at=at
    )
    try:
        _message, report = submit_form(channel=channel, at=at, answers=filled.answers(number, where))
    except TooMany as problem:
        filled.add_error(None, _("现在提交的人很多，请稍候再点一次“提交”。"))
        answer = _draw(request, channel, filled, problem.status)
        answer["Retry-After"] = str(problem.retry_after)
        return answer
    if report is None:
        context = {"settings": filled.settings, "channel": channel, "number": number}
        return render(request, "intake/letterbox/kept.html", context)
    return redirect(f"{tracking_path(report)}?new=1")


@require_GET
def place(request: HttpRequest, code: str) -> HttpResponse:
    """地点: the selects as far as they are chosen, where the point lies, and who gets the message."""
    _found, settings = _channel(code)
    return render(request, "intake/letterbox/place.html", _place(request.GET, settings, code))


def _channel(code: str) -> tuple[LiveChannel, FormSettings]:
    channel = live_channel(code, timezone.now())
    if channel.door != "form":
        raise NotFound("没有这个表单，请核对地址。", code="intake.no_form")
    return channel, read_settings(channel.definition, form_settings)


def _number(ticket: str) -> tuple[str, str]:
    """The number of the form that comes back, and why it is not taken (empty when it is)."""
    try:
        number = _SIGNER.unsign(ticket, max_age=OLDEST_SECONDS)
    except BadSignature:
        return "", _("页面打开太久，已为您更新，请再点一次“提交”。")
    try:
        _SIGNER.unsign(ticket, max_age=LEAST_SECONDS)
    except BadSignature:
        return number, ""
    return number, _("提交过快，请核对内容后再点一次“提交”。")


def _is_flooding(request: HttpRequest, channel: LiveChannel, most: int) -> bool:
    return is_over_limit(
        what=f"form:{channel.code}", address=address_of(request), most=most, window=WINDOW, at=timezone.now()
    )


def _draw(request: HttpRequest, channel: LiveChannel, form: LetterboxForm, status: int) -> HttpResponse:
    at = timezone.now()
    number, problem = _number(request.POST.get("ticket", ""))
    ticket = request.POST.get("ticket", "") if number and not problem else _SIGNER.sign(_new_number(number))
    view = MapView(
        name="place", label=_("在地图上选点"), bounds=city_extent(at), pick="place",
        illustrative=any(layer.illustrative for layer in drawn_layers(at)),
        layers=[
            MapLayer(
                name=layer.code, label=_(layer.name), tiles=layer.tiles, colour=_COLOURS[layer.code],
                text="name",
            )
            for layer in drawn_layers(at) if layer.code in PUBLIC_LAYERS
        ],
    )  # fmt: skip
    context = {
        "channel": channel, "settings": form.settings, "form": form, "map": view, "ticket": ticket,
        **_place(request.POST, form.settings, channel.code),
    }  # fmt: skip
    return render(request, "intake/letterbox/form.html", context, status=status)


def _new_number(number: str) -> str:
    return number or secrets.token_hex(12)


def _place(given: Any, settings: FormSettings, code: str) -> dict[str, Any]:
    """What is known of the place so far."""
    lon, lat = _degrees(given.get("place_lon")), _degrees(given.get("place_lat"))
    chosen = {level: given.get(level) or "" for level in LEVELS}
    narrowest = next((key for level in reversed(LEVELS) if (key := _key(chosen[level]))), None)
    has_point = lon is not None and lat is not None
    where = where_is(lon=lon, lat=lat, community=narrowest, at=timezone.now())
    return {
        "code": code,
        "levels": _levels(chosen),
        "point_names": where.names if has_point else (),
        "has_point": has_point,
        "recipient": settings.recipient_for(where.codes) if where.codes else None,
        "recipient_label": settings.recipient_label,
    }


def _degrees(text: Any) -> float | None:
    try:
        found = float(text)
    except (TypeError, ValueError):
        return None
    return found if -180 <= found <= 180 else None


def _key(text: str) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _levels(chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The three selects with their options, as far as the levels above are chosen."""
    names = {"district": _("区"), "street": _("街道"), "community": _("社区")}
    hints = {"district": _("选择区"), "street": _("选择街道"), "community": _("选择社区")}
    options = {
        "district": _districts(), "street": _below(chosen["district"], "street"),
        "community": _below(chosen["street"], "community"),
    }  # fmt: skip
    return [
        {
            "name": level, "label": names[level], "hint": hints[level], "value": str(chosen[level]),
            "options": options[level],
        }
        for level in LEVELS
    ]  # fmt: skip


def _districts() -> list[AreaNode]:
    found = area_index()
    cities = [node for node in found.children(None) if node.tree == "legal"]
    return [node for city in cities for node in found.children(city.id) if node.kind == "district"]


def _below(area: str, kind: str) -> list[AreaNode]:
    key = _key(area)
    return [node for node in area_index().children(key) if node.kind == kind] if key else []
