"""Geography 落区: which of our areas an alert means, by its polygons, circles and codes.

Shapes are held against the streets of the city, and against a district where none of its streets is drawn.
A touched street stands in the answer beside its district. Codes name areas of any level. Words are looked at
only where an alert says nothing else, and the issuer's own division only where even they fail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .identifiers import read_warning_identifier
from .messages import CapAlert, CapArea, Circle, Point
from .shapes import around

#: Share of the smaller of two shapes below which an overlap is drawing noise along a border.
LEAST_SHARE = 0.01
#: Points of a polygon that crosses itself, beyond which it is not mended.
MOST_MENDED = 12
#: Names of geocodes that are codes of other countries or of other things.
_FOREIGN = re.compile(
    r"\bSAME\b|FIPS|\bUGC\b|\bCLC\b|CAP-CP|NUTS|EMMA|WARNCELL|ISO[ -]?3166|\bSGC\b|\bZIP\b|postal|H3|geohash",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s,，、;；/]+")
_SUPERIOR = re.compile(r"(\d{2})0000$|(000000|100000)$")


@dataclass(frozen=True, slots=True)
class OwnArea:
    """One of our areas 本市区域.

    Attributes:
        code: 6 digits for city and district, 9 for a street, 12 for a community.
        parent: code of the area above; empty for the city.
        shape: polygon or multipolygon in degrees (WGS84), or None where none is drawn.
    """

    code: str
    name: str
    kind: str
    parent: str
    shape: shapely.Geometry | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """An area an alert means 影响区域.

    Attributes:
        whole: whether the area as a whole is meant, and not only streets of it that stand beside it.
        by: `geocode`, `polygon`, `circle`, `name` or `issuer`.
    """

    code: str
    whole: bool
    by: str


class Geography:
    """Our areas of one day, ready to be asked."""

    def __init__(self, areas: Iterable[OwnArea]) -> None:
        self._by_code: dict[str, OwnArea] = {area.code: area for area in areas}
        self._by_name: dict[str, list[OwnArea]] = {}
        for area in self._by_code.values():
            if area.kind in {"city", "district", "street"}:
                self._by_name.setdefault(area.name, []).append(area)
        self._roots = [area for area in self._by_code.values() if area.parent not in self._by_code]
        self._leaves = _leaves(self._by_code)
        self._shapes = np.array([area.shape for area in self._leaves], dtype=object)
        self._tree = shapely.STRtree(self._shapes)
        self._centres, self._reaches = _enclosing(self._shapes)

    def touched(self, alert: CapAlert, *, only_geocodes: Sequence[str] = ()) -> list[Touched]:
        """The areas an alert means, by code.

        Args:
            only_geocodes: names of geocodes that count; by default all but those known as foreign.
        """
        areas = list(dict.fromkeys(area for block in alert.infos for area in block.areas))
        found: dict[str, Touched] = {}
        if any(area.is_placed for area in areas):
            for area in areas:
                self._by_geocodes(area, only_geocodes, found)
                self._by_shapes(area, found)
        else:
            self._by_words(areas, found)
            if not found:
                self._by_issuer(alert.identifier, found)
        return [found[code] for code in sorted(found)]

    def _by_geocodes(self, area: CapArea, only: Sequence[str], found: dict[str, Touched]) -> None:
        for name, value in area.geocodes:
            if name in only if only else not _FOREIGN.search(name):
                for code in _SEPARATORS.split(value.strip()):
                    for own in self.of_code(code):
                        _add(found, Touched(own, True, "geocode"))

    def places(self, touched: Iterable[Touched], kind: str) -> list[OwnArea]:
        """The streets, or the districts, that touched areas come to; one with none below stands for itself.

        Args:
            kind: `street` or `district`.
        """
        found: dict[str, OwnArea] = {}
        for each in touched:
            own = self._by_code[each.code]
            if kind == "district":
                above = own
                while above.kind not in {"city", "district"} and above.parent in self._by_code:
                    above = self._by_code[above.parent]
                found.update((area.code, area) for area in self._below(above, "district"))
            elif each.whole:
                inside = self._by_code[own.parent] if own.kind == "community" else own
                found.update((area.code, area) for area in self._below(inside, "street"))
        return [found[code] for code in sorted(found)]

    def _below(self, area: OwnArea, kind: str) -> list[OwnArea]:
        if area.kind in {kind, "street"}:
            return [area]
        below = [each for each in self._by_code.values() if each.parent == area.code]
        if area.kind == "city":
            return [found for each in below for found in self._below(each, kind)] or [area]
        return below or [area]

    def drawn(self, codes: Iterable[str]) -> dict[str, Any]:
        """Outlines of some of our areas as GeoJSON, simplified to some fifty metres for a map of the city."""
        features = []
        for code in codes:
            own = self._by_code.get(code)
            if own is not None and own.shape is not None:
                shape = shapely.simplify(own.shape, 0.0005)
                features.append(
                    {
                        "type": "Feature",
                        "properties": {"name": own.name},
                        "geometry": json.loads(shapely.to_geojson(shape)),
                    }
                )
        return {"type": "FeatureCollection", "features": features}

    def full_name(self, code: str) -> str:
        """Name with what lies above it inside the city, such as `东区东一街道`."""
        own = self._by_code[code]
        above = self._by_code.get(own.parent)
        return f"{self.full_name(above.code)}{own.name}" if above is not None and above.parent else own.name

    def of_code(self, code: str) -> list[str]:
        """Our areas that a division code means: itself, all of ours under a province, or the next above.

        Example: `320115000000` means 320115, and 320000 every city of ours that begins with 32.
        """
        if not (code.isascii() and code.isdigit()) or len(code) not in {6, 9, 12, 15}:
            return []
        if code in self._by_code:
            return [code]
        short = re.sub(r"(000){1,3}$", "", code) if len(code) > 6 else code
        short = short if len(short) in {9, 12, 15} else code[:6]
        if _SUPERIOR.fullmatch(short):
            start = "" if short in {"000000", "100000"} else short[:2]
            return [area.code for area in self._roots if area.code.startswith(start)]
        for known in (short, short[:12], short[:9], short[:6]):
            if known in self._by_code:
                return [known]
        return []

    def _by_shapes(self, area: CapArea, found: dict[str, Touched]) -> None:
        places = {place: "polygon" for ring in area.polygons for place in self._in_polygon(ring)}
        for circle in area.circles:
            places.update(dict.fromkeys(self._in_circle(circle), "circle"))
        for place, by in places.items():
            _add(found, Touched(self._leaves[place].code, True, by))
        self._add_parents(places, found)

    def _add_parents(self, places: Mapping[int, str], found: dict[str, Touched]) -> None:
        """Districts of touched streets; whole when every street of theirs is touched."""
        touched = {self._leaves[place].code: by for place, by in places.items()}
        above: dict[str, str] = {}
        for place, by in places.items():
            leaf = self._leaves[place]
            if leaf.kind == "street" and leaf.parent in self._by_code:
                above[leaf.parent] = by
        for parent, by in above.items():
            streets = {leaf.code for leaf in self._leaves if leaf.parent == parent}
            _add(found, Touched(parent, streets <= touched.keys(), by))

    def _in_polygon(self, ring: Sequence[Point]) -> list[int]:
        shape = _mended(shapely.Polygon(ring))
        near = np.sort(self._tree.query(shape, predicate="intersects"))
        return [place for place in near.tolist() if _overlap(self._shapes[place], shape)]

    def _in_circle(self, circle: Circle) -> list[int]:
        """Leaves within a circle, measured in kilometres around its centre."""
        if circle.km == 0:
            point = shapely.Point(circle.lon, circle.lat)
            return sorted(self._tree.query(point, predicate="intersects").tolist())[:1]
        disc = shapely.Point(0, 0).buffer(circle.km, quad_segs=32)
        found = []
        for place in self._within_reach(circle):
            shape = self._shapes[place]
            flat = shapely.transform(shape, lambda c: around(circle.lon, circle.lat, c))
            if _overlap(flat if flat.is_valid else shapely.make_valid(flat), disc):
                found.append(place)
        return found

    def _within_reach(self, circle: Circle) -> list[int]:
        """Leaves that may touch a circle: those whose own circle is near enough to it."""
        if not len(self._leaves):
            return []
        distances = np.hypot(*around(circle.lon, circle.lat, self._centres).T)
        return np.flatnonzero(distances <= circle.km + self._reaches).tolist()

    def _by_words(self, areas: Sequence[CapArea], found: dict[str, Touched]) -> None:
        for area in areas:
            for name in _SEPARATORS.split(area.description.strip()):
                own = self._by_name.get(name, [])
                if len(own) == 1:
                    _add(found, Touched(own[0].code, True, "name"))

    def _by_issuer(self, identifier: str, found: dict[str, Touched]) -> None:
        try:
            division = read_warning_identifier(identifier).division
        except ValueError:
            return
        for code in self.of_code(division):
            _add(found, Touched(code, True, "issuer"))


def _leaves(by_code: Mapping[str, OwnArea]) -> list[OwnArea]:
    """Areas that shapes are held against: streets, and districts or cities with nothing drawn below."""
    drawn = [area for area in by_code.values() if area.shape is not None]
    leaves = [area for area in drawn if area.kind == "street"]
    for kind in ("district", "city"):
        below = {area.parent for area in leaves} | {
            by_code[area.parent].parent for area in leaves if area.parent in by_code
        }
        leaves += [area for area in drawn if area.kind == kind and area.code not in below]
    return sorted(leaves, key=lambda area: area.code)


def _enclosing(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each shape's box, and how many kilometres its farthest point lies from there."""
    if not len(shapes):
        return np.empty((0, 2)), np.empty(0)
    boxes = shapely.bounds(shapes)
    centres = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2])
    reaches = [
        np.hypot(*around(lon, lat, shapely.get_coordinates(shape)).T).max()
        for (lon, lat), shape in zip(centres.tolist(), shapes, strict=True)
    ]
    return centres, np.array(reaches) + 0.001


def _mended(shape: shapely.Polygon) -> shapely.Geometry:
    """A valid shape; a large one that crosses itself is taken by its hull: mending could take for ever."""
    if shape.is_valid:
        return shape
    return shapely.make_valid(shape) if len(shape.exterior.coords) <= MOST_MENDED else shape.convex_hull


def _overlap(own: shapely.Geometry, shape: shapely.Geometry) -> bool:
    smaller = min(own.area, shape.area)
    if smaller == 0:
        return bool(shapely.intersects(own, shape))
    return bool(shapely.intersection(own, shape).area / smaller >= LEAST_SHARE)


def _add(found: dict[str, Touched], touched: Touched) -> None:
    known = found.get(touched.code)
    if known is None or (touched.whole and not known.whole):
        found[touched.code] = touched
