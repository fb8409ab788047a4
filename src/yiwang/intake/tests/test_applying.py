# ruff: noqa: RUF001 - full-width digits are what these tests are about
"""What a mapping makes of rows and cells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.applying import MappedReport, Mapper, RowFailed
from yiwang.intake.rules.specification import read_specification
from yiwang.intake.rules.values import degrees_of, instant_of, plain_of, text_of
from yiwang.kernel.working_time import SHANGHAI

SPEC = """\
name: demo
channel: demo
{options}
fields:
  source_number: 编号
  text: 内容
  kind: {{column: 类型, table: {{投诉: complaint}}, default: help}}
  class: {{column: 类别, scheme: s, unknown: {unknown}}}
  community: 社区
  lon: 经度
  lat: 纬度
  received_at: 来电时间
  closed_at: 办结时间
  contact_phone: 电话
required: [text]
"""
CLASS, COMMUNITY = UUID(int=1), UUID(int=2)
ROW = {"内容": "路灯不亮", "来电时间": "2026-02-13 15:20"}


def mapper(options: str = "", unknown: str = "quarantine") -> Mapper:
    spec = read_specification(SPEC.format(options=options or "title: demo", unknown=unknown))
    return Mapper(spec, classes={"市容": CLASS}, communities={"320111001001": COMMUNITY})


def mapped(_options: str = "", **cells: Any) -> MappedReport:
    return mapper(_options).map({**ROW, **cells})


def failure(_options: str = "", **cells: Any) -> tuple[str, str]:
    with pytest.raises(RowFailed) as failed:
        mapped(_options, **cells)
    assert failed.value.remedy
    return failed.value.reason, failed.value.field


def test_a_row_becomes_a_report() -> None:
    report = mapped(
        编号="１２３",
        类型="投诉",
        类别="市容",
        社区="320111001001",
        经度="118.8",
        纬度="３２．０",
        电话="１３９０",
    )
    assert report == MappedReport(
        text="路灯不亮", source_number="123", kind="complaint", class_id=CLASS, community_id=COMMUNITY,
        lon=118.8, lat=32.0, contact_phone="1390", received_at=datetime(2026, 2, 13, 7, 20, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"内容": " "}, ("missing", "text")),
        ({"内容": None}, ("missing", "text")),
        ({"类别": "天文"}, ("unknown_class", "class")),
        ({"社区": "9"}, ("unknown_area", "community")),
        ({"来电时间": "昨天"}, ("bad_time", "received_at")),
        ({"来电时间": "1899-01-01"}, ("bad_time", "received_at")),
        ({"编号": "1" * 121}, ("too_long", "source_number")),
        ({"办结时间": "2026-02-13 15:19:59"}, ("closed_before_created", "closed_at")),
    ],
)
def test_a_wrong_cell_fails_at_its_field(cells: dict[str, Any], expected: tuple[str, str]) -> None:
    assert failure(**cells) == expected


def test_an_unknown_class_may_be_left_to_the_operator() -> None:
    assert mapper(unknown="ignore").map({**ROW, "类别": "天文"}).class_id is None


def test_closing_at_the_moment_of_receiving_is_no_error() -> None:
    assert mapped(办结时间="2026-02-13 15:20").closed_at == datetime(2026, 2, 13, 7, 20, tzinfo=UTC)


def test_a_negative_duration_may_be_kept_without_its_closing_time() -> None:
    report = mapped("closed_before_created: keep_without_closing", 办结时间="2026-02-13 15:19")
    assert (report.closed_at, report.received_at is None) == (None, False)


@pytest.mark.parametrize(
    ("lon", "lat"), [("0", "0"), ("118.8", ""), ("", "32"), ("200", "32"), ("118", "95"), ("inf", "1")]
)
def test_a_wrong_place_is_kept_unlocated_or_quarantined_as_the_mapping_says(lon: str, lat: str) -> None:
    kept = mapped(经度=lon, 纬度=lat)
    assert (kept.lon, kept.lat) == (None, None)
    assert failure("bad_place: quarantine", 经度=lon, 纬度=lat) == ("bad_coordinate", "lon")


def test_a_coordinate_that_is_no_number_is_treated_alike() -> None:
    assert mapped(经度="东经", 纬度="32").lon is None
    assert failure("bad_place: quarantine", 经度="东经", 纬度="32") == ("bad_number", "lon")


@pytest.mark.parametrize("empty", ["", None, "N/A", "nan", "－", "无"])
def test_a_missing_place_is_no_error(empty: str | None) -> None:
    assert mapped("bad_place: quarantine", 经度=empty, 纬度=empty).lon is None


def test_a_correction_stands_in_for_what_the_row_says() -> None:
    row = {**ROW, "来电时间": "昨天"}
    assert mapper().map(row, {"received_at": "2026年2月13日 15:20"}).received_at == mapped().received_at
    assert mapper().map({**ROW, "办结时间": "2020-01-01"}, {"closed_at": ""}).closed_at is None


@pytest.mark.parametrize(
    "spelt",
    [
        "2026-02-13 15:20", "2026/2/13 15:20:00", "2026年2月13日 15:20", "２０２６－０２－１３　１５：２０",
        "20260213152000", "46066.638888888890", "2026-02-13T07:20:00Z", datetime(2026, 2, 13, 15, 20),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_one_moment_in_many_spellings(spelt: object) -> None:
    assert instant_of(spelt, (), SHANGHAI) == datetime(2026, 2, 13, 7, 20, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001
def test_every_second_survives_the_excel_serial(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = (moment - datetime(1899, 12, 30)).total_seconds() / 86_400  # noqa: DTZ001
    found = instant_of(repr(serial), ("excel",), UTC)
    assert found == moment.replace(tzinfo=UTC)


@given(st.text())
def test_no_text_breaks_a_cell(text: str) -> None:
    clean = text_of(text)
    assert "\0" not in clean
    clean.encode()
    plain_of(text)


def test_cells_of_other_types_are_spelt_plainly() -> None:
    assert [text_of(v) for v in (None, 12.0, 1.5, ["甲", None, "乙"], "a\0b", "\ud800x")] == [
        "", "12", "1.5", "甲、乙", "ab", "?x",
    ]  # fmt: skip
    assert degrees_of("118.80°") == 118.8


def test_an_expression_that_does_not_fit_a_row_fails_at_its_field() -> None:
    spec = read_specification("name: d\nchannel: d\nfields:\n  text:\n    path: join('-', [a, b])\n")
    with pytest.raises(RowFailed) as failed:
        Mapper(spec, classes={}, communities={}).map({"a": "1"})
    assert (failed.value.reason, failed.value.field) == ("invalid", "text")
