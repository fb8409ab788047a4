"""Naming 命名: an issue in a phrase, place and matter, out of the members' own words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .messages import Message
from .wording import MASK, Worded
from .words import WORDS

#: Characters of a name.
SHORTEST, LONGEST = 8, 24
#: Characters and words of a matter.
_MATTER = (4, 12)
_MATTER_WORDS = 5
#: Share of the voices that must name a place, or an area, for it to be the issue's.
_PLACE_SHARE, _AREA_SHARE = 0.3, 0.5
_PLACELESS = "多处"
#: The name of an issue none of whose members may be quoted.
UNQUOTED = "内容不公开的同类诉求"
#: Kinds of words a matter may begin and end with.
_ENDS_WITH = ("n", "vn", "v", "an", "a", "i", "l", "j", "nz", "ng", "zg")
_DENIALS = frozenset("不没未难")
_NEVER_INSIDE = ("r", "y", "o", "e", "c")
_NEVER_ENDS = WORDS["never_bounds_matter"]
_PARTS = WORDS["parts_matter"]
_OPENING = re.compile(
    r"^(?:尊敬的?领导|请问|再次|强烈|实名|关于|对于?|针对|请求|要求|请|投诉|反映|反应|咨询|举报|建议|求助|呼吁|希望|恳请|"
    r"恳求|拜托|严查|整治|质疑|还|给|为什么|为何|为啥|[:：,，.。、!！?？\s“”\"])+"
)
_CLOSING = re.compile(
    r"(?:的?(?:相关|有关|一些|几个|若干|系列)?(?:问题|诉求|建议|咨询|投诉|情况|请求|反映|事宜|一事|举报信)|怎么办|何时解决|"
    r"(?:谁来|有没有人|到底谁|没人)管(?:一管|理)?|"
    r"请(?:政府|领导|相关部门|有关部门)?(?:尽快)?(?:解决|处理)|[吗呢啊吧了]|[:：,，.。、!！?？\s“”\"])+$"
)


@dataclass(frozen=True, slots=True)
class IssueName:
    """A name: `phrase` for people; `place` and `matter` it is made of; `area` the masked or named area."""

    phrase: str
    place: str
    matter: str
    area: str


class Background:
    """How often names and words occur among all messages, so that what is special to an issue stands out."""

    def __init__(self, worded: Sequence[Worded]) -> None:
        self.total = len(worded)
        self.names: Counter[str] = Counter(name for item in worded for name in item.names)
        self.words: Counter[str] = Counter(
            word for item in worded for word in {w for clause in item.clauses for w, _tag in clause}
        )

    def rarity(self, word: str) -> float:
        """How special a word is: 0 for one that every message holds."""
        return math.log((1 + self.total) / (1 + min(self.total, self.words.get(word, 0))))


def name_issue(messages: Sequence[Message], worded: Sequence[Worded], background: Background) -> IssueName:
    """The name of the issue that these messages are.

    Args:
        messages, worded: the members that may be quoted, in one order, which does not matter to the answer.
    """
    if not messages:
        return IssueName(UNQUOTED, _PLACELESS, "", "")
    voices = _Voices(messages)
    place = _place(worded, voices, background)
    areas = voices.shares(item.areas[:1] for item in worded)
    area = _top(areas, least=_AREA_SHARE)
    matter = _matter(worded, voices, background, place)
    head = place or area or _PLACELESS
    if area and place and area not in place and len(area) + len(place) + len(matter) <= LONGEST:
        head = area + place
    title = _title(messages, worded, voices, place, matter)
    if title and not place and area and area not in title and len(area) + len(title) <= LONGEST:
        title = area + title
    phrase = title or _joined(head, matter)
    return IssueName(phrase, place or area or _PLACELESS, matter, area)


class _Voices:
    """Shares by voice, so that one person's many messages do not name an issue."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.voice = [message.voice for message in messages]
        self.people = len(set(self.voice))

    def shares(self, terms: Iterable[Iterable[str]]) -> dict[str, float]:
        """For each term the share of people that say it."""
        said: dict[str, set[str]] = {}
        for voice, group in zip(self.voice, terms, strict=True):
            for term in group:
                said.setdefault(term, set()).add(voice)
        return {term: len(people) / self.people for term, people in said.items()}


def _top(shares: dict[str, float], *, least: float) -> str:
    best = min(shares, key=lambda term: (-shares[term], -len(term), term), default="")
    return best if best and shares[best] >= least else ""


def _place(worded: Sequence[Worded], voices: _Voices, background: Background) -> str:
    shares = voices.shares(item.names for item in worded)
    inside = Counter(name for item in worded for name in item.names)

    def weight(name: str) -> float:
        return shares[name] * (inside[name] / background.names[name]) ** 0.5 * (1 + 0.05 * len(name))

    known = [name for name, share in shares.items() if share >= _PLACE_SHARE]
    best = min(known, key=lambda name: (-weight(name), name), default="")
    longer = [n for n in known if n != best and best and best in n and shares[n] >= 0.6 * shares[best]]
    return min(longer, key=lambda name: (-len(name), name), default=best)


