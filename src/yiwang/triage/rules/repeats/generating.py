"""A city's messages 模拟来件: reports whose true problems are known, for learning and for measuring.

Problems of many classes stand at houses of roads and buildings of estates; residents tell of them in several
wordings, with and without coordinates, with errors of place, class and typing. Hard neighbours are made on
purpose: another problem at the same place, the same problem at the next house, building, unit or street, the
same class at the same place days after the first was closed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from ..said import Said
from .wordings import Half, SpokenClass, phrases, spoken_classes

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 40
_LON, _LAT = 118.78, 32.05
_METRES = 111_320.0
_EAST = _METRES * math.cos(math.radians(_LAT))
_FIRST = {Half.TRAIN: "东西南北金银玉清明春", Half.TEST: "长安丰华锦康秀云海龙"}
_SECOND = {Half.TRAIN: "山水江湖林泉桥塔石溪", Half.TEST: "乐宁和兴盛福泰祥瑞景"}
_ROADS = ("路", "路", "路", "街", "大道", "巷")
_ESTATES = ("小区", "花园", "家园", "新村", "公寓", "苑")
_SPOTS = ("小学", "菜场", "公园", "医院", "地铁站", "超市")
_CHINESE = "零一二三四五六七八九十"
#: How many reports a problem gets: number and share.
_REPORTS = ((1, 42), (2, 20), (3, 13), (4, 8), (6, 7), (10, 6), (20, 4))
_PART_CLASSES = frozenset({"路灯不亮", "井盖破损", "信号灯故障", "公交站台"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a problem stands 地点: metres from the city's centre and its words."""

    east: float
    north: float
    name: str
    number: int
    is_estate: bool
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One true problem 真实问题; all its reports have its number as their group."""

    group: int
    spoken: SpokenClass
    spot: Spot
    begins: datetime
    ends: datetime
    picture: int


@dataclass(frozen=True, slots=True)
class Message:
    """One report with the number of its true problem."""

    said: Said
    group: int
    class_name: str


@dataclass(frozen=True, slots=True)
class Stream:
    """What a city says in some weeks 来件流.

    Attributes:
        messages: in order of time.
        closings: (instant, group): from then on the problem's cases are closed.
    """

    messages: list[Message] = field(default_factory=list)
    closings: list[tuple[datetime, int]] = field(default_factory=list)


def generate(seed: int, problems: int, half: Half) -> Stream:
    """A stream of about `problems` true problems and two to three times as many reports."""
    dice = Random(seed)
    city = _City(dice, half)
    made = list(_problems(dice, city, problems, half))
    messages = [message for problem in made for message in _reports(dice, city, problem, half)]
    messages.sort(key=lambda message: (message.said.at, message.said.key))
    return Stream(messages, sorted((problem.ends, problem.group) for problem in made))


def family_of(class_id: UUID | None) -> int:
    """Class families of the generator's classes."""
    return _FAMILIES.get(class_id, 0) if class_id else 0


_FAMILIES = {spoken.id: spoken.family_number for spoken in spoken_classes()}


