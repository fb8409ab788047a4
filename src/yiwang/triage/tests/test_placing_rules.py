"""Reading addresses: tagged files, the grammar, the trained reader, names and matching."""

from __future__ import annotations

import uuid
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.triage.rules.placing.characters import arabic, number_of
from yiwang.triage.rules.placing.deciding import Decider, Point
from yiwang.triage.rules.placing.divisions import DivisionRow, Divisions
from yiwang.triage.rules.placing.evaluation import evaluate_reader, held_back, plain_grammar
from yiwang.triage.rules.placing.index import AddressIndex, AddressRow
from yiwang.triage.rules.placing.reader import TrainedReader, train_reader
from yiwang.triage.rules.placing.reading import PlaceReader, Reading
from yiwang.triage.rules.placing.tagged import TaggedAddress, agreement, read_tagged, spans_of, tokens_of
from yiwang.triage.rules.proposals import PlaceOutcome, PlaceProposal


def key(name: str) -> UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


CITY = DivisionRow(key("city"), "宁州市", "city")
EAST = DivisionRow(key("east"), "东湖区", "district", frozenset([CITY.id]))
WEST = DivisionRow(key("west"), "西山区", "district", frozenset([CITY.id]))
SAND = DivisionRow(key("sand"), "沙洲街道", "street", frozenset([CITY.id, EAST.id]))
BRIDGE = DivisionRow(key("bridge"), "桥头街道", "street", frozenset([CITY.id, WEST.id]))
ORCHID = DivisionRow(key("orchid"), "兰园社区", "community", frozenset([CITY.id, EAST.id, SAND.id]))
SPRING = DivisionRow(key("spring"), "清泉社区", "community", frozenset([CITY.id, WEST.id, BRIDGE.id]))
SAME = DivisionRow(key("same"), "兰园社区", "community", frozenset([CITY.id, WEST.id, BRIDGE.id]))
ROWS = (CITY, EAST, WEST, SAND, BRIDGE, ORCHID, SPRING, SAME)
ADDRESSES = (
    ("宁州市西山区桥头街道桥北路12号锦绣小区3幢", SPRING, 118.720, 32.130),
    ("宁州市西山区桥头街道桥北路12号锦绣小区5幢", SPRING, 118.7205, 32.130),
    ("宁州市西山区桥南路12号", SPRING, 118.722, 32.120),
    ("宁州市东湖区沙洲街道应天大街901号万达广场", ORCHID, 118.740, 32.030),
    ("宁州市东湖区沙洲街道应天大街907号", ORCHID, 118.741, 32.030),
    ("宁州市东湖区江东中路98号", ORCHID, 118.7405, 32.0305),
    ("宁州市西山区江东中路98号", SPRING, 118.7305, 32.1305),
)
TEXT = "我住在桥头街道桥北路12号锦绣小区3栋2单元501，对面的KTV半夜还在唱"


def city_reader(aliases: dict[str, str] | None = None) -> PlaceReader:
    divisions = Divisions(ROWS, "329900")
    rows = [AddressRow(key(text), text, area.id, lon, lat) for text, area, lon, lat in ADDRESSES]
    index = AddressIndex(rows, divisions.scanner()).called(aliases or {})
    below = {
        area.id: frozenset(
            one.id for one in ROWS if one.kind == "community" and area.id in {one.id, *one.above}
        )
        for area in ROWS
    }
    return PlaceReader(divisions, index, communities=lambda area_id: below[area_id])


READER = city_reader()
NAMES = {row.id: row.name for row in ROWS}


def place(
    text: str, point: Point | None = None, reader: PlaceReader = READER, address: str = ""
) -> PlaceProposal:
    return Decider(reader.index, lambda area_id: NAMES[area_id]).decide(reader.read(text, address), point)


def codes(found: PlaceProposal) -> list[str]:
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("12", 12),
        ("\uff11\uff12", 12),
        ("十二", 12),
        ("二十", 20),
        ("一百零三", 103),
        ("二〇五", 205),
        ("两", 2),
        ("甲", None),
    ],
)
def test_numerals_of_every_kind_have_one_value(numeral: str, value: int | None) -> None:
    assert number_of(numeral) == value


def test_numerals_before_a_unit_become_arabic_and_others_stay() -> None:
    assert arabic("三元路十二号３栋二单元") == "三元路12号3栋2单元"


def test_a_tagged_file_is_read_whatever_its_spacing() -> None:
    text = "\ufeff浙 B-prov\r\n江\tI-prov\r\n\r\n\r\n602   B-roadNo\n号 I-roadno\n孤\n"
    first, second = read_tagged(text)
    assert first == TaggedAddress(("浙", "江"), ("B-prov", "I-prov"))
    assert second == TaggedAddress(("602", "号", "孤"), ("B-roadno", "I-roadno", "O"))
    assert second.spans == [(0, 2, "roadno")]


