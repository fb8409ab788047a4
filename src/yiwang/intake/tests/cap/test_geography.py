"""Which of our areas an alert means: shapes, codes, words, and what is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.cap.geography import Geography, OwnArea
from yiwang.intake.rules.cap.messages import CapAlert, Circle
from yiwang.intake.rules.cap.shapes import EARTH_KM, around, circle_ring

from .messages import read

WEST, SOUTH = 118.0, 32.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(WEST + west / 100, SOUTH + south / 100, WEST + east / 100, SOUTH + north / 100)


#: District 320111 has two drawn streets, 320112 is drawn without streets, 320113 is not drawn.
OWN = (
    OwnArea("320100", "宁城市", "city", "", box(0, 0, 20, 10)),
    OwnArea("320111", "东区", "district", "320100", box(0, 0, 10, 10)),
    OwnArea("320112", "西区", "district", "320100", box(10, 0, 20, 10)),
    OwnArea("320113", "南区", "district", "320100"),
    OwnArea("320111001", "东一街道", "street", "320111", box(0, 0, 5, 10)),
    OwnArea("320111002", "东二街道", "street", "320111", box(5, 0, 10, 10)),
    OwnArea("320111001001", "梅园社区", "community", "320111001"),
)
GEOGRAPHY = Geography(OWN)


def touched(**given_: str) -> list[tuple[str, bool, str]]:
    return [(each.code, each.whole, each.by) for each in GEOGRAPHY.touched(read(**given_))]


def ring(shape: shapely.Polygon) -> str:
    return "<polygon>" + " ".join(f"{lat},{lon}" for lon, lat in shape.exterior.coords) + "</polygon>"


def geocode(value: str, name: str = "行政区划代码") -> str:
    return f"<geocode><valueName>{name}</valueName><value>{value}</value></geocode>"


def test_a_polygon_touches_streets_and_names_their_district_in_part() -> None:
    assert touched(area=ring(box(1, 1, 4, 4))) == [
        ("320111", False, "polygon"), ("320111001", True, "polygon"),
    ]  # fmt: skip


def test_a_polygon_over_every_street_means_the_whole_district() -> None:
    assert touched(area=ring(box(1, 1, 9, 9))) == [
        ("320111", True, "polygon"), ("320111001", True, "polygon"), ("320111002", True, "polygon"),
    ]  # fmt: skip


def test_a_district_without_drawn_streets_answers_for_itself() -> None:
    assert touched(area=ring(box(12, 1, 14, 4))) == [("320112", True, "polygon")]


def test_an_overlap_along_a_border_is_drawing_noise_and_a_small_area_inside_is_not() -> None:
    assert [code for code, _, _ in touched(area=ring(box(0, 0, 5.001, 10)))] == ["320111", "320111001"]
    assert [code for code, _, _ in touched(area=ring(box(5.0, 1, 5.01, 1.01)))] == ["320111", "320111002"]


def test_a_polygon_that_crosses_itself_is_mended_and_one_elsewhere_touches_nothing() -> None:
    bow = "<polygon>32.01,118.01 32.04,118.04 32.01,118.04 32.04,118.01 32.01,118.01</polygon>"
    assert touched(area=bow)[1] == ("320111001", True, "polygon")
    assert touched(area=ring(box(50, 50, 60, 60))) == []


def test_a_circle_is_measured_in_kilometres() -> None:
    degree = math.radians(1) * EARTH_KM
    reach = 0.01 * degree * math.cos(math.radians(32.05))  # kilometres of 0.01 degrees of longitude
    near = f"<circle>32.05,118.03 {reach * 1.9}</circle>"
    far = f"<circle>32.05,118.03 {reach * 2.6}</circle>"
    assert [code for code, _, _ in touched(area=near)] == ["320111", "320111001"]
    assert [code for code, _, _ in touched(area=far)] == ["320111", "320111001", "320111002"]
    assert touched(area="<circle>32.05,118.12 0</circle>") == [("320112", True, "circle")]
    assert touched(area="<circle>-16.053,-173.274 0.0</circle>") == []
    assert len(touched(area="<circle>32.05,-62 12800</circle>")) == 0
    assert len(touched(area="<circle>32.05,-62 12950</circle>")) == 4


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("320111", ["320111"]),
        ("320111000000", ["320111"]),
        ("320111001", ["320111001"]),
        ("320111001000", ["320111001"]),
        ("320111001001", ["320111001001"]),
        ("320111001999", ["320111001"]),
        ("320111999000", ["320111"]),
        ("320100", ["320100"]),
        ("320100000000", ["320100"]),
        ("320000", ["320100"]),
        ("320000000000", ["320100"]),
        ("000000", ["320100"]),
        ("330000", []),
        ("320200", []),
        ("320113", ["320113"]),
        ("320111,320112", ["320111", "320112"]),
        ("三二", []),
        ("32011", []),
    ],
)
def test_division_codes_of_6_9_and_12_digits_are_ours(value: str, codes: list[str]) -> None:
    assert touched(area=geocode(value)) == [(code, True, "geocode") for code in codes]


@pytest.mark.parametrize(
    "name", ["SAME", "FIPS6", "UGC", "profile:CAP-CP:Location:0.3", "layer:EC-MSC-SMC:1.0:CLC"]
)
def test_a_foreign_code_that_looks_like_ours_is_not_ours(name: str) -> None:
    assert touched(area=geocode("320111", name)) == []


def test_a_channel_may_name_the_codes_that_count() -> None:
    alert = read(area=geocode("320111", "SAME") + geocode("320112", "other"))
    assert [each.code for each in GEOGRAPHY.touched(alert, only_geocodes=["SAME"])] == ["320111"]


def test_words_count_only_where_nothing_else_says_where() -> None:
    assert touched(area="", area_name="西区、南区") == [("320112", True, "name"), ("320113", True, "name")]
    assert touched(area=geocode("330000"), area_name="西区") == []
    assert touched(area="", area_name="某处") == [("320100", True, "issuer")]
    assert touched(area="", area_name="某处", identifier="x") == []


def test_shapes_and_codes_are_added_up_and_the_whole_wins_over_the_part() -> None:
    found = touched(area=ring(box(1, 1, 2, 2)) + geocode("320111") + geocode("320112"))
    assert found == [("320111", True, "geocode"), ("320111001", True, "polygon"), ("320112", True, "geocode")]


def test_a_city_without_boundaries_is_still_found_by_code() -> None:
    bare = Geography(OwnArea(each.code, each.name, each.kind, each.parent) for each in OWN)
    alert = read(area=ring(box(0, 0, 9, 9)) + "<circle>32.05,118.12 0</circle>" + geocode("320111001"))
    assert [each.code for each in bare.touched(alert)] == ["320111001"]
    assert Geography([]).touched(alert) == []


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0.1, 3000))
def test_every_point_of_a_drawn_circle_is_its_radius_away(lon: float, lat: float, km: float) -> None:
    points = np.array(circle_ring(Circle(lon, lat, km)))
    inside = np.abs(points[:, 1]) < 85
    distances = np.hypot(*around(lon, lat, points[inside]).T)
    assert np.allclose(distances, km, rtol=1e-4, atol=1e-3)


@given(st.floats(0, 20), st.floats(0, 10), st.floats(0, 20), st.floats(0, 10))
def test_whatever_a_box_overlaps_by_a_tenth_of_itself_is_touched(
    west: float, south: float, east: float, north: float
) -> None:
    shape = box(min(west, east), min(south, north), max(west, east) + 0.1, max(south, north) + 0.1)
    found = {each.code for each in GEOGRAPHY.touched(read(area=ring(shape)))}
    for area in OWN:
        if area.shape is not None and area.kind == "street":
            share = shapely.intersection(area.shape, shape).area / shape.area
            assert area.code in found or share < 0.1
            assert area.code not in found or share > 0


def test_an_alert_without_blocks_falls_back_on_its_issuer() -> None:
    alert: CapAlert = read(infos="")
    assert [(each.code, each.by) for each in GEOGRAPHY.touched(alert)] == [("320100", "issuer")]