class _City:
    """Roads and estates of one half of the names."""

    def __init__(self, dice: Random, half: Half) -> None:
        names = [a + b for a in _FIRST[half] for b in _SECOND[half]]
        dice.shuffle(names)
        self.roads = [
            (_anywhere(dice), dice.uniform(0, math.pi), n + dice.choice(_ROADS)) for n in names[:45]
        ]
        self.estates = [(_anywhere(dice), n + dice.choice(_ESTATES)) for n in names[45:95]]
        self.spots = [(_anywhere(dice), n + dice.choice(_SPOTS)) for n in names[95:]]

    def road(self, road: int, number: int) -> Spot:
        """A house of a road: ten metres a number."""
        (east, north), angle, name = self.roads[road % len(self.roads)]
        return Spot(
            east + 10 * number * math.cos(angle), north + 10 * number * math.sin(angle), name, number, False
        )

    def building(self, estate: int, number: int, mark: int) -> Spot:
        """A building of an estate: five in a row, 55 by 45 metres apart."""
        (east, north), name = self.estates[estate % len(self.estates)]
        return Spot(east + 55 * (number % 5), north + 45 * (number // 5), name, number, True, mark)


def _anywhere(dice: Random) -> tuple[float, float]:
    return dice.uniform(-7000, 7000), dice.uniform(-7000, 7000)


def _problems(dice: Random, city: _City, count: int, half: Half) -> Iterator[Problem]:
    classes = [spoken for spoken in spoken_classes() if spoken.wordings.get(half)]
    group = 0
    while group < count:
        first = _problem(dice, city, group, dice.choice(classes))
        family = [first]
        roll = dice.random()
        if roll < 0.3:
            other = dice.choice(
                [c for c in classes if c.where in {"both", first.spoken.where} and c != first.spoken]
            )
            family.append(replace(first, spoken=other, picture=dice.getrandbits(64)))
        elif roll < 0.6:
            family.append(
                replace(first, spot=_next_door(dice, city, first.spot), picture=dice.getrandbits(64))
            )
        elif roll < 0.7 and first.spoken.mark:
            family.append(replace(first, spot=replace(first.spot, mark=first.spot.mark % 4 + 1)))
        elif roll < 0.85:
            shift = first.ends - first.begins + timedelta(days=dice.uniform(3, 14))
            family.append(replace(first, begins=first.begins + shift, ends=first.ends + shift))
        for problem in family:
            yield replace(problem, group=group)
            group += 1


def _problem(dice: Random, city: _City, group: int, spoken: SpokenClass) -> Problem:
    on_road = spoken.where == "road" or (spoken.where == "both" and dice.random() < 0.5)
    if on_road:
        spot = city.road(dice.randrange(len(city.roads)), dice.randrange(1, 260))
    else:
        spot = city.building(dice.randrange(len(city.estates)), dice.randrange(1, 28), dice.randrange(1, 5))
    begins = BEGIN + timedelta(days=dice.uniform(0, DAYS))
    return Problem(
        group, spoken, spot, begins, begins + timedelta(days=dice.uniform(4, 18)), dice.getrandbits(64)
    )


def _next_door(dice: Random, city: _City, spot: Spot) -> Spot:
    """The same problem at another place: the next building, another house of the road, or the next road."""
    if spot.is_estate:
        estate = next(n for n, (_place, name) in enumerate(city.estates) if name == spot.name)
        step = dice.choice((1, 1, 2, 5))
        return city.building(estate, spot.number + step, spot.mark)
    road = next(n for n, (_place, _angle, name) in enumerate(city.roads) if name == spot.name)
    if dice.random() < 0.3:
        (_place, _angle, name) = city.roads[(road + 1) % len(city.roads)]
        return replace(spot, east=spot.east + dice.uniform(90, 200), name=name, number=dice.randrange(1, 260))
    return city.road(road, spot.number + dice.choice((12, 20, 40, 90)))


def _reports(dice: Random, city: _City, problem: Problem, half: Half) -> Iterator[Message]:
    count = dice.choices([n for n, _ in _REPORTS], [share for _, share in _REPORTS])[0]
    people = [dice.getrandbits(63) for _ in range(count)]
    span = min(timedelta(days=dice.choice((0.2, 1, 4, 12))), problem.ends - problem.begins)
    for turn in range(count):
        who = dice.choice(people[:turn]) if turn and dice.random() < 0.2 else people[turn]
        yield _report(dice, city, problem, half, at=problem.begins + span * dice.random(), who=who, turn=turn)


def _report(
    dice: Random, city: _City, problem: Problem, half: Half, *, at: datetime, who: int, turn: int
) -> Message:
    spot, spoken = problem.spot, problem.spoken
    located = dice.random() < 0.75
    place = _place_words(dice, city, spot, spoken, sure=not located)
    in_text = dice.random() < 0.7
    words = dice.choice(spoken.wordings[half])
    parts = [place if in_text else "", words]
    if dice.random() < 0.15 and place:
        parts = [words, f"，在{place}"] if in_text else parts
    text = (
        dice.choice(phrases("open", half)) + "".join(parts)
        + dice.choice(phrases("detail", half)) + dice.choice(phrases("ask", half))
    )  # fmt: skip
    lon, lat = _point(dice, spot) if located else (None, None)
    said = Said(
        key=UUID(int=dice.getrandbits(128)), text=_mistyped(dice, text), at=at,
        address="" if in_text and dice.random() < 0.6 else place, lon=lon, lat=lat,
        area_id=_area(dice, spot), class_id=_class(dice, spoken, half),
        reporter=who.to_bytes(8, "big") if dice.random() < 0.85 else b"",
        part_code=_part(dice, problem), pictures=_pictures(dice, problem),
    )  # fmt: skip
    return Message(said, problem.group, spoken.name)


def _place_words(dice: Random, city: _City, spot: Spot, spoken: SpokenClass, *, sure: bool) -> str:
    roll = dice.random()
    if not sure and roll < 0.12:
        return ""
    if roll < (0.15 if sure else 0.35):
        return spot.name + dice.choice(("", "里", "附近", "这边"))
    if spot.is_estate:
        written = _in_chinese(spot.number) if dice.random() < 0.25 else str(spot.number)
        text = f"{spot.name}{written}{dice.choice(('栋', '号楼', '幢', '号楼'))}"
        if spoken.mark == "unit" and dice.random() < 0.75:
            text += f"{spot.mark}单元"
        if spoken.mark == "room" and dice.random() < 0.75:
            text += f"{spot.mark}0{spot.mark}室"
        return text
    number = max(1, spot.number + (0 if dice.random() < 0.7 else dice.choice((-2, -1, 1, 2))))
    if dice.random() < 0.12:
        landmark = dice.choice(city.spots)[1]
        return f"{spot.name}{landmark}{dice.choice(('门口', '旁边', '对面'))}"
    return f"{spot.name}{number}号{dice.choice(('', '门口', '附近', '对面'))}"


def _in_chinese(number: int) -> str:
    if number <= 10:
        return _CHINESE[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _CHINESE[tens]) + "十" + (_CHINESE[ones] if ones else "")


def _point(dice: Random, spot: Spot) -> tuple[float, float]:
    """Coordinates with 5 to 80 metres of error, mostly small."""
    error = 5 + 75 * dice.random() ** 2
    angle = dice.uniform(0, 2 * math.pi)
    east, north = spot.east + error * math.cos(angle), spot.north + error * math.sin(angle)
    return round(_LON + east / _EAST, 6), round(_LAT + north / _METRES, 6)


def _area(dice: Random, spot: Spot) -> UUID | None:
    roll = dice.random()
    if roll < 0.3:
        return None
    wrong = 1 if roll < 0.36 else 0
    return uuid5(NAMESPACE_URL, f"repeats/area/{int(spot.east // 700) + wrong}/{int(spot.north // 700)}")


def _class(dice: Random, spoken: SpokenClass, half: Half) -> UUID | None:
    roll = dice.random()
    if roll < 0.18:
        return None
    if roll < 0.3:
        return dice.choice([c for c in spoken_classes() if c.wordings.get(half)]).id
    return spoken.id


def _part(dice: Random, problem: Problem) -> str:
    if problem.spoken.name not in _PART_CLASSES or dice.random() > 0.12:
        return ""
    return f"320102010101{abs(hash_of(problem.spot)) % 10_000:04d}"


def hash_of(spot: Spot) -> int:
    """A number of a spot, equal in every run."""
    return uuid5(NAMESPACE_URL, f"{spot.name}/{spot.number}/{spot.east:.0f}").int


def _pictures(dice: Random, problem: Problem) -> tuple[int, ...]:
    if dice.random() > 0.2:
        return ()
    if dice.random() < 0.3:
        return (dice.getrandbits(64),)
    picture = problem.picture
    for _ in range(dice.randrange(0, 7)):
        picture ^= 1 << dice.randrange(64)
    return (picture,)


def _mistyped(dice: Random, text: str) -> str:
    """One typing error in every tenth text: a character doubled, lost or exchanged with the next."""
    if dice.random() > 0.1 or len(text) < 4:
        return text
    place = dice.randrange(1, len(text) - 1)
    kind = dice.randrange(3)
    if kind == 0:
        return text[:place] + text[place] + text[place:]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
