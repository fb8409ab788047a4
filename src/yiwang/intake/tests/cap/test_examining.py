"""What a channel demands of a message, and the settings that say so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from yiwang.intake.rules.cap.examining import Trust, examine
from yiwang.intake.rules.cap.messages import DEVIATIONS
from yiwang.intake.rules.cap.refusals import REFUSALS, CapRefused
from yiwang.intake.rules.cap.settings import KEYS, CapSettings, OpensCase, read_settings
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.kernel.errors import Invalid

from .messages import AT, block, message, read


def reason(settings: CapSettings, trust: Trust | None = None, **given: str) -> str:
    try:
        examine(message(**given).encode(), settings=settings, trust=trust or Trust(), at=AT)
    except CapRefused as refused:
        return refused.reason
    return ""


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        (CapSettings(strict=True), {}, ""),
        (CapSettings(strict=True), {"sent": "2026-07-01T00:00:00Z"}, "not_valid"),
        (CapSettings(), {"sent": "2026-07-01T00:00:00Z"}, ""),
        (CapSettings(national_identifier=True), {}, ""),
        (
            CapSettings(national_identifier=True),
            {"identifier": "32010041600000_20260701080000"},
            "bad_identifier",
        ),
        (CapSettings(national_identifier=True), {"identifier": "KAR0-0306112239-SW"}, "bad_identifier"),
        (CapSettings(), {"identifier": "KAR0-0306112239-SW"}, ""),
        (CapSettings(), {"scope": "Restricted"}, "not_public"),
        (CapSettings(), {"scope": "Private"}, "not_public"),
        (CapSettings(most_bytes=500), {}, "too_large"),
    ],
)
def test_a_channel_takes_what_its_settings_allow(
    settings: CapSettings, given: dict[str, str], expected: str
) -> None:
    assert reason(settings, **given) == expected


def test_the_citys_own_schema_file_is_asked_too() -> None:
    narrow = etree.XMLSchema(
        etree.fromstring('<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="other"/></schema>')
    )
    assert reason(CapSettings(strict=True), Trust(schema=narrow)) == "not_valid"
    assert reason(CapSettings(), Trust(schema=narrow)) == ""


def test_a_wrong_national_identifier_is_noted_where_it_is_not_refused() -> None:
    raw = message(identifier="32010041600000_20260701080000").encode()
    assert examine(raw, settings=CapSettings(), trust=Trust(), at=AT).deviations == ("identifier_12379",)


def test_shapes_are_turned_from_the_channels_coordinates_to_wgs84() -> None:
    area = "<polygon>32.0582243,118.8020836 32.1,118.9 32.2,118.8 32.0582243,118.8020836</polygon>"
    raw = message(area=area + "<circle>32.0582243,118.8020836 3</circle>").encode()
    found = examine(raw, settings=CapSettings(crs="gcj02"), trust=Trust(), at=AT).infos[0].areas[0]
    assert found.polygons[0][0] == pytest.approx((118.7969, 32.0603), abs=1e-6)
    assert (found.circles[0].lon, found.circles[0].km) == (pytest.approx(118.7969, abs=1e-6), 3)


def settings_of(text: str) -> CapSettings:
    return read_settings(YamlTree.read(text or "{}", "渠道定义"))


def test_settings_are_read_and_their_defaults_are_tolerant() -> None:
    assert settings_of("") == CapSettings()
    found = settings_of(
        "signature: require\ncertificates: [weather.pem]\nidentifier: '12379'\nvalidate: strict\n"
        "max_kilobytes: 64\nexpires_after_hours: 6\nsource: weather\naddress: https://cap.example/feed.xml\n"
        "opens_case: {colours: [red], events: [暴雨, 11B03], areas: district, text: '{area}积水点巡查'}\n"
    )
    assert (found.signature, found.certificates, found.strict) == ("require", ("weather.pem",), True)
    assert (found.most_bytes, found.expires_after, found.source) == (65_536, timedelta(hours=6), "weather")
    assert found.opens_case == OpensCase(frozenset({1}), ("暴雨", "11B03"), "district", "{area}积水点巡查")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("invented: 1", "invented"),
        ("signature: maybe", "signature"),
        ("signature: require", "certificates"),
        ("certificates: [../secret.pem]", "certificates"),
        ("schema: /etc/passwd", "schema"),
        ("max_kilobytes: 99999999", "max_kilobytes"),
        ("address: file:///etc/passwd", "address"),
        ("address: https://user:word@cap.example/", "address"),
        ("source: 气象", "source"),
        ("crs: mars", "crs"),
        ("opens_case: {colours: [green], text: x}", "opens_case.colours"),
        ("opens_case: {colours: [red]}", "opens_case.text"),
    ],
)
def test_a_wrong_setting_is_named(text: str, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings_of(text)
    assert refused.value.problems[0].field == key


def test_only_real_warnings_of_the_wanted_colour_and_event_open_cases() -> None:
    wants = OpensCase(frozenset({1, 2}), ("暴雨", "11B03"), "street", "x").wants
    code = "<eventCode><valueName>12379</valueName><value>11B03</value></eventCode>"
    assert wants(read())
    assert wants(read(infos=block(event="heavy rain").replace("<effective>", f"{code}<effective>")))
    assert not wants(read(headline="暴雨蓝色预警", severity="Minor"))
    assert not wants(read(event="大风"))
    assert not wants(read(status="Exercise"))
    assert not wants(read(msg_type="Cancel", references="a,b,2026-07-01T08:00:00+08:00"))


def test_every_refusal_and_deviation_is_explained_in_the_docs() -> None:
    page = (Path(__file__).resolve().parents[5] / "docs" / "cap.md").read_text(encoding="utf-8")
    assert [name for name in (*REFUSALS, *DEVIATIONS, *KEYS) if f"`{name}`" not in page] == []
