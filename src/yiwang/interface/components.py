"""Components 构件: the plain values that the component templates draw.

Each has its template in `templates/interface/components/`; a page builds the values and includes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext

from .badges import Tone

Label = str | Promise


class Crumb(NamedTuple):
    """One step of the breadcrumbs 面包屑; the last one needs no address."""

    label: Label
    url: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table 表格列; with `order`, its heading sorts the list by that order name."""

    label: Label
    order: str = ""
    numeric: bool = False
    hidden_label: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of a description list 描述项; `href` makes the value a link, `hint` explains it."""

    label: Label
    value: object
    href: str = ""
    hint: Label = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A row of a timeline 时间线项: what happened, when, by which post."""

    at: datetime
    title: Label
    by: str = ""
    text: str = ""
    icon: str = "point"
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A source of a map 地图图层, drawn by `map.mjs`.

    Attributes:
        name: identifier, also the name of the layer inside the vector tiles.
        label: for the legend.
        tiles: address pattern of vector tiles with `{z}/{x}/{y}`; or
        geojson: a GeoJSON object drawn as it is.
        kind: `areas`, `lines`, `points` or `clusters`.
        colour: CSS colour of line and fill.
        text: property that labels a feature, empty for none.
        link: address pattern opened by a click, with `{id}` from the feature's properties.
    """

    name: str
    label: Label
    tiles: str = ""
    geojson: Mapping[str, Any] | None = None
    kind: str = "areas"
    colour: str = "#1559b7"
    text: str = ""
    link: str = ""

    def plain(self) -> dict[str, Any]:
        """The layer as JSON carries it to the page."""
        return {
            "name": self.name,
            "label": str(self.label),
            "tiles": self.tiles,
            "geojson": self.geojson,
            "kind": self.kind,
            "colour": self.colour,
            "text": self.text,
            "link": self.link,
        }


@dataclass(frozen=True, slots=True)
class MapView:
    """A map 地图: its layers and what it shows at first.

    Attributes:
        name: unique on the page; element ids are made of it.
        label: what the map shows, for screen readers.
        bounds: west, south, east, north in degrees (WGS84), or None to fit the GeoJSON layers.
        point: a marked place as longitude and latitude.
        illustrative: whether boundaries are illustrative (示意), which the map then says.
        pick: name of two form fields (`<pick>_lon`, `<pick>_lat`) a click fills in, empty for none.
    """

    name: str
    label: Label
    layers: Sequence[MapLayer] = ()
    bounds: tuple[float, float, float, float] | None = None
    point: tuple[float, float] | None = None
    illustrative: bool = True
    pick: str = ""

    @property
    def element_id(self) -> str:
        """Id of the script element that holds the map's JSON."""
        return f"map-{self.name}-view"

    def plain(self) -> dict[str, Any]:
        """The map as JSON carries it to the page."""
        return {
            "bounds": self.bounds,
            "point": self.point,
            "pick": self.pick,
            "layers": [layer.plain() for layer in self.layers],
        }


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart 图表: ECharts options, and the same figures as a table for whoever cannot see it.

    Attributes:
        name: unique on the page.
        label: what the chart shows.
        options: ECharts options without functions.
        columns, rows: the figures in words.
    """

    name: str
    label: Label
    options: Mapping[str, Any]
    columns: Sequence[Label] = ()
    rows: Sequence[Sequence[object]] = field(default_factory=tuple)

    @property
    def element_id(self) -> str:
        """Id of the script element that holds the chart's options."""
        return f"chart-{self.name}-options"


def enumerated(words: Iterable[str]) -> str:
    """Words in a row 顿号并列, as the language of the page puts them: `甲、乙`, `A, B`."""
    return pgettext("enumeration", "、").join(words)