def _matter(worded: Sequence[Worded], voices: _Voices, background: Background, place: str) -> str:
    shares = voices.shares(set(_matters(item.clauses, place)) for item in worded)
    titled = voices.shares(set(_matters(item.clauses[: 2 if item.titles else 1], place)) for item in worded)

    def weight(words: str) -> float:
        parts = words.split(" ")
        rarity = sum(background.rarity(part) for part in parts) / len(parts)
        return (shares[words] + 2 * titled.get(words, 0)) * rarity * len(words.replace(" ", "")) ** 0.6

    ranked = sorted(shares, key=lambda words: (-weight(words), words))
    if not ranked:
        return _common_word(worded, voices, background, place)
    first = ranked[0]
    more = _second(first, ranked[1:40], shares)
    return (first + more).replace(" ", "")


def _common_word(worded: Sequence[Worded], voices: _Voices, background: Background, place: str) -> str:
    """The one word that most people say and few others, where no longer run of words is shared."""
    said = ({w for clause in item.clauses for w, tag in clause if _may_bound(w, tag)} for item in worded)
    shares = {
        w: share for w, share in voices.shares(said).items() if w not in place and share >= _PLACE_SHARE
    }
    return min(shares, key=lambda word: (-shares[word] * background.rarity(word), word), default="")


def _second(first: str, others: Sequence[str], shares: dict[str, float]) -> str:
    """Another phrase to put behind a short first one, when as many people say it and it adds something."""
    plain = first.replace(" ", "")
    for words in others:
        more = words.replace(" ", "")
        if shares[words] < 0.5 * shares[first] or len(plain) + len(more) > _MATTER[1]:
            continue
        if not set(plain) & set(more):
            return more
    return ""


def _matters(clauses: Sequence[Sequence[tuple[str, str]]], place: str) -> Iterable[str]:
    """Runs of words of a clause that could name a matter, their words parted by spaces."""
    for clause in clauses:
        for start in range(len(clause)):
            run = ""
            for end in range(start, min(len(clause), start + _MATTER_WORDS)):
                word, tag = clause[end]
                if (
                    tag in _NEVER_INSIDE
                    or word in _PARTS
                    or MASK.search(word)
                    or (len(word) > 1 and word in place)
                ):
                    break
                run = f"{run} {word}".strip()
                length = len(run.replace(" ", ""))
                if length > _MATTER[1]:
                    break
                if length >= _MATTER[0] and _may_bound(*clause[start]) and _may_end(clause, end):
                    yield run


def _may_end(clause: Sequence[tuple[str, str]], end: int) -> bool:
    """Whether a run may end with this word; one character does behind 不 or 没, as in 路灯不亮."""
    word, tag = clause[end]
    denied = end > 0 and clause[end - 1][0] in _DENIALS
    return _may_bound(word, tag) or (denied and len(word) == 1 and tag[:1] in ("a", "v"))


def _may_bound(word: str, tag: str) -> bool:
    return tag in _ENDS_WITH and word not in _NEVER_ENDS and len(word) > 1


def _title(
    messages: Sequence[Message], worded: Sequence[Worded], voices: _Voices, place: str, matter: str
) -> str:
    """The title that says most of what all say, cleaned of address and question; empty if none fits."""
    pairs = voices.shares({a + b for a, b in pairwise(m.headline)} for m in messages)

    def weight(title: str) -> float:
        own = {a + b for a, b in pairwise(title)}
        return sum(pairs.get(pair, 0) - 0.15 for pair in own)

    named = {name for item in worded for name in item.names} if not place else set()

    def fits(title: str) -> bool:
        return (
            SHORTEST <= len(title) <= LONGEST
            and (not place or place in title)
            and not any(name in title for name in named)
            and any(matter[i : i + 2] in title for i in range(len(matter) - 1))
        )

    cleaned = {cleaned_title(message.headline) for message in messages}
    return min((t for t in cleaned if fits(t)), key=lambda t: (-weight(t), t), default="")


def cleaned_title(title: str) -> str:
    """A title without its form of address, its verb of complaint and its closing question.

    >>> cleaned_title("投诉A市伊景园滨河苑捆绑销售车位的问题")
    'A市伊景园滨河苑捆绑销售车位'
    """
    plain = re.sub(r"\s+", "", title)
    return _CLOSING.sub("", _OPENING.sub("", plain))


def _joined(head: str, matter: str) -> str:
    phrase = head + matter
    if len(phrase) < SHORTEST:
        phrase += "问题集中反映" if matter else "同类诉求集中"
    return phrase[:LONGEST]
