"""What the pages of parts and addresses share 共用: maps, suggestions, and the import of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...interface.public import Column, Crumb, MapLayer, MapView, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, YiwangError
from ...orgs.public import area_index, unit_index
from ..forms import PointFields, TableForm
from ..queries.maps import city_extent, drawn_layers
from ..rules.tables import TableCounts

MOST_ROWS = 20_000
#: Wrong rows that the page lists; the command line writes all of them.
MOST_LISTED = 500
_COLOURS = {"district": "#1b3a6b", "street": "#3566a8", "community": "#7a93b8", "unit_grid": "#868e96"}
#: What the services call the fields of the forms.
_FORM_FIELDS = {"lon": "place_lon", "lat": "place_lat"}
_OFFERED = frozenset({"city", "district", "street", "functional_zone", "shared_zone"})
_PROBLEM_COLUMNS = (
    Column(gettext_lazy("行号"), numeric=True),
    Column(gettext_lazy("列")),
    Column(gettext_lazy("原值")),
    Column(gettext_lazy("处理办法")),
)


def map_view(name: str, label: str, *, point: tuple[float, float] | None = None, pick: str = "") -> MapView:
    """A map of boundaries with one marked point; without a point, of the whole city."""
    drawn = [layer for layer in drawn_layers() if layer.code in _COLOURS]
    layers = [
        MapLayer(
            name=layer.code,
            label=_(layer.name),
            tiles=layer.tiles,
            colour=_COLOURS[layer.code],
            text="name",
        )
        for layer in drawn
    ]
    return MapView(
        name=name,
        label=label,
        layers=layers,
        point=point,
        bounds=None if point else city_extent(),
        illustrative=any(layer.illustrative for layer in drawn),
        pick=pick,
    )


def suggestions() -> dict[str, Any]:
    """Areas and units that are offered while typing; any code may be typed."""
    areas = [node for node in area_index().by_code.values() if node.kind in _OFFERED]
    return {"areas": areas, "units": unit_index().by_code.values()}


def show_refusal(form: PointFields, error: YiwangError) -> None:
    """Put a service's refusal beside the fields of the form that it names."""
    if isinstance(error, Invalid):
        renamed = [
            FieldProblem(_FORM_FIELDS.get(one.field, one.field), one.value, one.remedy)
            for one in error.problems
        ]
        error = Invalid(error.message, renamed)
    show_problems(form, error)


def draw_form(
    request: HttpRequest,
    form: PointFields,
    *,
    heading: str,
    home: Crumb,
    back: str,
    version: object = None,
) -> HttpResponse:
    """The page that adds or changes a part or an address, with the map that its point is picked on."""
    context = {
        "form": form,
        "heading": heading,
        "back": back,
        "version": version,
        "map": map_view("place", _("在地图上选点"), point=_entered(form), pick="place"),
        "breadcrumbs": [home, Crumb(heading)],
        **suggestions(),
    }
    return render(request, "places/form.html", context, status=422 if form.errors else 200)


def _entered(form: PointFields) -> tuple[float, float] | None:
    """The point in the form, when it has one that the map can show."""
    if str(form["crs"].value()) not in {"wgs84", "cgcs2000"}:
        return None
    try:
        lon, lat = float(str(form["place_lon"].value())), float(str(form["place_lat"].value()))
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None


def headed(known: Mapping[str, Sequence[str]], columns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Columns of a file by the headings they may have, Chinese and English, with what they hold."""
    return [(f"{known[name][0]} / {known[name][-1]}", text) for name, text in columns]


def import_page(
    request: HttpRequest,
    actor: Actor,
    service: Callable[..., TableCounts],
    *,
    heading: str,
    back: Crumb,
    columns: Sequence[tuple[str, str]],
) -> HttpResponse:
    """The page that takes a CSV file and says what became of each row.

    Args:
        columns: heading of each column of the file and what it holds.
    """
    posted = request.method == "POST"
    form = TableForm(*((request.POST, request.FILES) if posted else ()))
    counts: TableCounts | None = None
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            counts = service(
                actor=actor,
                at=timezone.now(),
                content=given["file"],
                crs=given["crs"],
                dry_run=given["dry_run"],
                most_rows=MOST_ROWS,
            )
        except YiwangError as error:
            show_problems(form, error)
    context = {
        "form": form,
        "heading": heading,
        "counts": counts,
        "is_dry_run": counts is not None and form.cleaned_data["dry_run"],
        "rows": counts.problems[:MOST_LISTED] if counts else (),
        "is_cut": counts is not None and len(counts.problems) > MOST_LISTED,
        "most_listed": MOST_LISTED,
        "columns": _PROBLEM_COLUMNS,
        "file_columns": columns,
        "back": back.url,
        "breadcrumbs": [back, Crumb(heading)],
    }
    return render(request, "places/import.html", context, status=422 if form.errors else 200)
