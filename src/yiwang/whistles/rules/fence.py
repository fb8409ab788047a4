"""The fence 围栏: whether somebody who reports stands where the whistle is.

Example: with a point and 200 m, somebody 150 m away is inside whatever the accuracy of the phone; somebody
350 m away is outside even when the phone owns to 100 m (250 m are left).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_METRES = 6_371_008.8
#: More inaccuracy than this is never counted in anybody's favour, in metres.
MOST_ACCURACY = 100.0


@dataclass(frozen=True, slots=True)
class FenceAnswer:
    """Where somebody stood: inside or not, and how far from the point in metres (None without a point)."""

    inside: bool
    distance: int | None


def distance_metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two points (longitude, latitude in WGS84 degrees)."""
    lon_a, lat_a, lon_b, lat_b = map(radians, (*a, *b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(half))


def inside_circle(
    here: tuple[float, float] | None,
    *,
    centre: tuple[float, float],
    radius: float,
    accuracy: float | None = None,
) -> FenceAnswer:
    """Whether a point lies within `radius` metres of the centre, allowing for the phone's accuracy.

    Args:
        here: longitude and latitude; None when the phone gave no position.
        accuracy: what the phone says, in metres; at most `MOST_ACCURACY` count.
    """
    if here is None:
        return FenceAnswer(False, None)
    far = distance_metres(here, centre)
    allowed = min(max(accuracy or 0.0, 0.0), MOST_ACCURACY)
    return FenceAnswer(far - allowed <= radius, round(far))
