"""Wording 用词: the words of a message, the names of places and companies in it, and what says nothing.

No list of names: a name is whatever nouns stand before a word such as 小区, 路, 公司; how often the same
name comes back in other messages decides whether it counts. Masked areas (A市, A7县, 西地省) are areas.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import rjieba

from .messages import Message
from .words import WORDS

#: Characters of a message's text that are read: what it is about stands in its beginning.
READ = 300
MASK = re.compile(r"西地省|[A-Z]\d{0,2}[市区县州]")
_AREA_WORD = re.compile(r"[\u4e00-\u9fff]{2,5}[市区县州]|[\u4e00-\u9fff]{2,3}自治[区县州]")
_BREAK = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]+")
#: Forms of address, politeness and complaint: they say nothing of the matter.
BOILER_PLATE = re.compile(
    r"尊敬的?[\u4e00-\u9fff]{0,8}?(?:领导|书记|市长|局长|厅长|县长|区长|主任|同志|政府)(?:们)?|"
    r"(?:各位|相关|有关|上级|政府)?领导(?:们)?|(?:胡|张|王|李|刘|陈)?(?:书记|市长|厅长|局长|县长|区长)|"
    r"您们好|您好|你们好|你好|请问(?:一下)?|麻烦|谢谢|感谢|此致|敬礼|恳请|恳求|请求|希望|强烈要求|要求|"
    r"投诉|举报|反映|反应|咨询|建议|求助|关于|(?:相关|有关|政府|职能)部门|尽快(?:解决|处理)?|予以|给予|"
    r"给个说法|百忙之中|我们是|我是|本人|一名|一位|情况如下|问题如下|如下|问题|解决|处理|回复|答复|怎么办|为什么"
)
#: Words that a name of a place or a company ends with, longest first.
_ENDS = tuple(sorted(WORDS["name_ends"], key=lambda end: (-len(end), end)))
#: Nouns that never begin a name, and whole words that look like a name but are none.
_STOPPERS = WORDS["before_names"]
_COMMON_NAMES = WORDS["no_names"]
#: Kinds of words a name is made of (rjieba's tags): nouns, names, abbreviations, numbers, foreign letters.
_NAME_TAGS = frozenset(
    {"n", "nr", "ns", "nt", "nz", "ng", "nrt", "nrfg", "j", "b", "s", "eng", "zg", "m", "l", "i", "x"}
    | {"vn", "a", "z", "tg", "vg", "ag", "f"}
)
#: Verbs that streets and schools are named after; what parts a name from the words before it.
_NAMING_VERBS = WORDS["naming_verbs"]
_PARTING = WORDS["parting"]
_WHOLE = re.compile(r".*(?:街道|大道|[路镇乡村街]|社区)")
_LONGEST_NAME, _SHORTEST_NAME = 10, 3
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Worded:
    """A message in words.

    Attributes:
        plain: title and text without areas, boiler-plate and marks, broken into clauses.
        titles: how many pieces of `plain` are the title's.
        clauses: of title and text in their order, as (word, tag).
        names: names of places and companies in it, each with its shorter forms, in order of appearance.
        areas: areas named in it, most often named first.
    """

    plain: tuple[str, ...]
    titles: int
    clauses: tuple[tuple[tuple[str, str], ...], ...]
    names: tuple[str, ...]
    areas: tuple[str, ...]


def word(message: Message) -> Worded:
    """Read one message."""
    title = _clean(message.title)
    text = _clean(message.text[: READ * 2])[:READ]
    areas = MASK.findall(title) + MASK.findall(text)
    names: dict[str, None] = {}
    clauses: list[tuple[tuple[str, str], ...]] = []
    plain: list[str] = []
    titles = 0
    for part in (title, text):
        for clause in _BREAK.split(MASK.sub("，", part)):
            tagged = tuple(rjieba.tag(clause, hmm=False)) if clause else ()
            if not tagged:
                continue
            areas += [w for w, tag in tagged if tag == "ns" and _AREA_WORD.fullmatch(w)]
            named = _names(tagged)
            names.update(dict.fromkeys(named))
            clauses.append(tagged)
            plain += _said(clause, named)
        titles = len(plain) if part is title and title else titles
    ranked = sorted(dict.fromkeys(areas), key=lambda name: (-areas.count(name), areas.index(name)))
    known = (message.area,) if message.area else ()
    return Worded(tuple(plain), titles, tuple(clauses), tuple(names), (*known, *ranked))


def _said(clause: str, named: list[str]) -> list[str]:
    """What a clause says beside names and boiler-plate."""
    for name in sorted(named, key=len):
        clause = clause.replace(name, "，")
    return [piece for piece in _BREAK.split(BOILER_PLATE.sub("，", clause)) if piece]


def _clean(text: str) -> str:
    return re.sub(r"[\s\u3000]+", " ", unicodedata.normalize("NFKC", text)).strip()


def _names(tagged: tuple[tuple[str, str], ...]) -> list[str]:
    found = []
    for index, (last, _tag) in enumerate(tagged):
        end = next((e for e in _ENDS if last.endswith(e)), "")
        if not end or (last in _STOPPERS and len(last) > len(end)):
            continue
        name, forms = last, []
        if _is_name(name, end):
            forms.append(name)
        for before in range(index - 1, max(-1, index - 1 - _MOST_WORDS), -1):
            earlier, tag = tagged[before]
            if (
                _WHOLE.fullmatch(earlier)
                or not _continues(earlier, tag)
                or len(earlier) + len(name) > _LONGEST_NAME
            ):
                break
            name = earlier + name
            if _is_name(name, end) and tag not in {"f", "m"}:
                forms.append(name)
        found += forms
    return found


def _continues(earlier: str, tag: str) -> bool:
    if len(earlier) == 1:
        return earlier not in _PARTING
    return earlier not in _STOPPERS and (tag in _NAME_TAGS or earlier in _NAMING_VERBS)


def _is_name(name: str, end: str) -> bool:
    body = name[: -len(end)]
    return (
        len(name) >= _SHORTEST_NAME
        and name not in _STOPPERS
        and len(body) >= (2 if len(end) <= 2 else 1)
        and name not in _COMMON_NAMES
        and body not in _STOPPERS
        and (not body.isdigit() or end == "路")
    )
