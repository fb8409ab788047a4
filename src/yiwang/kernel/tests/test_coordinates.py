"""Coordinates go from one system to the other and come back to where they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.coordinates import (
    bd09_to_gcj02,
    from_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_gcj02,
)

METRES = 111_320.0
lons_in_china = st.floats(min_value=74.0, max_value=135.0)
lats_in_china = st.floats(min_value=4.0, max_value=53.0)


@pytest.mark.parametrize(
    ("wgs", "gcj", "places"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), 1e-12),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), 1e-12),
        ((118.7969, 32.0603), (118.8020836, 32.0582243), 5e-8),
    ],
)
def test_published_points_convert_to_gcj02(
    wgs: tuple[float, float], gcj: tuple[float, float], places: float
) -> None:
    x, y = wgs84_to_gcj02(*wgs)
    assert abs(x - gcj[0]) <= places
    assert abs(y - gcj[1]) <= places


def test_a_point_in_nanjing_converts_to_bd09() -> None:
    x, y = from_wgs84(118.7969, 32.0603, "bd09")
    assert (round(float(x), 7), round(float(y), 7)) == (118.8085037, 32.0645828)


@given(lons_in_china, lats_in_china)
def test_the_gcj02_inverse_ends_within_a_micrometre(lon: float, lat: float) -> None:
    x, y = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert abs(float(x) - lon) * METRES < 1e-6
    assert abs(float(y) - lat) * METRES < 1e-6


@given(lons_in_china, lats_in_china)
def test_the_bd09_inverse_ends_within_a_micrometre(lon: float, lat: float) -> None:
    x, y = bd09_to_gcj02(*gcj02_to_bd09(lon, lat))
    assert abs(float(x) - lon) * METRES < 1e-6
    assert abs(float(y) - lat) * METRES < 1e-6


@pytest.mark.parametrize("crs", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_every_system_goes_out_and_comes_back_as_arrays(crs: str) -> None:
    rng = np.random.default_rng(7)
    lons, lats = rng.uniform(118.3, 119.3, 5000), rng.uniform(31.2, 32.7, 5000)
    x, y = to_wgs84(*from_wgs84(lons, lats, crs), crs)
    assert x.shape == (5000,)
    assert max(np.abs(x - lons).max(), np.abs(y - lats).max()) * METRES < 1e-8


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_outside_china_nothing_moves(crs: str) -> None:
    lons, lats = np.array([-118.25, 2.35, 151.2]), np.array([34.05, 48.86, -33.87])
    for x, y in (from_wgs84(lons, lats, crs), to_wgs84(lons, lats, crs)):
        assert x.tolist() == lons.tolist()
        assert y.tolist() == lats.tolist()


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(ValueError, match="utm50"):
        to_wgs84(118.0, 32.0, "utm50")
