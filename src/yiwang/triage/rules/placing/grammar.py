"""The grammar of addresses 地址文法: what roads, estates, buildings and rooms look like in any text.

It reads without training: roads by their endings with the numbers behind them, estates by theirs, then
building, unit, floor and room; it also finds where in a report the address stands. Names of the city's own
come from a `NameScanner` and win over patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from .characters import NUMERALS, folded
from .scanner import Mark, NameScanner

#: Characters that no name goes across: small words, and signs.
_STOP = (
    "我你您他她它咱们的在住是于到从请问有没被把将了着过和与跟及或、，。；：！？,.;:!?（）"
    "()【】《》“”\"'\\s这那就很又还也来去给让向距离即每叫找说往因为但"
)
_RELATION = (
    "交叉口|交汇处|交界处|十字路口|丁字路口|路口|斜对面|正对面|对面|隔壁|旁边|附近|后面|背后|前面|门口"
)
#: Small words where they belong to a name: 和平, 颐和, 向阳, 来凤.
_NAMED = (
    "和(?=[平谐睦燕园苑熙悦顺风])|(?<=[永祥人太仁颐泰瑞亲义])和|向(?=[阳荣])|来(?=[安凤燕])|"
    "(?<=[道镇区市乡村县])和"
)
#: Words that stand before a name and are no part of it.
_BEFORE = (
    "反映|反应|举报|投诉|咨询|请求|建议|希望|发现|看到|听到|家住|地址|昨天|今天|今早|"
    "昨晚|晚上|早上|上午|下午|凌晨|最近|近期|麻烦"
)
_H = f"(?:(?!{_BEFORE}|{_RELATION}|旁)(?:[^{_STOP}\\dA-Za-z#\\-]|{_NAMED}))"
_N = f"(?:\\d+(?:[-/之]\\d+)*|[{NUMERALS}]+)"
_ROADS = "大道|大街|公路|环路|路|街|巷|胡同|支弄"
_ESTATES = (
    "小区|花园|花苑|家园|公寓|大厦|广场|新村|小学|中学|幼儿园|医院|学校|大学|商场|市场|菜场|超市|酒店|宾馆|饭店|公园|"
    "地铁站|火车站|汽车站|公交站|工业园|产业园|科技园|写字楼|商务中心|中心|银行|派出所|名苑|雅苑|佳苑|苑|山庄|名城|新城|花城|府|"
    "华庭|雅居|新寓|家苑|嘉园|庭院|里"
)
_TAG_OF_UNIT = {
    "号楼": "houseno", "幢": "houseno", "栋": "houseno", "座": "houseno", "号院": "roadno", "号": "roadno",
    "弄": "roadno", "支弄": "subroadno", "单元": "cellno", "门": "cellno", "楼": "floorno", "层": "floorno",
    "室": "roomno",
}  # fmt: skip
#: Words that end like a road but name none.
_NO_ROADS = frozenset(
    """
    马路 道路 公路 大街 大路 小路 小巷 街巷 一路 走路 修路 堵路 占路 出路 路路 铁路 让路 通路 断路 水路
    电路 线路 街路 半路 主路 辅路 支路 岔路 上路 逛街 后街 十字路 道路两 非机动车道路 人行道路 高速公路
    高速路 环路 机动车路 村路 土路 泥路 老路 新路 背街 同路 沿街 沿路 两条路 整条街 整条路 一条路 条路 条街
    路街
    """.split()  # noqa: SIM905 - a list of words is read as words
)
_NO_PLACES = frozenset(
    """
    市中心 社区 村 小区 花园 广场 公园 学校 医院 超市 市场 菜场 酒店 宾馆 饭店 中心 银行 商场 派出所 本小区
    整个小区 我们小区 一个小区 老小区 小区里 居民小区 服务中心 夜里 家里 屋里 路里 楼里 公里 政府 市政府
    区政府
    """.split()  # noqa: SIM905
)
_STRONG = frozenset({"road", "roadno", "poi", "town", "community", "district", "houseno"})
_WEIGHT = {"road": 2, "roadno": 2, "poi": 1.5, "houseno": 1.5, "town": 2, "community": 2, "district": 1.5,
           "city": 1.5, "prov": 1.5, "cellno": 1, "roomno": 1, "floorno": 0.5}  # fmt: skip
_AFTER_HOUSE = frozenset({"houseno", "cellno", "floorno"})
_DIVISIONS = frozenset({"prov", "city", "district", "devzone", "town", "community"})
_NAME_SIGN = re.compile(_H)
#: Words before a name, and those that put a place beside another.
_LEADS = tuple(f"{_BEFORE}|{_RELATION}".split("|"))
#: Longest unnamed stretch inside one address, such as an estate whose name has no ending.
_LONGEST_GAP = 6
_GAP = re.compile(f"(?:[，,、 ]|{_H}){{0,{_LONGEST_GAP}}}")


@cache
def _pattern() -> re.Pattern[str]:
    """Everything that a text can say of a place; a tenth of a second to compile."""
    return re.compile(
        f"(?P<lead>{_BEFORE})|(?P<number>{_N})(?P<unit>号楼|号院|支弄|单元|幢|栋|座|号|弄|楼|层|室|门)"
        f"|(?P<letter>[A-Za-z]\\d?)(?P<wing>座|栋|幢|区|单元)"
        f"|(?P<assist>{_RELATION}|旁|[东南西北]{{1,2}}侧|往[东南西北]{{1,2}}\\d*米?|[与跟]|和(?![平谐睦燕园苑熙悦顺风]))"
        f"|(?P<district>{_H}{{1,3}}?(?:自治县|[区县市]))(?=[^{_STOP}域民政长]{{1,6}}(?:街道|镇|乡|路|大道|街))"
        f"|(?P<town>{_H}{{1,6}}?(?:街道|镇|乡))(?!里|下|亲|办)"
        f"|(?P<community>{_H}{{2,6}}?(?:社区|行政村|村委会|居委会|村))(?!民|里|干)"
        f"|(?P<road>{_H}{{1,8}}?(?:[巷街里弄](?=大道|大街|街|路(?![灯面口牌上边])))?(?:{_ROADS}))"
        f"|(?P<poi>{_H}{{2,10}}?(?:{_ESTATES})+)"
        f"|(?P<bare>{_N})"
    )


def marks_of(text: str, scanner: NameScanner) -> list[Mark]:
    """What names and patterns recognise in a text, from left to right, without overlap.

    Args:
        text: folded.
    """
    known = _standing_alone(text, list(scanner.scan(text)))
    found: list[Mark] = []
    place = 0
    for mark in [*known, Mark(len(text), len(text), "")]:
        if place < mark.start:
            _read_patterns(text, place, mark.start, found)
        if mark.tag:
            found.append(mark)
        place = mark.end
    return found


def _standing_alone(text: str, known: list[Mark]) -> list[Mark]:
    """Names that nothing runs into: 桥北路 within 大桥北路 is not taken for the road of that name."""
    kept: list[Mark] = []
    for mark in known:
        after = kept[-1].end if kept else 0
        is_free = mark.start == after or mark.tag in _DIVISIONS
        is_free = is_free or _NAME_SIGN.fullmatch(text[mark.start - 1]) is None
        if is_free or any(text.endswith(words, after, mark.start) for words in _LEADS):
            kept.append(mark)
    return kept


def _read_patterns(text: str, start: int, end: int, found: list[Mark]) -> None:
    for match in _pattern().finditer(text, start, end):
        mark = _mark(match, found[-1] if found else None)
        if mark is not None:
            found.append(mark)


def _mark(match: re.Match[str], before: Mark | None) -> Mark | None:
    kind = match.lastgroup or ""
    last = before.tag if before is not None and match.start() - before.end <= 1 else ""
    if kind in ("unit", "wing"):
        return _numbered(match, last)
    if kind == "bare":
        return _bare(match, last)
    if kind == "lead":
        return None
    name = match[0]
    if (kind == "road" and name in _NO_ROADS) or (kind in ("poi", "community") and name in _NO_PLACES):
        return None
    return Mark(match.start(), match.end(), kind)


def _numbered(match: re.Match[str], last: str) -> Mark | None:
    """A number with its unit; 号 is a house within an estate or a lane, a floor needs something before."""
    unit = match["unit"] or match["wing"]
    tag = _TAG_OF_UNIT.get(unit, "subpoi")
    if unit == "号" and last in ("poi", "subpoi", "community", "roadno"):
        tag = "houseno" if last != "community" else "roadno"
    elif unit == "号" and last in ("houseno", "cellno"):
        tag = "cellno" if last == "houseno" else "roomno"
    elif (unit in ("楼", "层", "门", "座", "区") and not last) or (unit == "号" and not last):
        return None
    return Mark(match.start(), match.end(), tag)


def _bare(match: re.Match[str], last: str) -> Mark | None:
    """A number without a unit: after a road its number, after a building its room."""
    if match[0][0] in NUMERALS:
        return None
    tag = {"road": "roadno", "poi": "houseno", "subpoi": "houseno"}.get(last)
    tag = "roomno" if last in _AFTER_HOUSE else tag
    return Mark(match.start(), match.end(), tag) if tag else None


def segment_of(text: str, marks: Sequence[Mark]) -> tuple[int, int] | None:
    """Where in the text its address stands: the weightiest run of marks with small gaps; None without one."""
    best, best_weight = None, 0.0
    run: list[Mark] = []
    for mark in [*marks, None]:
        if mark is not None and (not run or _joins(text, run[-1], mark)):
            run.append(mark)
            continue
        weight = _weight(run)
        if weight > best_weight:
            best, best_weight = (run[0].start, run[-1].end), weight
        run = [mark] if mark is not None else []
    return best


def _joins(text: str, before: Mark, after: Mark) -> bool:
    if after.start == before.end:
        return True
    gap = text[before.end : after.start]
    if after.tag in ("assist",) or before.tag == "assist":
        return len(gap) <= 1
    return len(gap) <= _LONGEST_GAP and _GAP.fullmatch(gap) is not None


def _weight(run: Sequence[Mark]) -> float:
    if not any(mark.tag in _STRONG or mark.known for mark in run):
        return 0.0
    return sum(_WEIGHT.get(mark.tag, 0.0) + (0.5 if mark.known else 0.0) for mark in run)


def read_by_grammar(text: str, marks: Sequence[Mark]) -> list[tuple[int, int, str]]:
    """Parts of a text that is an address through and through: the marks, and what lies between them."""
    found: list[tuple[int, int, str]] = []
    place = 0
    for mark in [*marks, Mark(len(text), len(text), "")]:
        if place < mark.start:
            _read_gap(text, place, mark.start, found)
        if mark.tag:
            found.append((mark.start, mark.end, mark.tag))
        place = mark.end
    return found


def _read_gap(text: str, start: int, end: int, found: list[tuple[int, int, str]]) -> None:
    """An unrecognised stretch: names become a place, signs between numbers are redundant."""
    gap = text[start:end]
    if not any(sign.isalnum() for sign in gap):
        tag = "redundant"
    elif found and found[-1][2] in ("houseno", "cellno", "floorno", "roomno"):
        tag = "person" if not gap.isascii() else "roomno"
    elif found and found[-1][2] == "poi":
        tag = "subpoi"
    else:
        tag = "poi"
    found.append((start, end, tag))


def grammar_reader(scanner: NameScanner) -> Callable[[Sequence[str]], list[tuple[int, int, str]]]:
    """A reader of addresses given as tokens, without any training."""

    def read(tokens: Sequence[str]) -> list[tuple[int, int, str]]:
        text = folded("".join(tokens))
        spans = read_by_grammar(text, marks_of(text, scanner))
        return _as_tokens(tokens, spans)

    return read


def _as_tokens(tokens: Sequence[str], spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Parts in characters as parts in tokens; a token belongs to the part that it begins in."""
    owner: list[int] = []
    for number, (start, end, _) in enumerate(spans):
        owner += [number] * (end - start)
    found: list[tuple[int, int, str]] = []
    place, previous = 0, -1
    for number, token in enumerate(tokens):
        part = owner[place] if place < len(owner) else previous
        if part == previous and found:
            found[-1] = (found[-1][0], number + 1, found[-1][2])
        else:
            found.append((number, number + 1, spans[part][2]))
        place, previous = place + len(token), part
    return found
