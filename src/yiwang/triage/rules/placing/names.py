"""Names of roads and estates 路名和小区名: as they are known, and with a sign mistyped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

#: Signs that tell one name from its neighbour; two names that differ in them are two places.
_TELLING = frozenset("东南西北中上下前后左右内外新老大小一二三四五六七八九十甲乙丙丁ABCDEFabcdef0123456789")
#: Shorter names must be written as they are; longer ones are found by their rare pairs of signs.
SHORTEST_FUZZY, LONGEST_DELETED = 3, 6
_LEAST_ALIKE = 75.0
_MOST_NEAR = 5
_RAREST = 3
_MOST_IN_PAIR = 2_000


class NameBook:
    """All names of an address base, numbered.

    Args:
        names: the names; the number of each is its place.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._deleted: dict[str, list[int]] = {}
        self._pairs: dict[str, list[int]] = {}
        for number, name in enumerate(self.names):
            if SHORTEST_FUZZY <= len(name) <= LONGEST_DELETED:
                for shorter in _deletions(name):
                    self._deleted.setdefault(shorter, []).append(number)
            elif len(name) > LONGEST_DELETED:
                for pair in {name[i : i + 2] for i in range(len(name) - 1)}:
                    self._pairs.setdefault(pair, []).append(number)
        self._near = lru_cache(maxsize=4_096)(self._find_near)

    def exact(self, name: str) -> int | None:
        """Number of a name; None for an unknown one."""
        return self._numbers.get(name)

    def ending(self, words: str) -> int | None:
        """The longest known name that the words end with, for words that run into a name."""
        for start in range(1, len(words) - SHORTEST_FUZZY + 1):
            number = self._numbers.get(words[start:])
            if number is not None:
                return number
        return None

    def near(self, name: str) -> tuple[tuple[int, float], ...]:
        """Names that may be meant when a name is mistyped, with their likeness of 0 to 1, best first."""
        return self._near(name)

    def _find_near(self, name: str) -> tuple[tuple[int, float], ...]:
        if len(name) < SHORTEST_FUZZY:
            return ()
        found: set[int] = set()
        if len(name) <= LONGEST_DELETED + 1:
            for shorter in _deletions(name):
                found.update(self._deleted.get(shorter, ()))
        pairs = sorted(
            (len(self._pairs.get(p, ())), p) for p in {name[i : i + 2] for i in range(len(name) - 1)}
        )
        for count, pair in [one for one in pairs if one[0]][:_RAREST]:
            if count <= _MOST_IN_PAIR:
                found.update(self._pairs[pair])
        if not found:
            return ()
        choices = {number: self.names[number] for number in sorted(found)}
        likely = process.extract(
            name, choices, scorer=Levenshtein.normalized_similarity, score_cutoff=_LEAST_ALIKE / 100 - 0.1,
            limit=4 * _MOST_NEAR,
        )  # fmt: skip
        kept = [(number, score) for other, score, number in likely if _may_be_typing_error(name, other)]
        return tuple(kept[:_MOST_NEAR])


def _deletions(name: str) -> set[str]:
    """The name and all it becomes without one sign."""
    return {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}


def _may_be_typing_error(said: str, other: str) -> bool:
    """Whether two names differ by mistyping: few signs, none of them one that tells places apart."""
    edits = Levenshtein.editops(said, other)
    if not edits or len(edits) > (1 if len(other) <= LONGEST_DELETED else 2):
        return not edits
    for edit in edits:
        changed = said[edit.src_pos] if edit.tag != "insert" else ""
        changed += other[edit.dest_pos] if edit.tag != "delete" else ""
        if any(sign in _TELLING for sign in changed):
            return False
    return True
