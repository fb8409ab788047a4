"""Coordinate systems 坐标系: WGS84/CGCS2000, GCJ-02 (国测局坐标) and BD-09 (百度坐标), on arrays.

Everything is stored as WGS84 longitude and latitude in degrees; CGCS2000 differs from it by centimetres
and is taken as the same. Every door states its system and converts once with `to_wgs84`.

GCJ-02 shifts WGS84 by up to some 700 m through a smooth function that has no closed inverse. The inverse
here is a fixed-point iteration: the shift changes by less than 2 % over its own length, so each step gains
almost two decimal digits and six steps are exact to rounding: a round trip ends within 1e-8 m, and within
1e-6 m on the meridian 105° E, where the shift has a cusp (both tested). Outside China the shift is not
applied. Source: the constants and vectors in general public use (a = 6378245, e² = 0.00669342162296594323).

Example: WGS84 (118.7969, 32.0603) is GCJ-02 (118.8020836, 32.0582243) is BD-09 (118.8085037, 32.0645828).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

SEMI_MAJOR_AXIS = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
#: Box outside which GCJ-02 equals WGS84: west, south, east, north.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_STEPS = 6
_BD_TURN = np.pi * 3000.0 / 180.0


class CoordinateSystem(StrEnum):
    """Coordinate system 坐标系 of what comes in at a door."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def _arrays(lons: ArrayLike, lats: ArrayLike) -> Pair:
    return np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)


def inside_china(lons: ArrayLike, lats: ArrayLike) -> NDArray[np.bool_]:
    """Whether points lie in the box where GCJ-02 is shifted; same shape as the input."""
    x, y = _arrays(lons, lats)
    west, south, east, north = CHINA
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _shift(lons: Floats, lats: Floats) -> Pair:
    """Shift from WGS84 to GCJ-02 in degrees, zero outside China."""
    x, y = lons - 105.0, lats - 35.0
    root, product = np.sqrt(np.abs(x)), x * y
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root
    north += (ripple + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root
    east += (ripple + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    radians = np.radians(lats)
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian = SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = SEMI_MAJOR_AXIS / np.sqrt(magic) * np.cos(radians)
    inside = inside_china(lons, lats)
    return (
        np.where(inside, np.degrees(east / parallel), 0.0),
        np.where(inside, np.degrees(north / meridian), 0.0),
    )


def wgs84_to_gcj02(lons: ArrayLike, lats: ArrayLike) -> Pair:
    """WGS84 degrees to GCJ-02 degrees; unchanged outside China."""
    x, y = _arrays(lons, lats)
    east, north = _shift(x, y)
    return x + east, y + north


def gcj02_to_bd09(lons: ArrayLike, lats: ArrayLike) -> Pair:
    """GCJ-02 degrees to BD-09 degrees; unchanged outside China."""
    x, y = _arrays(lons, lats)
    length = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    inside = inside_china(x, y)
    return (
        np.where(inside, length * np.cos(angle) + 0.0065, x),
        np.where(inside, length * np.sin(angle) + 0.006, y),
    )


def _inverse(forward: Callable[[ArrayLike, ArrayLike], Pair], lons: ArrayLike, lats: ArrayLike) -> Pair:
    x, y = _arrays(lons, lats)
    guess_x, guess_y = x.copy(), y.copy()
    for _ in range(_STEPS):
        seen_x, seen_y = forward(guess_x, guess_y)
        guess_x, guess_y = guess_x - (seen_x - x), guess_y - (seen_y - y)
    return guess_x, guess_y


def gcj02_to_wgs84(lons: ArrayLike, lats: ArrayLike) -> Pair:
    """GCJ-02 degrees to WGS84 degrees, exact to rounding; unchanged outside China."""
    return _inverse(wgs84_to_gcj02, lons, lats)


def bd09_to_gcj02(lons: ArrayLike, lats: ArrayLike) -> Pair:
    """BD-09 degrees to GCJ-02 degrees, exact to rounding; unchanged outside China."""
    return _inverse(gcj02_to_bd09, lons, lats)


def to_wgs84(lons: ArrayLike, lats: ArrayLike, crs: str) -> Pair:
    """Degrees in the named system to WGS84 degrees.

    Args:
        lons, lats: arrays of one shape, or single numbers.
        crs: a `CoordinateSystem` value: `wgs84`, `cgcs2000`, `gcj02` or `bd09`.

    Raises:
        ValueError: when the system is not one of these.
    """
    system = CoordinateSystem(crs)
    if system is CoordinateSystem.GCJ02:
        return gcj02_to_wgs84(lons, lats)
    if system is CoordinateSystem.BD09:
        return gcj02_to_wgs84(*bd09_to_gcj02(lons, lats))
    return _arrays(lons, lats)


def from_wgs84(lons: ArrayLike, lats: ArrayLike, crs: str) -> Pair:
    """WGS84 degrees to degrees in the named system, such as that of a base map.

    Raises:
        ValueError: when the system is not a `CoordinateSystem` value.
    """
    system = CoordinateSystem(crs)
    if system is CoordinateSystem.GCJ02:
        return wgs84_to_gcj02(lons, lats)
    if system is CoordinateSystem.BD09:
        return gcj02_to_bd09(*wgs84_to_gcj02(lons, lats))
    return _arrays(lons, lats)
