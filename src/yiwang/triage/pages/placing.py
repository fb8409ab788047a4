"""Page of the place stage 地址识别: what a text says of its place, and other names of places."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ...interface.public import Column, MapLayer, MapView, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ...orgs.public import area_index
from ...places.public import city_extent, drawn_layers
from ..queries.placing import address_models, area_words, place_names
from ..rules.proposals import PlaceOutcome, PlaceProposal
from ..rules.said import Said
from ..services.placing import place
from ..services.placing_models import CONFIGURE, record_place_name, retire_place_name

TAG_LABELS = {
    "country": gettext_lazy("国家"), "prov": gettext_lazy("省"), "city": gettext_lazy("市"),
    "district": gettext_lazy("区县"), "devzone": gettext_lazy("开发区"), "town": gettext_lazy("街道乡镇"),
    "community": gettext_lazy("社区村"), "road": gettext_lazy("道路"), "subroad": gettext_lazy("次要道路"),
    "roadno": gettext_lazy("门牌号"), "subroadno": gettext_lazy("次要门牌号"),
    "poi": gettext_lazy("小区或单位"),
    "subpoi": gettext_lazy("其中场所"), "houseno": gettext_lazy("楼幢"), "cellno": gettext_lazy("单元"),
    "floorno": gettext_lazy("楼层"), "roomno": gettext_lazy("房间"), "person": gettext_lazy("店铺或收件处"),
    "assist": gettext_lazy("方位"), "redundant": gettext_lazy("多余"), "otherinfo": gettext_lazy("其他"),
}  # fmt: skip
_OUTCOMES = {
    PlaceOutcome.FOUND: gettext_lazy("已找到"), PlaceOutcome.AMBIGUOUS: gettext_lazy("有多处，请选择"),
    PlaceOutcome.OUTSIDE: gettext_lazy("不在本市"), PlaceOutcome.UNKNOWN: gettext_lazy("未能确定"),
}  # fmt: skip
_PRECISIONS = {
    "point": gettext_lazy("坐标"), "house": gettext_lazy("门牌或楼幢"), "estate": gettext_lazy("小区或单位"),
    "crossing": gettext_lazy("路口"), "road": gettext_lazy("路段"), "community": gettext_lazy("社区"),
}  # fmt: skip
_CANDIDATE_COLUMNS = (
    Column(gettext_lazy("地点")),
    Column(gettext_lazy("区域")),
    Column(gettext_lazy("把握"), numeric=True),
)
_NAME_COLUMNS = (
    Column(gettext_lazy("别名")),
    Column(gettext_lazy("现用名")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_LONGEST_TEXT = 2_000


class TextForm(forms.Form):
    """粘贴文字: a report, or an address alone."""

    text = forms.CharField(
        label=gettext_lazy("来件文字或地址"),
        max_length=_LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NameForm(forms.Form):
    """登记地名别名."""

    name = forms.CharField(
        label=gettext_lazy("别名或旧名"),
        max_length=60,
        help_text=gettext_lazy("道路、小区或单位的名称，不带门牌。"),
    )
    stands_for = forms.CharField(label=gettext_lazy("地址库中的现用名"), max_length=60)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.view")
def placing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """地址识别: tagged parts, the match and the candidates of a pasted text; nothing is kept."""
    form = TextForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        found = place([Said(uuid4(), form.cleaned_data["text"], at)], at=at)[0]
        context = _shown(found)
    model = next((one for one in address_models() if one.in_use), None)
    context |= {
        "form": form,
        "model": model,
        "may_configure": actor.may_anywhere(CONFIGURE),
    }
    return render(request, "triage/placing/placing.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(CONFIGURE)
def names(request: HttpRequest, actor: Actor) -> HttpResponse:
    """地名别名: other and former names of roads and estates."""
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            record_place_name(
                actor=actor, at=timezone.now(), name=given["name"], stands_for=given["stands_for"]
            )
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已登记别名。"))
            return redirect("triage:place_names")
    context = {"form": form, "rows": place_names(), "columns": _NAME_COLUMNS}
    return render(request, "triage/placing/names.html", context, status=422 if form.errors else 200)


@require_POST
@staff(CONFIGURE)
def name_end(request: HttpRequest, actor: Actor, name_id: UUID) -> HttpResponse:
    """停用地名别名."""
    try:
        retire_place_name(actor=actor, at=timezone.now(), name_id=name_id)
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已停用。"))
    return redirect("triage:place_names")


def _shown(found: PlaceProposal) -> dict[str, Any]:
    """What the page draws of a place."""
    areas = area_index()
    return {
        "found": found,
        "outcome": _OUTCOMES[found.outcome],
        "precision": _PRECISIONS.get(found.precision, ""),
        "percent": round(found.confidence * 100),
        "area": area_words(found.area_id, areas) if found.area_id else "",
        "parts": [(TAG_LABELS[tag], tag, words) for tag, words in found.parts],
        "rows": [
            {"one": one, "percent": round(one.confidence * 100),
             "area": area_words(one.area_id, areas) if one.area_id else ""}
            for one in found.candidates
        ],
        "columns": _CANDIDATE_COLUMNS,
        "map": _map(found),
    }  # fmt: skip


def _map(found: PlaceProposal) -> MapView | None:
    """The place, and the candidates as points; None when neither has coordinates."""
    points = [one for one in found.candidates if one.lon is not None and one.lat is not None]
    here = (found.lon, found.lat) if found.lon is not None and found.lat is not None else None
    if not points and here is None:
        return None
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
         "properties": {"name": one.words}}
        for one in points
    ]  # fmt: skip
    drawn = [layer for layer in drawn_layers() if layer.code in ("district", "street", "community")]
    layers = [
        MapLayer(layer.code, _(layer.name), tiles=layer.tiles, colour="#7a93b8", text="name")
        for layer in drawn
    ]
    if features:
        geojson = {"type": "FeatureCollection", "features": features}
        layers.append(
            MapLayer(
                "candidates", _("候选地点"), geojson=geojson, kind="points", colour="#d6336c", text="name"
            )
        )
    return MapView(
        name="place", label=_("识别到的地点"), layers=layers, point=here,
        bounds=None if here else _around(points) or city_extent(),
        illustrative=any(layer.illustrative for layer in drawn),
    )  # fmt: skip


def _around(points: list[Any]) -> tuple[float, float, float, float] | None:
    """The box of the candidates with a margin."""
    if not points:
        return None
    lons, lats = [one.lon for one in points], [one.lat for one in points]
    return min(lons) - 0.01, min(lats) - 0.01, max(lons) + 0.01, max(lats) + 0.01
