"""Patterns 正则表达式: whether one that an integrator wrote could keep the intake busy for hours.

Python's engine goes back over what it has tried: a repetition within a repetition takes time that doubles
with every character, and each further open repetition multiplies it by the length of the text.
"""

from __future__ import annotations

from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: Repetitions without an end that one pattern may have, and repetitions from which on one counts as such.
MOST_OPEN, MANY = 3, 100
_REPEATS = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT})


def is_slow(pattern: str) -> bool:
    """Whether a pattern that compiles holds a repetition within another, or too many open ones."""
    found = _open_repeats(parser.parse(pattern), inside=False)
    return found is None or found > MOST_OPEN


def _open_repeats(node: Any, *, inside: bool) -> int | None:
    """How many open repetitions a part holds; None when one holds another that varies."""
    total = 0
    for code, argument in node:
        if code in _REPEATS:
            low, high, inner = argument
            is_open = high >= MANY
            if inside and high != low:
                return None
            found = _open_repeats(inner, inside=inside or is_open)
            count = None if found is None else found + is_open
        else:
            count = _within(argument, inside=inside)
        if count is None:
            return None
        total += count
    return total


def _within(argument: Any, *, inside: bool) -> int | None:
    """The same of the parts that groups, branches and look-arounds hold."""
    if isinstance(argument, parser.SubPattern):
        return _open_repeats(argument, inside=inside)
    total = 0
    if isinstance(argument, (tuple, list)):
        for part in argument:
            found = _within(part, inside=inside)
            if found is None:
                return None
            total += found
    return total
