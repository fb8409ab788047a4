"""The place stage with 100,000 addresses: reports placed a second, and how often a found place is right."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .figures import write
from .stage import AT

ADDRESSES = 100_000
REPORTS = 10_000
#: City, district, street, community.
_LEVELS = 4
_FIRST = (
    "金银玉龙凤云江湖山河松竹梅兰桂枫柳荷春夏秋冬东南西北天地日月星辰文武德仁义礼智信和平安康乐福寿喜庆华夏"
)
_SECOND = "阳明光辉泉溪池塘桥亭台阁园林苑圃岭峰岗坡滩洲湾港津渡关城堡寨坊里巷门庭院堂轩斋馆舍居庐谷川源海"
_ROADS = ("路", "路", "路", "大街", "街", "巷", "大道")
_ESTATES = ("小区", "花园", "家园", "苑", "新村", "公寓", "大厦", "广场")
_MATTERS = ("有人占道经营", "路灯不亮", "垃圾没人清运", "夜里施工太吵", "井盖坏了很危险", "有车违停堵住了路")
_BEFORE = ("", "您好，", "我住在", "反映", "昨天晚上九点多，", "请问", "位于")
_BESIDE = ("", "", "", "门口", "对面", "旁边")


@dataclass(frozen=True, slots=True)
class _Made:
    """A made address: its text, community, and what a report may say of it."""

    text: str
    community: Any
    lon: float
    lat: float
    short: str
    divisions: str


def run() -> None:
    """Measure in a transaction that is undone."""
    from django.db import transaction

    from yiwang.ledger.public import forget

    with transaction.atomic():
        made = _fill()
        _measure(made)
        transaction.set_rollback(True)
    forget(everything=True)


def made_addresses(communities: Sequence[tuple[Any, str, str]], count: int, seed: int = 6) -> list[_Made]:
    """Addresses along roads and in estates of communities, given as (key, divisions in full, short form)."""
    dice = random.Random(seed)
    found: list[_Made] = []
    while len(found) < count:
        key, full, short = dice.choice(communities)
        lon, lat = 118.4 + dice.random() * 0.7, 31.3 + dice.random() * 1.2
        road = _name(dice) + dice.choice(_ROADS)
        estate = _name(dice) + dice.choice(_ESTATES)
        start, houses = dice.randrange(1, 300), dice.randrange(4, 30)
        for number in range(start, start + 2 * houses, 2):
            spot = (lon + (number - start) * 1e-4, lat)
            if number % 5:
                words = f"{road}{number}号"
            else:
                words = f"{road}{start}号{estate}{number % 40 + 1}幢"
            found.append(_Made(f"{full}{words}", key, *spot, words, short))
    return list({one.text: one for one in found}.values())[:count]


def _name(dice: random.Random) -> str:
    return dice.choice(_FIRST) + dice.choice(_SECOND)


def reports_of(made: Sequence[_Made], count: int, seed: int = 7) -> list[tuple[str, _Made]]:
    """Reports about addresses: with and without divisions, numerals, mistyped signs, words around them."""
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        one = dice.choice(made)
        words = one.short
        if dice.random() < 0.1:
            place = dice.randrange(2)
            words = words[:place] + dice.choice(_SECOND) + words[place + 1 :]
        if dice.random() < 0.1:
            words = words.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
        divisions = one.divisions if dice.random() < 0.6 else ""
        where = f"{dice.choice(_BEFORE)}{divisions}{words}{dice.choice(_BESIDE)}"
        found.append((f"{where}，{dice.choice(_MATTERS)}，请尽快处理。", one))
    return found


def _fill() -> list[_Made]:
    from yiwang.ledger.public import bump_now
    from yiwang.orgs.public import area_index
    from yiwang.places.public import Address

    areas = area_index()
    communities = []
    for node in sorted(areas.by_code.values(), key=lambda one: one.code):
        line = [one.name for one in reversed(areas.ancestors(node.id))]
        if node.kind == "community" and len(line) == _LEVELS:
            communities.append((node.id, "".join(line[:3]), line[2]))
    made = made_addresses(communities, ADDRESSES)
    Address.objects.all().delete()
    rows = (Address(text=one.text, community_id=one.community, lon=one.lon, lat=one.lat) for one in made)
    Address.objects.bulk_create(rows, batch_size=5_000)
    bump_now("addresses")
    return made


def _measure(made: Sequence[_Made]) -> None:
    from yiwang.kernel.ids import uuid7
    from yiwang.triage.queries.placing import place_reader
    from yiwang.triage.rules.said import Said
    from yiwang.triage.services.placing import place

    start = time.process_time()
    place_reader(AT)
    write("placing.index", size=len(made), value=time.process_time() - start, unit="s of CPU")
    told = reports_of(made, REPORTS)
    said = [Said(uuid7(), text, AT) for text, _ in told]
    place(said[:200], at=AT)
    start = time.process_time()
    found = place(said, at=AT)
    write("placing.place", size=len(made), value=REPORTS / (time.process_time() - start), unit="reports/s")
    _judge(told, found)
    _weigh(made)


def _judge(told: Sequence[tuple[str, _Made]], found: Sequence[Any]) -> None:
    """How often a found place is the right one, and how many reports are found, or offered rightly."""
    named = [(one, place) for (_, one), place in zip(told, found, strict=True) if place.outcome == "found"]
    right = sum(_is_near(one, place) for one, place in named)
    offered = sum(
        place.outcome == "ambiguous" and any(_is_near(one, choice) for choice in place.candidates)
        for (_, one), place in zip(told, found, strict=True)
    )
    write("placing.found", size=len(told), value=len(named) / len(told), unit="share")
    write("placing.right", size=len(named), value=right / len(named), unit="share of found")
    write("placing.offered", size=len(told), value=offered / len(told), unit="share")


def _is_near(one: _Made, place: Any) -> bool:
    return place.lon is not None and abs(place.lon - one.lon) < 0.003 and abs(place.lat - one.lat) < 0.003


def _weigh(made: Sequence[_Made]) -> None:
    """Memory of the index, by what Python allocates for it."""
    from yiwang.kernel.ids import uuid7
    from yiwang.orgs.public import area_index
    from yiwang.triage.queries.placing import divisions_of
    from yiwang.triage.rules.placing.index import AddressIndex, AddressRow

    scanner = divisions_of(area_index()).scanner()
    tracemalloc.start()
    rows = (AddressRow(uuid7(), "".join([one.text]), one.community, one.lon, one.lat) for one in made)
    index = AddressIndex(rows, scanner)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    write("placing.bytes_an_address", size=len(index), value=used / len(index), unit="bytes")
