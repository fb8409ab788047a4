"""Reading messages: what the standard says, and what real senders do instead, noted by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.cap.colours import colour_named
from yiwang.intake.rules.cap.identifiers import looks_like_warning_identifier, read_warning_identifier
from yiwang.intake.rules.cap.messages import DEVIATIONS, Circle, preferred
from yiwang.intake.rules.cap.refusals import CapRefused
from yiwang.intake.rules.cap.schema import CAP_11, is_strict_time
from yiwang.intake.rules.cap.times import SHANGHAI, read_time

from .messages import SENT, block, message, read, reference


def test_a_message_of_the_standard_is_read_without_deviation() -> None:
    alert = read()
    assert (alert.version, alert.status, alert.msg_type, alert.level, alert.deviations) == (
        "1.2", "Actual", "Alert", 2, (),
    )  # fmt: skip
    assert alert.sent == datetime(2026, 7, 1, tzinfo=UTC)
    assert alert.expires(timedelta(hours=1)) == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert alert.infos[0].areas[0].geocodes == (("行政区划代码", "320111"),)


@pytest.mark.parametrize(
    ("given_", "deviation"),
    [
        ({"namespace": CAP_11}, "cap_11"),
        ({"namespace": ""}, "no_namespace"),
        ({"status": "ACTUAL"}, "case"),
        ({"status": ""}, "defaulted"),
        ({"severity": "Orange"}, "colour_as_severity"),
        ({"certainty": "Very Likely"}, "unread_value"),
        ({"sent": "2026-07-01T08:00:00Z"}, "time_form"),
        ({"sent": "2026-07-01 08:00:00+08:00"}, "time_form"),
        ({"sent": "20260701080000"}, "time_form"),
        ({"effective": "soon"}, "unread_time"),
        ({"expires": "2026-07-01T07:00:00+08:00"}, "expires_early"),
        ({"description": "一&lt;br /&gt;二"}, "html"),
        ({"more": "<contact/>"}, "empty_element"),
        ({"more": "<invented>x</invented>"}, "schema"),
        ({"more": '<x xmlns="urn:other">y</x>'}, "unknown_element"),
        ({"event": "雨</event><event>风"}, "repeated"),
        ({"msg_type": "Cancel"}, "no_references"),
        ({"msg_type": "Update", "references": "32010041600000_20260701070000_0"}, "reference_form"),
        ({"identifier": "a b"}, "identifier_characters"),
        ({"area": "<polygon>32,118 32,119 33,119</polygon>"}, "open_polygon"),
        ({"area": "<polygon>118,32 119,32 119,33 118,32</polygon>"}, "longitude_first"),
        ({"area": "<polygon>32,118 x</polygon>"}, "unread_shape"),
        ({"area": "<circle>32,118 -1</circle>"}, "unread_shape"),
        ({"area": "<circle>32,118 0.0</circle>"}, "point_circle"),
        ({"area": "<geocode>320111</geocode>"}, "plain_geocode"),
    ],
)
def test_a_real_deviation_is_read_all_the_same_and_noted(given_: dict[str, str], deviation: str) -> None:
    alert = read(**given_)
    assert deviation in alert.deviations
    assert set(alert.deviations) <= set(DEVIATIONS)


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"identifier": ""}, "missing"),
        ({"sender": ""}, "missing"),
        ({"sent": ""}, "missing"),
        ({"sent": "yesterday"}, "bad_time"),
        ({"sent": "2026-02-30T08:00:00+08:00"}, "bad_time"),
        ({"sent": "2026-07-01T08:00:00+99:00"}, "bad_time"),
        ({"sent": "9999-12-31T24:00:00-14:00"}, "bad_time"),
        ({"status": "Real"}, "bad_value"),
        ({"msg_type": "Warn"}, "bad_value"),
        ({"scope": "Secret"}, "bad_value"),
        ({"identifier": "x" * 201}, "bad_value"),
        ({"namespace": "urn:oasis:names:tc:emergency:cap:2.0"}, "not_cap"),
    ],
)
def test_what_cannot_be_told_apart_or_dated_is_refused(given_: dict[str, str], reason: str) -> None:
    with pytest.raises(CapRefused) as refused:
        read(**given_)
    assert refused.value.reason == reason


def test_html_line_breaks_become_lines_and_stay_text() -> None:
    alert = read(description="甲&lt;br /&gt;乙&lt;b&gt;丙&lt;/b&gt; 3 &lt; 5 &lt;script&gt;x&lt;/script&gt;")
    assert alert.infos[0].description == "甲\n乙丙 3 < 5 <script>x</script>"


def test_references_are_read_one_by_one_in_every_form_that_comes() -> None:
    text = f"{reference('a')} {reference('b', sent='2026-07-01 07:00:00+08:00')}\n{'c'} s,d"
    found = read(msg_type="Update", references=text).references
    assert [(each.identifier, bool(each.sender), each.sent is not None) for each in found] == [
        ("a", True, True), ("b", True, True), ("c", False, False), ("d", True, False),
    ]  # fmt: skip


def test_the_language_to_show_is_chinese_then_english_then_the_first() -> None:
    assert [preferred(each) for each in (["en-US", "zh-CN"], ["fr-CA", "en-CA"], ["fr", "es"], [])] == [
        1,
        1,
        0,
        0,
    ]
    both = read(infos=block(language="en-US", headline="Rain", description="Rain.") + block()).infos
    assert [each.language for each in both] == ["en-US", "zh-CN"]
    assert read(language="").infos[0].language == "zh-CN"


@pytest.mark.parametrize(
    ("given_", "level", "source"),
    [
        ({"headline": "发布暴雨红色预警", "severity": "Minor"}, 1, "title"),
        ({"headline": "", "severity": "Yellow"}, 3, "named"),
        ({"headline": "", "severity": "RED"}, 1, "named"),
        ({"headline": "", "severity": "Minor"}, 4, "severity"),
        ({"headline": "", "severity": "Unknown"}, 5, ""),
        ({"headline": "暴雨黄色预警变更为橙色预警", "severity": "Severe"}, 2, "severity"),
        ({"more": "<parameter><valueName>预警级别</valueName><value>Ⅲ级</value></parameter>"}, 3, "named"),
        ({"more": "<parameter><valueName>信号颜色</valueName><value>蓝色</value></parameter>"}, 4, "named"),
        ({"more": "<parameter><valueName>Colour</valueName><value>4; red</value></parameter>"}, 1, "named"),
    ],
)  # fmt: skip
def test_the_colour_is_read_where_senders_put_it(given_: dict[str, str], level: int, source: str) -> None:
    found = read(**given_).infos[0]
    assert (found.level, found.level_from) == (level, source)


def test_a_message_has_the_highest_colour_of_its_blocks() -> None:
    assert read(infos=block(headline="雷电黄色预警") + block(headline="暴雨红色预警")).level == 1


@pytest.mark.parametrize(
    ("text", "level"),
    [("橙", 2), ("BLUE", 4), ("一级", 1), ("Ⅳ级/一般", 4), ("IV级", 4), ("2", 2), ("红或橙", None),
     ("bored", None), ("", None), ("第三", None)],
)  # fmt: skip
def test_a_colour_or_grade_is_told_from_a_word(text: str, level: int | None) -> None:
    assert colour_named(text) == level


def test_the_national_identifier_is_taken_apart() -> None:
    found = read_warning_identifier("32010041600000_20260701080000_3")
    assert (found.division, found.trade, found.inner, found.extension, found.serial) == (
        "320100", "416", "000", "00", 3,
    )  # fmt: skip
    assert found.entered_at == datetime(2026, 7, 1, 8, tzinfo=SHANGHAI)
    assert read_warning_identifier("32010041600000_20260701080000").serial is None


@pytest.mark.parametrize(
    "text",
    ["", "32010041600000", "32010041600000_20260701080000_", "32010041600000_20260701080000_10",
     "99010041600000_20260701080000_0", "32010041600000_20261301080000_0", "32010041600000-20260701080000-0",
     "\uff132010041600000_20260701080000_0", "32010041600000_20260701080000_0 "],
)  # fmt: skip
def test_a_wrong_national_identifier_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"应为|不存在"):
        read_warning_identifier(text)


@given(
    st.sampled_from(["110000", "320115", "650000"]), st.integers(0, 999), st.integers(0, 99_999),
    st.datetimes(datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2200-01-01")),
    st.integers(0, 9),
)  # fmt: skip
def test_every_identifier_made_by_the_rule_is_read_back(
    division: str, trade: int, rest: int, entered: datetime, serial: int
) -> None:
    text = f"{division}{trade:03}{rest:05}_{entered:%Y%m%d%H%M%S}_{serial}"
    found = read_warning_identifier(text)
    assert len(text) == 31
    assert looks_like_warning_identifier(text)
    shown = f"{found.division}{found.trade}{found.inner}{found.extension}_{found.entered_at:%Y%m%d%H%M%S}"
    assert f"{shown}_{found.serial}" == text


@given(
    st.datetimes(datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-29")),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_time_in_the_standards_form_keeps_its_instant(naive: datetime, offset: int) -> None:
    naive = naive.replace(microsecond=0)
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    text = f"{naive.isoformat()}{sign}{minutes // 60:02}:{minutes % 60:02}"
    moment, note = read_time(text)
    assert (note, moment.astimezone(UTC).replace(tzinfo=None)) == ("", naive - timedelta(minutes=offset))
    assert is_strict_time(text)


def test_midnight_may_be_written_as_the_end_of_a_day() -> None:
    assert read_time("2026-06-30T24:00:00+08:00") == read_time("2026-07-01T00:00:00+08:00")
    assert read_time("2026-07-01 08:00")[0] == datetime.fromisoformat(SENT)
    assert read_time("2026-06-30T24:00:00-00:00")[0] == datetime(2026, 7, 1, tzinfo=UTC)


def test_a_circle_and_a_polygon_are_longitude_and_latitude() -> None:
    area = (
        read(area="<polygon>32,118 32,119\n33,119 32,118</polygon><circle>32.5,118.5 12.5</circle>")
        .infos[0]
        .areas[0]
    )
    assert area.polygons == (((118, 32), (119, 32), (119, 33), (118, 32)),)
    assert area.circles == (Circle(118.5, 32.5, 12.5),)


def test_plain_values_hold_the_whole_message_as_json() -> None:
    plain = read(msg_type="Update", references=reference("a")).plain()
    assert plain["references"][0] == {"identifier": "a", "sender": "weather@example.invalid",
                                      "sent": "2026-07-01T08:00:00+08:00"}  # fmt: skip
    assert plain["infos"][0]["areas"][0]["geocodes"] == [["行政区划代码", "320111"]]
    assert message() == message()
