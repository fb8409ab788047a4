"""Shapes 形状: polygons and circles of CAP text, in degrees and kilometres."""

from __future__ import annotations

import math
import re

import numpy as np

from .messages import Circle, Point

EARTH_KM = 6371.0088
#: No place on earth is farther from another.
FARTHEST_KM = math.pi * EARTH_KM
#: Characters one coordinate may have, so that no text is looked at twice.
_LONGEST_NUMBER, _LONGEST_CIRCLE = 40, 200
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


def read_polygon(text: str) -> tuple[tuple[Point, ...], set[str]]:
    """A closed ring of longitude and latitude, and the deviations of its text.

    CAP writes `lat,lon lat,lon …`, four pairs at least, the last equal to the first.

    Raises:
        ValueError: when it is no polygon.
    """
    pairs = [_pair(token) for token in _joined(text).replace(";", " ").replace("；", " ").split()]
    points, notes = _oriented(pairs)
    if len(set(points)) < 3:
        raise ValueError("fewer than three points")
    if points[0] != points[-1]:
        points.append(points[0])
        notes.add("open_polygon")
    return tuple(points), notes


def read_circle(text: str) -> tuple[Circle, set[str]]:
    """A circle, and the deviations of its text. CAP writes `lat,lon radius` with kilometres.

    Raises:
        ValueError: when it is no circle.
    """
    if len(text) > _LONGEST_CIRCLE:
        raise ValueError(text[:40])
    tokens = _joined(text).replace(";", " ").split()
    if len(tokens) != 2:
        raise ValueError(text[:40])
    points, notes = _oriented([_pair(tokens[0])])
    radius = _number(tokens[1].removesuffix("km").removesuffix("公里").removesuffix("千米"))
    if radius < 0 or radius > FARTHEST_KM:
        raise ValueError(f"radius {radius}")
    if radius == 0:
        notes.add("point_circle")
    return Circle(*points[0], radius), notes


def _joined(text: str) -> str:
    """A text with single blanks, none of them beside a comma."""
    return " ".join(text.replace("，", ",").split()).replace(" ,", ",").replace(", ", ",")


def _pair(token: str) -> tuple[float, float]:
    first, _, second = token.partition(",")
    return _number(first), _number(second)


def _number(text: str) -> float:
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise ValueError(text[:40])
    return float(text)


def _oriented(pairs: list[tuple[float, float]]) -> tuple[list[Point], set[str]]:
    """Pairs as longitude and latitude, turned round where the first can be no latitude."""
    if any(abs(first) > 180 or abs(second) > 180 for first, second in pairs):
        raise ValueError("outside the globe")
    if all(abs(first) <= 90 for first, _ in pairs):
        return [(second, first) for first, second in pairs], set()
    if all(abs(second) <= 90 for _, second in pairs):
        return list(pairs), {"longitude_first"}
    raise ValueError("outside the globe")


def circle_ring(circle: Circle, points: int = 72) -> list[Point]:
    """Points around a circle, for drawing; longitudes run on past 180 degrees, latitudes stop at 85."""
    angle = circle.km / EARTH_KM
    bearings = np.linspace(0.0, 2 * math.pi, points + 1)
    lat = math.radians(circle.lat)
    south_north = np.arcsin(
        np.clip(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * np.cos(bearings), -1, 1)
    )
    east = np.arctan2(
        np.sin(bearings) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * np.sin(south_north),
    )
    lats = np.clip(np.degrees(south_north), -85.0, 85.0)
    ring = [
        (round(lon, 6), round(value, 6))
        for lon, value in zip((circle.lon + np.degrees(east)).tolist(), lats.tolist(), strict=True)
    ]
    ring[-1] = ring[0]
    return ring


def around(lon: float, lat: float, coordinates: np.ndarray) -> np.ndarray:
    """Points (rows of longitude and latitude) as kilometres east and north of a centre.

    The azimuthal equidistant projection: true distances and bearings from the centre hold everywhere, across
    the date line and the poles too.
    """
    here = math.radians(lat)
    lons, lats = np.radians(coordinates[:, 0] - lon), np.radians(coordinates[:, 1])
    cosine = math.sin(here) * np.sin(lats) + math.cos(here) * np.cos(lats) * np.cos(lons)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    sine = np.sin(angle)
    scale = np.where(sine > 1e-12, angle / np.where(sine > 1e-12, sine, 1.0), 1.0) * EARTH_KM
    east = scale * np.cos(lats) * np.sin(lons)
    north = scale * (math.cos(here) * np.sin(lats) - math.sin(here) * np.cos(lats) * np.cos(lons))
    return np.column_stack([east, north])
