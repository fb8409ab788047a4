"""Wordings 说法: how residents say a problem, read from this project's own text files.

Every class and every phrase belongs to one of two halves: `t`, from which weights are learned, and `e`, on
which figures are measured. No wording stands in both, and classes without `t` are held out wholly.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from uuid import NAMESPACE_URL, UUID, uuid5


class Half(StrEnum):
    """Half 说法分组: which half of the wordings is spoken, the learned or the measured."""

    TRAIN = "t"
    TEST = "e"


@dataclass(frozen=True, slots=True)
class SpokenClass:
    """One class of problems 问题类别 as the generator speaks it.

    Attributes:
        where: `road`, `estate` or `both`.
        mark: the finer detail that tells two of them in one house apart: `unit`, `room` or empty.
        wordings: clauses by half.
    """

    name: str
    family: str
    where: str
    mark: str
    wordings: Mapping[str, tuple[str, ...]]

    @property
    def id(self) -> UUID:
        """A key of its own, equal in every run."""
        return uuid5(NAMESPACE_URL, f"repeats/{self.name}")

    @property
    def family_number(self) -> int:
        """Scheme 1 and 16 bits for its family."""
        return 1 << 16 | uuid5(NAMESPACE_URL, f"repeats/family/{self.family}").int & 0xFFFF

    @property
    def is_held_out(self) -> bool:
        """Whether no wording of it is learned from."""
        return not self.wordings.get(Half.TRAIN)


@functools.cache
def spoken_classes() -> tuple[SpokenClass, ...]:
    """All classes, in the order of the file."""
    found: list[SpokenClass] = []
    for block in _text("wordings.txt").split("\n= ")[1:]:
        head, *lines = block.strip().splitlines()
        name, family, where = (part.strip() for part in head.split("|"))
        said: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            half, _, words = line.partition(" ")
            said[half].append(words)
        mark = "".join(said.pop("+", ()))
        wordings = {half: tuple(words) for half, words in said.items()}
        found.append(SpokenClass(name, family, where, mark, wordings))
    return tuple(found)


@functools.cache
def phrases(part: str, half: str) -> tuple[str, ...]:
    """Openings, details or requests (`open`, `detail`, `ask`) of a half; some are empty."""
    lines = [line.split(" ", 2) for line in _text("phrases.txt").splitlines() if not line.startswith("#")]
    return tuple((line[2] if len(line) > 2 else "") for line in lines if line[:2] == [part, half])


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