def test_an_unknown_tag_is_named_with_its_line() -> None:
    with pytest.raises(ValueError, match="第 2 行的标签“B-street”"):
        read_tagged("浙 B-prov\n江 B-street\n")


def test_agreement_counts_exact_spans_alone() -> None:
    truth = [spans_of(["B-prov", "I-prov", "B-city", "I-city"])]
    read = [spans_of(["B-prov", "I-prov", "B-city", "B-city"])]
    assert agreement(truth, read).span_f1 == pytest.approx(2 / 5)
    assert agreement(truth, read).by_tag == {"prov": 1.0, "city": 0.0}


def test_a_report_is_read_down_to_the_room() -> None:
    reading = READER.read(TEXT)
    assert reading.parts[:7] == (
        ("town", "桥头街道"), ("road", "桥北路"), ("roadno", "12号"), ("poi", "锦绣小区"), ("houseno", "3栋"),
        ("cellno", "2单元"), ("roomno", "501"),
    )  # fmt: skip


def test_a_road_may_carry_a_sign_that_is_a_small_word_elsewhere() -> None:
    read = [
        READER.read(f"我住在桥头街道，{road}12号").parts[-2:]
        for road in ("晶都路", "经纬路", "至善路", "和平路")
    ]
    assert [parts[0] for parts in read] == [("road", one) for one in ("晶都路", "经纬路", "至善路", "和平路")]


def test_a_door_of_the_base_is_found_and_its_building_told_from_the_next() -> None:
    found = place(TEXT)
    assert (found.outcome, found.precision) == (PlaceOutcome.FOUND, "house")
    assert found.address_id == key(ADDRESSES[0][0])
    assert "place.relation" in codes(found)


def test_one_door_in_two_districts_is_offered_and_never_guessed() -> None:
    found = place("江东中路98号路灯不亮")
    assert (found.outcome, found.area_id, found.lon) == (PlaceOutcome.AMBIGUOUS, None, None)
    assert {one.address_id for one in found.candidates} == {key(ADDRESSES[5][0]), key(ADDRESSES[6][0])}
    told = place("东湖区江东中路98号路灯不亮")
    assert (told.outcome, told.address_id) == (PlaceOutcome.FOUND, key(ADDRESSES[5][0]))


def test_a_mistyped_name_is_offered_until_the_division_confirms_it() -> None:
    assert place("应天大阶901号").outcome is not PlaceOutcome.FOUND
    found = place("锦锈小区垃圾没人收")
    assert (found.outcome, len(found.candidates)) == (PlaceOutcome.AMBIGUOUS, 1)
    assert "place.typing" in codes(found)
    sure = place("桥头街道锦锈小区3栋垃圾没人收")
    assert (sure.outcome, sure.address_id) == (PlaceOutcome.FOUND, key(ADDRESSES[0][0]))


def test_north_road_is_no_typing_error_of_south_road() -> None:
    assert place("桥西路12号").outcome is PlaceOutcome.UNKNOWN


def test_an_alias_stands_for_the_name_in_use() -> None:
    assert place("大桥路十二号有人占道").outcome is PlaceOutcome.UNKNOWN
    found = place("大桥路十二号有人占道", reader=city_reader({"大桥路": "桥北路"}))
    assert (found.outcome, found.precision) == (PlaceOutcome.FOUND, "house")
    assert "place.alias" in codes(found)


def test_two_roads_meet_where_their_addresses_are_nearest() -> None:
    found = place("应天大街与江东中路交叉口有一辆车违停")
    assert (found.outcome, found.precision, found.area_id) == (PlaceOutcome.FOUND, "crossing", ORCHID.id)
    assert place("应天大街与桥北路交叉口").precision != "crossing"


def test_a_missing_number_lies_between_its_neighbours() -> None:
    found = place("应天大街903号门口")
    assert (found.outcome, found.precision) == (PlaceOutcome.FOUND, "road")
    assert found.lon == pytest.approx(118.7403333)
    assert "place.between" in codes(found)


def test_a_number_far_from_all_that_are_known_is_asked_about() -> None:
    found = place("应天大街5号门口")
    assert (found.outcome, found.lon) == (PlaceOutcome.AMBIGUOUS, None)
    assert place("应天大街上有积水").outcome is PlaceOutcome.FOUND


@pytest.mark.parametrize(
    "text", ["合肥市东湖区应天大街901号", "安徽省宁州应天大街901号", "上海市江东中路98号"]
)
def test_another_city_is_named_and_its_roads_are_not_looked_up(text: str) -> None:
    found = place(text)
    assert (found.outcome, found.area_id, found.candidates) == (PlaceOutcome.OUTSIDE, None, ())


