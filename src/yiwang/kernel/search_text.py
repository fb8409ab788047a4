"""Search text 检索文本: normalised text, its bigrams as integers, and tokens for areas.

Two characters give no usable trigram in Chinese, so a text is indexed by every pair of neighbouring
UTF-16 units, each pair packed into one signed 32-bit integer (exact, no hashing). Area tokens share the
same integers; a rare clash only makes a candidate that the exact check refuses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

_SIGN = 1 << 31
_SPACE = 32


def normalise(text: str) -> str:
    """NFKC, lower case, every run of white space as one space.

    Example: full-width letters and an ideographic space before 路灯 become `"ab 路灯"`.
    """
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def bigrams(normalised: str) -> list[int]:
    """The distinct bigrams of a normalised text as signed 32-bit integers, ascending; none across a space."""
    if len(normalised) < 2:
        return []
    units = np.frombuffer(normalised.encode("utf-16-le", "surrogatepass"), dtype="<u2").astype(np.uint32)
    left, right = units[:-1], units[1:]
    packed = ((left << 16) | right)[(left != _SPACE) & (right != _SPACE)]
    return sorted(set(packed.view(np.int32).tolist()))


def area_token(key: UUID) -> int:
    """One signed 32-bit integer for an area, from the random bits of its key."""
    value = (key.int ^ (key.int >> 61)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= _SIGN else value


def index_grams(normalised: str, areas: Iterable[UUID | None]) -> list[int]:
    """What is stored for a case: its bigrams and a token for each of its areas."""
    return bigrams(normalised) + [area_token(key) for key in areas if key is not None]


def many_index_grams(
    normalised: Sequence[str], areas: Sequence[Iterable[UUID | None]]
) -> list[NDArray[np.int32]]:
    """`index_grams` of many texts in one pass: joined by spaces, across which there are no bigrams."""
    spelt = [text.encode("utf-16-le", "surrogatepass") if len(text) > 1 else b"" for text in normalised]
    units = np.frombuffer(b" \0".join(spelt) + b" \0", dtype="<u2").astype(np.uint32)
    left, right = units[:-1], units[1:]
    inside = (left != _SPACE) & (right != _SPACE)
    owner = np.repeat(np.arange(len(spelt), dtype=np.int64), [len(raw) // 2 + 1 for raw in spelt])[:-1]
    packed = ((left << 16) | right)[inside].view(np.int32).astype(np.int64) + _SIGN
    keys = np.unique(owner[inside] << 32 | packed)
    grams = ((keys & 0xFFFFFFFF) - _SIGN).astype(np.int32)
    ends = np.searchsorted(keys >> 32, np.arange(len(spelt)), side="right").tolist()
    found, start = [], 0
    for end, named in zip(ends, areas, strict=True):
        tokens = [area_token(key) for key in named if key is not None]
        found.append(np.concatenate((grams[start:end], np.array(tokens, dtype=np.int32))))
        start = end
    return found
