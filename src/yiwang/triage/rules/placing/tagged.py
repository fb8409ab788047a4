"""Tagged addresses 标注地址: the file format, its spans, and how well two taggings agree.

One token and its tag a line, parted by white space, an empty line between addresses. A token is a character
or a run of Latin letters and digits. Tags begin with `B-` at the first token of a part and with `I-` inside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Tags of the parts of an address, from the country to remarks.
TAGS = (
    "country", "prov", "city", "district", "devzone", "town", "community", "road", "subroad", "roadno",
    "subroadno", "poi", "subpoi", "houseno", "cellno", "floorno", "roomno", "person", "assist",
    "redundant", "otherinfo",
)  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9\uff21-\uff3a\uff41-\uff5a\uff10-\uff19]+|\S")
#: One part: first token, token after the last, tag.
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class TaggedAddress:
    """One address, token by token, with `B-`/`I-` tags in lower case."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def spans(self) -> list[Span]:
        """Its parts in their order."""
        return spans_of(self.tags)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a reading agrees with the truth 标注一致程度: exact spans with the same tag.

    Attributes:
        span_f1: over all tags; by_tag: of each tag in the truth.
        counts: parts of each tag in the truth.
    """

    span_f1: float
    by_tag: dict[str, float]
    counts: dict[str, int]


def tokens_of(text: str) -> list[str]:
    """Tokens of a text; white space parts them and is no token."""
    return _TOKEN.findall(text)


def read_tagged(text: str) -> list[TaggedAddress]:
    """Addresses of a tagged file; a line without a tag counts as `O`.

    Raises:
        ValueError: names the first line whose tag is unknown.
    """
    found: list[TaggedAddress] = []
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        cells = line.split()
        if cells:
            tokens.append(cells[0])
            tags.append(_tag(cells[-1], number) if len(cells) > 1 else "O")
        elif tokens:
            found.append(TaggedAddress(tuple(tokens), tuple(tags)))
            tokens, tags = [], []
    if tokens:
        found.append(TaggedAddress(tuple(tokens), tuple(tags)))
    return found


def _tag(cell: str, line: int) -> str:
    if cell.upper() == "O":
        return "O"
    head, _, name = cell.partition("-")
    if head.upper() not in {"B", "I", "E", "S"} or name.lower() not in TAGS:
        raise ValueError(f"第 {line} 行的标签“{cell}”不在标签表内。")
    return ("B-" if head.upper() in {"B", "S"} else "I-") + name.lower()


def spans_of(tags: Sequence[str]) -> list[Span]:
    """Parts of a row of `B-`/`I-`/`O` tags; an `I-` that continues nothing begins a part."""
    found: list[Span] = []
    start, name = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        if tag.startswith("I-") and tag[2:] == name:
            continue
        if name:
            found.append((start, place, name))
        start, name = place, tag[2:] if tag != "O" else ""
    return found


def tags_of(spans: Iterable[Span], length: int) -> list[str]:
    """The row of `B-`/`I-` tags of parts."""
    tags = ["O"] * length
    for start, end, name in spans:
        tags[start] = f"B-{name}"
        tags[start + 1 : end] = [f"I-{name}"] * (end - start - 1)
    return tags


def agreement(truth: Sequence[Sequence[Span]], read: Sequence[Sequence[Span]]) -> Agreement:
    """Exact-span F1 of readings against the truth, over all parts and by tag."""
    true, said, both = Counter[str](), Counter[str](), Counter[str]()
    for right, guess in zip(truth, read, strict=True):
        true.update(name for *_, name in right)
        said.update(name for *_, name in guess)
        both.update(name for *_, name in set(right) & set(guess))
    by_tag = {name: _f1(both[name], true[name], said[name]) for name in TAGS if true[name]}
    total = _f1(both.total(), true.total(), said.total())
    return Agreement(total, by_tag, {name: true[name] for name in TAGS if true[name]})


def _f1(both: int, true: int, said: int) -> float:
    return 2 * both / (true + said) if true + said else 0.0