def test_a_community_is_found_and_its_namesake_asked_about() -> None:
    assert place("清泉社区有人乱倒垃圾").area_id == SPRING.id
    both = place("兰园社区有人乱倒垃圾")
    assert (both.outcome, len(both.candidates)) == (PlaceOutcome.AMBIGUOUS, 2)
    assert place("桥头街道兰园社区有人乱倒垃圾").area_id == SAME.id


def test_a_street_alone_is_not_a_place() -> None:
    found = place("桥头街道有人乱倒垃圾")
    assert (found.outcome, found.area_id) == (PlaceOutcome.UNKNOWN, BRIDGE.id)


def test_coordinates_come_first_and_a_contradiction_is_named() -> None:
    point = Point(118.7405, 32.0301, ORCHID.id, above=frozenset([ORCHID.id, SAND.id, EAST.id, CITY.id]))
    agrees = place("应天大街901号万达广场", point)
    assert (agrees.outcome, agrees.precision, agrees.area_id) == (PlaceOutcome.FOUND, "point", ORCHID.id)
    assert "place.agrees" in codes(agrees)
    against = place(TEXT, point)
    assert "place.contradiction" in codes(against)
    assert against.confidence < agrees.confidence
    assert len(against.candidates) == 2


def test_coordinates_outside_the_city_are_never_found() -> None:
    away = Point(117.2, 31.8, None)
    assert place("路灯不亮", away).outcome is PlaceOutcome.OUTSIDE
    assert place("应天大街901号万达广场", away).outcome is PlaceOutcome.AMBIGUOUS


def test_the_description_of_the_place_is_asked_before_the_text() -> None:
    found = place("桥北路12号的人说", address="应天大街907号")
    assert found.address_id == key(ADDRESSES[4][0])
    fallen_back = place("在应天大街907号", address="家门口")
    assert fallen_back.address_id == key(ADDRESSES[4][0])


_PIECES = st.sampled_from([
    "宁州市", "东湖区", "沙洲街道", "应天大街", "901号", "桥北路", "十二号", "万达广场", "3栋", "2单元",
    "501", "对面", "，", "。", "我住在", "KTV", " ", "合肥市", "安徽省", "#", "①", "村",
    "路", "号", "\uff11\uff12弄", "-", "𠀀",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_parts_always_make_up_the_text_that_was_read(text: str) -> None:
    reading: Reading = READER.read(text)
    assert "".join(words for _, words in reading.parts) == reading.text
    assert reading.text in "".join(text.split())
    assert "".join(words for _, words in READER.tag(text)) == "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["合肥市", "安徽省", "上海市", "浙江省杭州市", "广东省"]),
    st.lists(
        st.sampled_from(["应天大街901号", "桥北路12号", "锦绣小区", "兰园社区", "江东中路"]),
        min_size=1,
        max_size=3,
    ),
)
def test_no_address_of_another_city_is_found_in_this_one(region: str, rest: list[str]) -> None:
    assert place(region + "".join(rest)).outcome is PlaceOutcome.OUTSIDE


def made_addresses(count: int) -> list[TaggedAddress]:
    """Addresses of one pattern with many names, tagged by how they were made."""
    towns, roads = ("沙洲", "桥头", "兰园", "清泉", "石桥"), ("应天", "桥北", "江东", "珠江", "中山", "太平")
    found = []
    for number in range(count):
        pieces = [
            (towns[number % 5] + "街道", "town"),
            (roads[number * 7 % 6] + ("路", "大街")[number % 2], "road"),
            (f"{number % 90 + 1}号", "roadno"), (("锦绣", "和平", "东方")[number % 3] + "花园", "poi"),
            (f"{number % 9 + 1}幢", "houseno"),
        ][number % 3 :]  # fmt: skip
        tokens: list[str] = []
        tags: list[str] = []
        for words, tag in pieces:
            piece = tokens_of(words)
            tokens += piece
            tags += [f"B-{tag}"] + [f"I-{tag}"] * (len(piece) - 1)
        found.append(TaggedAddress(tuple(tokens), tuple(tags)))
    return found


def test_a_trained_reader_learns_the_pattern_and_training_repeats_to_the_byte() -> None:
    addresses = made_addresses(240)
    tests = [one for one in addresses if held_back(one)]
    kept = [one for one in addresses if not held_back(one)]
    model = train_reader(kept, iterations=20)
    assert len(tests) > 5
    assert evaluate_reader(TrainedReader(model).read, tests).agreement.span_f1 > 0.95
    assert train_reader(kept, iterations=20) == model


def test_the_grammar_alone_reads_what_follows_the_rules() -> None:
    figure = evaluate_reader(plain_grammar(), made_addresses(60)).agreement
    assert figure.span_f1 > 0.8
