"""Pages of alerts 预警: what is in force, one alert with its map and history, the banner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...interface.public import Column, Crumb, Fact, Happening, MapLayer, MapView, actor_of, panels
from ...kernel.actor import Actor
from ...orgs.public import area_index
from ...places.public import drawn_layers
from ..enums import AlertColour, AlertDeviation, AlertKind, AlertStanding
from ..forms import AlertFilterForm
from ..models import Alert
from ..queries.alerts import (
    BY_COLOUR,
    RECENT,
    alert_with_areas,
    alerts_page,
    alerts_touching,
    colour_of,
    line_of,
    standing,
    unknown_references,
)
from ..queries.channels import channel_index
from ..queries.geography import own_geography
from ..registering import ALERT_BANNER
from ..rules.cap.drawing import bounds_of, drawn_shapes
from . import alert_words as words

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]
_MOST_NAMED = 6
_COLUMNS = (
    Column(gettext_lazy("预警")),
    Column(gettext_lazy("影响区域")),
    Column(gettext_lazy("发布单位")),
    Column(gettext_lazy("发布时间")),
    Column(gettext_lazy("失效时间")),
    Column(gettext_lazy("状态")),
)
_TONES = {"in_force": "warning", "coming": "waiting", "cancelled": "good", "updated": "neutral"}
_ICONS = {"Alert": "alert-triangle", "Update": "refresh", "Cancel": "circle-check"}


def staff(view: _View[P]) -> Any:
    """Decorator: alerts are public, so whoever is logged in may read them."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = actor_of(request)
        if actor is None:
            return redirect_to_login(request.get_full_path())
        return view(request, actor, *args, **kwargs)

    return checked


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as pages show it."""

    alert: Alert
    swatch: str
    colour: str
    areas: str
    standing: str
    tone: str


@require_GET
@staff
def alerts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """生效中的预警, the highest level first; the filter also shows what has ended."""
    now = timezone.now()
    form = AlertFilterForm(request.GET or None, areas=_area_choices(now))
    chosen: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
    every = chosen.get("shown") == "all"
    page = alerts_page(
        at=None if every else now,
        colour=chosen.get("colour") or "",
        area=UUID(chosen["area"]) if chosen.get("area") else None,
        status={"": "Actual", "all": ""}.get(status := chosen.get("status") or "", status),
        order=RECENT if every else BY_COLOUR,
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "form": form, "page": page, "rows": [view_of(row, now) for row in page.rows],
        "columns": _COLUMNS, "every": every,
    }  # fmt: skip
    return render(request, "intake/alerts.html", context)


@require_GET
@staff
def alert(request: HttpRequest, actor: Actor, alert_id: UUID) -> HttpResponse:
    """One alert 预警详情: its words in every language, its map, its line and its deviations."""
    found = alert_with_areas(alert_id)
    if found is None:
        raise Http404
    now = timezone.now()
    context = {
        "view": view_of(found, now),
        "facts": _facts(found, now),
        "blocks": [_block(each) for each in found.body["infos"]],
        "areas": _grounds(found, now),
        "map": _map(found, now),
        "line": (line := line_of(found)),
        "happenings": [_happening(row, found) for row in line],
        "unknown": unknown_references(found),
        "deviations": [AlertDeviation(name).label for name in found.body["deviations"]],
        "breadcrumbs": [
            Crumb(_("预警"), reverse("intake:alerts")),
            Crumb(found.headline or found.identifier),
        ],
    }
    return render(request, "intake/alert.html", context)


@require_GET
@staff
@panels.within_budget(ALERT_BANNER)
def banner(request: HttpRequest, actor: Actor, account_id: UUID) -> HttpResponse:
    """预警横幅: alerts in force that mean an area of the reader's posts; empty when there is none."""
    now = timezone.now()
    rows = [view_of(row, now) for row in alerts_touching(actor, now)]
    context = {"rows": rows[:_MOST_NAMED], "more": max(0, len(rows) - _MOST_NAMED)}
    return render(request, "intake/parts/alert_banner.html", context)


def view_of(row: Alert, now: datetime) -> AlertView:
    """What a list shows of an alert."""
    colour, state = colour_of(row), standing(row, now)
    return AlertView(
        row, words.SWATCHES[colour], str(AlertColour(colour).label), _named_areas(row, now),
        str(AlertStanding(state).label), _TONES.get(state, "neutral"),
    )  # fmt: skip


def _named_areas(row: Alert, now: datetime) -> str:
    """Areas in words: a few by their own names, more by their districts."""
    groups = _by_district(row, now)
    streets = [street for _head, whole, names in groups if not whole for street in names]
    districts = [head for head, whole, _streets in groups if whole]
    if len(streets) + len(districts) <= _MOST_NAMED:
        return "、".join(districts + streets)
    part = _("{name}（部分）")
    return "、".join(head if whole else part.format(name=head) for head, whole, _streets in groups)


