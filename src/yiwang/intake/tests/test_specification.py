"""Mapping files: read, or refused at a line and key."""

from __future__ import annotations

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.specification import read_specification
from yiwang.intake.services.mappings import SHIPPED
from yiwang.kernel.errors import Invalid

GOOD = """\
name: demo
format: csv
channel: demo
fields:
  source_number: 编号
  text:
    path: join('：', ["标题", "内容"])
  received_at: {column: 时间, formats: ["%Y/%m/%d"]}
"""


def test_every_shipped_mapping_is_valid_and_bears_the_name_of_its_file() -> None:
    names = {
        path.stem: read_specification(path.read_text(encoding="utf-8")).name
        for path in SHIPPED.glob("*.yaml")
    }
    assert set(names) == {"hotline_12345", "los_angeles_311", "petitions"}
    assert all(stem == name for stem, name in names.items())


def test_a_good_file_is_read_with_its_defaults() -> None:
    spec = read_specification(GOOD)
    assert (spec.name, spec.format, spec.crs, spec.bad_place) == ("demo", "csv", "wgs84", "keep")
    assert spec.required == ("text",)
    assert spec.fields["source_number"].get({"编号": "7"}) == "7"
    assert spec.fields["text"].get({"标题": "路灯", "内容": "不亮"}) == "路灯：不亮"


BASE = "name: demo\nchannel: demo\nfields:\n  text: 内容\n"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("name: demo\n  channel: [", 2, "YAML"),
        ("- a\n", 1, "YAML"),
        (BASE + "colour: red\n", 5, "colour"),
        (BASE + "name: again\n", 5, "name"),
        (BASE + "format: pdf\n", 5, "format"),
        (BASE + "crs: mars\n", 5, "crs"),
        (BASE + "timezone: Asia/Nanjing\n", 5, "timezone"),
        (BASE + "header_rows: 0\n", 5, "header_rows"),
        (BASE + "bad_place: drop\n", 5, "bad_place"),
        (BASE + "required: [title]\n", 5, "required"),
        (BASE + "  mood: 心情\n", 5, "fields.mood"),
        (BASE + "  lon: 经度\n", 3, "fields"),
        (BASE + "  title: {path: 'a[', default: x}\n", 5, "fields.title.path"),
        (BASE + "  title: {column: a, value: b}\n", 5, "fields.title"),
        (BASE + "  title: {column: a, colour: b}\n", 5, "fields.title.colour"),
        (BASE + "  title: {column: a, match: '['}\n", 5, "fields.title.match"),
        (BASE + "  title: {column: a, match: '(a)(b)'}\n", 5, "fields.title.match"),
        (BASE + "  title: {column: a, formats: [iso]}\n", 5, "fields.title.formats"),
        (BASE + "  class: 类别\n", 5, "fields.class.scheme"),
        ("name: demo\nchannel: demo\n", 1, "fields"),
        ("channel: demo\nfields: {text: a}\n", 1, "name"),
    ],
)
def test_a_wrong_file_names_line_and_key(text: str, line: int, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_specification(text)
    assert (refused.value.details["line"], refused.value.details["key"]) == (line, key)
    assert refused.value.problems[0].remedy


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [("^[^,]+", "118.8,31.9", "118.8"), ("(\\d+)号", "中山路12号", "12"), ("x", "y", None), ("x", 7, None)],
)
def test_a_match_takes_the_part_it_finds(pattern: str, value: object, expected: str | None) -> None:
    spec = read_specification(BASE + f"  title: {{column: a, match: '{pattern}'}}\n")
    assert spec.fields["title"].get({"a": value}) == expected


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4),
)
def test_a_plain_path_walks_as_jmespath_does(tree: object, names: list[str]) -> None:
    path = ".".join(names)
    spec = read_specification(f"name: d\nchannel: d\nfields:\n  text: {{path: {path}}}\n")
    assert spec.fields["text"].get({"a": tree}) == jmespath.search(path, {"a": tree})  # type: ignore[dict-item]
