"""Reading 读文: what a report's words say of place and problem, without a model.

A Chinese place name ends in a word for its kind (路, 小区, 公园); the two characters before it and that word
name it well enough to compare two reports, whatever stands to its left. Numbers behind it (3栋, 12号) tell
neighbours apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ....kernel.search_text import bigrams, normalise

#: Characters that are read of a text; what a report is about stands in its beginning.
MOST_CHARACTERS = 400
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}  # noqa: RUF001 - the numeral
_NUMERAL = re.compile(r"([零〇一二两三四五六七八九十百]{1,5})(?=号楼|号|栋|幢|座|弄|单元|楼|层|室|期)")
_ESTATE = (
    "小区|花园|家园|新村|公寓|大厦|雅居|佳苑|苑|公馆|名城|华庭|庭院|新城|城邦|府邸|山庄|里弄|宿舍|社区|村"
)
_ROAD = "大道|路(?!灯|面|人|过|况|障|沿|牌|基|缘|由|费)|大街|街(?!道办)|巷|胡同"
_SPOT = (
    "小学|中学|学校|幼儿园|医院|菜场|菜市场|农贸市场|市场|公园|广场|地铁站|公交站|火车站|大桥|立交桥|桥|河|"
    "体育馆|图书馆|商场|超市|工业园|产业园|中心"
)
_PLACE = re.compile(rf"(?P<left>[\u4e00-\u9fffa-z0-9]{{2}})(?P<kind>{_ESTATE}|{_ROAD}|{_SPOT})")
_NUMBER = re.compile(r"(?P<number>\d{1,4})(?P<unit>号楼|栋|幢|座|号院|号|弄)")
_EITHER = re.compile(f"{_PLACE.pattern}|{_NUMBER.pattern}")
_ESTATES = frozenset(_ESTATE.split("|"))
_LOOSE = re.compile(r"[的了在是有我们这那个条段从到与每住我你他]|.[本该小马停走道公过整]")
_MARKS = (
    ("unit", re.compile(r"(\d{1,2})单元")),
    ("room", re.compile(r"(?<!\d)(\d{3,4})室")),
    ("pole", re.compile(r"编号[为是:： ]*([a-z0-9-]{3,})")),
    ("plate", re.compile(r"([\u4e00-\u9fff][a-z][·]?[a-z0-9]{5,6})(?![a-z0-9])")),
)
_POLITE = re.compile(
    "您好|你好|请问|请求|请|麻烦|尽快|尽早|及时|抓紧|希望|恳请|要求|建议|有关部门|相关部门|有关单位|相关单位|部门|"
    "派人|安排|过来|处理|解决|核实|反映|投诉|举报|咨询|来电|居民|市民|住户|业主|群众|老百姓|谢谢|感谢|多次|"
    "一下|一直|已经|现在|目前|今天|昨天|前天|最近|非常|严重|影响|问题|情况|我们|这里|那里|附近|旁边|门口|"
    "没人管|无人|大家|答复|回复|管一管|看看|存在|发现|位于|诉求人|先生|女士|致电"
)
_NOISE = re.compile(r"[^\u4e00-\u9fffa-z]+")


@dataclass(frozen=True, slots=True)
class ReadText:
    """What was read 读出要素.

    Attributes:
        places: names (`梅园小区`) and names with their number (`梅园小区#3栋`).
        marks: finer details by kind: unit, room, pole, plate.
        grams: distinct bigrams of what is left (the problem), ascending, 32-bit.
        words: the normalised text of the problem.
    """

    places: frozenset[str] = frozenset()
    marks: tuple[tuple[str, str], ...] = ()
    grams: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    words: str = ""


def read_text(text: str, address: str = "") -> ReadText:
    """Read a report's text and its address; pure and without a dictionary of places."""
    said = _with_digits(normalise(text[:MOST_CHARACTERS]))
    where = _with_digits(normalise(address[:MOST_CHARACTERS]))
    places, spans = _places(said)
    more, _spans = _places(where)
    problem = _without(said, spans)
    words = _NOISE.sub(" ", _POLITE.sub(" ", problem)).strip()
    grams = np.array(bigrams(words), np.int32)
    return ReadText(frozenset(places | more), _marks(f"{said} {where}"), grams, words)


def _places(text: str) -> tuple[set[str], list[tuple[int, int]]]:
    """Places that a text names, and where their words stand in it."""
    found: set[str] = set()
    spans: list[tuple[int, int]] = []
    name = ""
    for match in _EITHER.finditer(text):
        if match["kind"] is not None:
            if _LOOSE.search(match["left"]):
                continue
            name = match["left"] + match["kind"]
            found.add(name)
        elif name:
            built = match["unit"] not in {"号", "号院", "弄"} or name.endswith(tuple(_ESTATES))
            found.add(f"{name}#{int(match['number'])}{'栋' if built else '号'}")
        spans.append(match.span())
    return found, spans


def _marks(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for kind, pattern in _MARKS:
        match = pattern.search(text)
        if match:
            found.append((kind, match[1].lstrip("0")))
    return tuple(found)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    parts, end = [], 0
    for first, last in spans:
        parts.append(text[end:first])
        end = last
    return " ".join((*parts, text[end:]))


def _with_digits(text: str) -> str:
    """Chinese numerals before a word of counting become digits: 十二号楼 is 12号楼."""
    return _NUMERAL.sub(lambda match: str(_value(match[1])), text)


def _value(numeral: str) -> int:
    if not any(sign in numeral for sign in "十百"):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    total, digit = 0, 0
    for sign in numeral:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return total + digit