def _by_district(row: Alert, now: datetime) -> list[tuple[str, bool, list[str]]]:
    """District or city, whether all of it is meant, and otherwise the names of what is meant in it."""
    index = area_index(timezone.localdate(now))
    found: dict[UUID, tuple[str, bool, list[str]]] = {}
    for each in row.areas.all():
        chain = index.chain(each.area_id)
        head = index.by_id.get(chain.district_id or chain.city_id or each.area_id)
        if head is None:
            continue
        name, whole, names = found.get(head.id, (head.name, False, []))
        if each.area_id == head.id:
            whole = whole or each.whole
        else:
            names.append(each.area.name)
        found[head.id] = (name, whole, names)
    return list(found.values())


def _facts(found: Alert, now: datetime) -> list[Fact]:
    ended, channel = found.ended_by, channel_index().by_code.get(found.channel)
    facts = [
        Fact(_("预警标识"), found.identifier),
        Fact(_("发布单位"), found.issuer),
        Fact(_("报文类型"), AlertKind(found.kind).label),
        Fact(_("性质"), found.get_status_display()),
        Fact(_("发布时间"), _shown(found.sent)),
        Fact(_("生效时间"), _shown(found.effective_at)),
        Fact(_("失效时间"), _shown(found.expires_at)),
        Fact(_("收到时间"), _shown(found.received_at)),
        Fact(_("来源渠道"), channel.name if channel is not None else found.channel),
    ]
    if ended is not None and found.ended_at is not None and found.ended_at <= now:
        label = _("由此终止")
        facts.append(
            Fact(label, ended.headline or ended.identifier, reverse("intake:alert", args=[ended.id]))
        )
    return facts


def _shown(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _block(block: dict[str, Any]) -> dict[str, Any]:
    """One language's words, with the terms of CAP in the reader's."""
    terms = [
        Fact(_("类别"), "、".join(str(words.CATEGORIES[each]) for each in block["categories"])),
        Fact(_("事件"), block["event"]),
        Fact(_("紧迫程度"), words.URGENCIES[block["urgency"]]),
        Fact(_("严重程度"), words.SEVERITIES[block["severity"]]),
        Fact(_("确定程度"), words.CERTAINTIES[block["certainty"]]),
        Fact(_("应对方式"), "、".join(str(words.RESPONSES[each]) for each in block["responses"])),
        Fact(_("联系方式"), block["contact"]),
    ]
    web = block["web"] if block["web"].startswith(("https://", "http://")) else ""
    return {**block, "terms": [fact for fact in terms if fact.value], "web": web}


def _grounds(found: Alert, now: datetime) -> list[Fact]:
    """What is meant, a row a district, and how it was found."""
    grounds = "、".join(sorted({str(words.GROUNDS.get(each.by, each.by)) for each in found.areas.all()}))
    facts = [
        Fact(head, _("全部") if whole else "、".join(names))
        for head, whole, names in _by_district(found, now)
    ]
    return [*facts, Fact(_("依据"), grounds)] if facts else []


def _map(found: Alert, now: datetime) -> MapView | None:
    """The shapes of the message, or the areas it names where it has none; None where nothing can be drawn."""
    shapes = drawn_shapes(found.body)
    if not shapes["features"]:
        codes = [each.area.code for each in found.areas.all() if each.whole]
        shapes = own_geography(now).drawn(codes)
    if not shapes["features"]:
        return None
    layers = drawn_layers(now)
    under = [
        MapLayer(layer.code, _(layer.name), layer.tiles, colour="#7a93b8", text="name")
        for layer in layers
        if layer.code in {"district", "street"}
    ]
    own = MapLayer("alert", _("影响范围"), geojson=shapes, colour=words.SWATCHES[colour_of(found)])
    illustrative = any(layer.illustrative for layer in layers if layer.code in {"district", "street"})
    return MapView(
        "alert", _("预警影响范围"), [*under, own], bounds=bounds_of(shapes), illustrative=illustrative
    )  # fmt: skip


def _happening(row: Alert, open_one: Alert) -> Happening:
    title = f"{AlertKind(row.kind).label} · {row.headline or row.identifier}"
    text = _("本条") if row.id == open_one.id else row.identifier
    return Happening(
        row.sent, title, by=row.issuer, text=text, icon=_ICONS.get(row.kind, "message"),
        tone="warning" if row.kind == "Alert" else "neutral",
    )  # fmt: skip


def _area_choices(now: datetime) -> list[tuple[str, str]]:
    """City and districts, by code."""
    return list(_districts(now))


def _districts(now: datetime) -> Iterator[tuple[str, str]]:
    index = area_index(timezone.localdate(now))
    for node in sorted(index.by_code.values(), key=lambda each: each.code):
        if node.kind in {"city", "district"} and node.tree == "legal":
            yield str(node.id), node.name
