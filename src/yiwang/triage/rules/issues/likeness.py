"""Likeness 相近程度: how near two messages are, from their words and from the places they name.

Words: characters in pairs, weighted by rarity (tf-idf). Places: the names in both, weighted by rarity.
The same place alone is not the same issue, and the same matter at two named places is two issues: the
place counts in full only when the words have something in common as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags

from .wording import MASK, Worded

#: Pairs of characters in more than this share of the messages (and in more than `COMMON_LEAST`) say nothing.
COMMON_SHARE, COMMON_LEAST = 0.08, 40
#: A name in more than this share of the messages (and in more than `COMMON_LEAST`) is a city, not a place.
NAME_SHARE = 0.04
#: Cosine of the words at which the same place counts in full, and of the places at which it is the same.
SAME_WORDS, SAME_PLACE = 0.08, 0.5
#: Weight of the words when both name the same place, when one names none, and when they name two.
WITH_PLACE, WITHOUT_PLACE, OTHER_PLACE = 0.5, 0.85, 0.18
#: What is left of the likeness of two messages from two districts that name no place in common.
OTHER_DISTRICT = 0.25
#: Likeness below this is not kept.
LEAST = 0.1
#: A name behind so many different words is a kind of place; one in so few messages says nothing of cities.
MANY_HEADS, FEW_HEADS = 5, 3
#: Share of its messages that must name the same city for a name to be of one place.
MAIN_CITY = 0.6
_TITLE_WEIGHT = 3.0
_ROWS = 512
_DISTRICT = re.compile(r"[A-Z]\d+[市区县州]|[\u4e00-\u9fff]+[区县]|[\u4e00-\u9fff]+街道")
Sparse = Any


def likeness(worded: Sequence[Worded]) -> Sparse:
    """Likeness of every pair, 0 to 1, sparse and symmetric, shape (n, n), without the diagonal.

    Costs about 3 s for 5,000 messages on one core.
    """
    kinds = kinds_of_place(worded)
    words, places = _word_vectors(worded), _place_vectors(worded, kinds)
    names = _name_matrix(worded)
    places_across = places.T.tocsr()
    words_across = words.T.tocsr()
    names_across = names.T.tocsr()
    named = np.array([bool(item.names) for item in worded], bool)
    districts = _district_codes(worded)
    parts = []
    for start in range(0, len(worded), _ROWS):
        rows = slice(start, min(start + _ROWS, len(worded)))
        shared = (places[rows] @ places_across).toarray()
        other = named[rows, None] & named & ((names[rows] @ names_across).toarray() == 0)
        near = _near((words[rows] @ words_across).toarray(), shared, other)
        apart = (districts[rows, None] != districts) & (districts[rows, None] > 0) & (districts > 0)
        near[apart & (shared == 0)] *= OTHER_DISTRICT
        near[np.arange(len(near)), np.arange(rows.start, rows.stop)] = 0
        row, column = np.nonzero(near >= LEAST)
        parts.append((row + start, column, near[row, column].astype(np.float32)))
    if not parts:
        return csr_matrix((0, 0), dtype=np.float32)
    row, column, value = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return csr_matrix((value, (row, column)), shape=(len(worded), len(worded)))


def _near(words: Any, places: Any, other: Any) -> Any:
    same = np.minimum(1.0, places / SAME_PLACE) * np.minimum(1.0, words / SAME_WORDS)
    weight = np.where(other, OTHER_PLACE, WITHOUT_PLACE)
    return np.maximum(weight * words, (WITH_PLACE * words + (1 - WITH_PLACE) * same) * (places > 0))


def _word_vectors(worded: Sequence[Worded]) -> Sparse:
    bags = []
    for item in worded:
        bag: dict[str, float] = {}
        for place, clause in enumerate(item.plain):
            weight = _TITLE_WEIGHT if place < item.titles else 1.0
            for pair in map("".join, pairwise(clause)):
                bag[pair] = bag.get(pair, 0.0) + weight
        bags.append(bag)
    return _weighted(bags, most=max(COMMON_LEAST, COMMON_SHARE * len(bags)), rare=True)


def _district_codes(worded: Sequence[Worded]) -> Any:
    """A number for the district that a message names first; 0 for none (a city alone is none)."""
    firsts = [next((a for a in item.areas if _DISTRICT.fullmatch(a)), "") for item in worded]
    index = {name: number for number, name in enumerate(sorted(set(firsts) - {""}), start=1)}
    return np.array([index.get(name, 0) for name in firsts], np.int32)


def _place_vectors(worded: Sequence[Worded], kinds: frozenset[str]) -> Sparse:
    bags = [dict.fromkeys((name for name in item.names if name not in kinds), 1.0) for item in worded]
    return _weighted(bags, most=max(COMMON_LEAST * 2, NAME_SHARE * len(bags)), rare=False)


def _name_matrix(worded: Sequence[Worded]) -> Sparse:
    """Which message has which name, kinds of places among them; ones and zeros."""
    index = {name: n for n, name in enumerate(sorted({name for item in worded for name in item.names}))}
    row = [number for number, item in enumerate(worded) for _name in item.names]
    column = [index[name] for item in worded for name in item.names]
    shape = (len(worded), max(1, len(index)))
    return csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)


def kinds_of_place(worded: Sequence[Worded]) -> frozenset[str]:
    """Names that name a kind of place and no place: 农贸市场 stands behind many names, or in many cities."""
    heads: dict[str, set[str]] = {}
    cities: dict[str, Counter[str]] = {}
    for item in worded:
        city = item.areas[0][:1] if item.areas and MASK.fullmatch(item.areas[0]) else ""
        for name in item.names:
            heads.setdefault(name, set()).update(
                longer[: -len(name)] for longer in item.names if longer != name and longer.endswith(name)
            )
            if city:
                cities.setdefault(name, Counter())[city] += 1
    scattered = {
        name
        for name, found in cities.items()
        if found.total() >= FEW_HEADS and max(found.values()) < MAIN_CITY * found.total()
    }
    return frozenset({name for name, found in heads.items() if _is_kind(found)} | scattered)


def _is_kind(heads: set[str]) -> bool:
    """Whether the words in front of a name are many, each standing by itself and not a piece of another."""
    own = {head for head in heads if not any(head != other and head.endswith(other) for other in heads)}
    return len(own) >= MANY_HEADS


def _weighted(bags: Sequence[dict[str, float]], *, most: float, rare: bool) -> Sparse:
    """Sub-linear tf-idf in rows of length 1; terms of more than `most` messages are left out.

    Args:
        rare: whether a term of one message only makes that message less like all others.
    """
    counts: dict[str, int] = {}
    for bag in bags:
        for term in bag:
            counts[term] = counts.get(term, 0) + 1
    kept = sorted(term for term, count in counts.items() if (0 if rare else 1) < count <= most)
    index = {term: number for number, term in enumerate(kept)}
    entries = [
        (row, index[term], 1 + np.log(weight))
        for row, bag in enumerate(bags)
        for term, weight in bag.items()
        if term in index
    ]
    shape = (len(bags), max(1, len(kept)))
    if not entries:
        return csr_matrix(shape, dtype=np.float32)
    row, column, value = (np.array(part) for part in zip(*entries, strict=True))
    rarity = np.log((1 + len(bags)) / np.array([1 + counts[term] for term in kept])) + 0.3
    matrix = coo_matrix((value * rarity[column], (row, column)), shape=shape).tocsr()
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (diags(1 / np.maximum(lengths, 1e-9)) @ matrix).astype(np.float32).tocsr()
