"""Features 特征 of each token of an address: what stands around it, in the short strings a CRF reads.

An address becomes a shape, one sign a token: digits by how many they are, Latin runs as one class, all else
as it is; so slices of one string are n-grams of tokens.
"""

from __future__ import annotations

import rjieba

from .characters import folded

#: Characters that end a part, or begin the next.
SUFFIXES = frozenset("省市区县镇乡村路街道巷弄号幢栋单元室层楼座组队店园苑城厦场院期广寓庄里桥司厂馆校门口旁")
_NUMERALS = frozenset("零〇一二三四五六七八九十百")
_DIGITS = "①②③④"
_LETTER, _MIXED, _SIGN = "ⓐ", "ⓧ", "ⓩ"
#: Tokens beyond it stand for themselves.
_LAST_SIGN = "\uff5e"
_PAD = 4
_BEGIN, _END = "^", "$"


def shape_of(tokens: list[str] | tuple[str, ...]) -> str:
    """The shape of an address: one sign a token."""
    return "".join([token if token > _LAST_SIGN else _sign(token) for token in tokens])


def _sign(token: str) -> str:
    token = folded(token)
    if token.isdigit():
        return _DIGITS[min(len(token), 4) - 1]
    if len(token) == 1:
        return _LETTER if token.isalpha() and token.isascii() else token
    return _MIXED if token.isascii() else _SIGN


def _kind(sign: str) -> str:
    if sign in _DIGITS:
        return "D"
    if sign in (_LETTER, _MIXED, _SIGN):
        return "A"
    if sign in _NUMERALS:
        return "C"
    return "H" if sign.isalpha() else "P"


def features_of(tokens: list[str] | tuple[str, ...], shape: str) -> list[list[str]]:
    """Features of every token, in its order; the gazetteer adds its own (`gazetteer.Lookup.mark`)."""
    kinds = "".join(map(_kind, shape))
    rows = _windows(shape, kinds)
    _mark_words(shape, rows)
    _mark_suffixes(shape, rows)
    for place, row in enumerate(rows):
        if tokens[place] != shape[place]:
            row.append("x" + tokens[place])
        if shape.find(shape[place : place + 2]) < place:
            row.append("R1")
        elif place and shape.find(shape[place - 1 : place + 1]) < place - 1:
            row.append("R2")
        if shape.rfind(shape[place : place + 2]) > place:
            row.append("R3")
    return rows


def _windows(shape: str, kinds: str) -> list[list[str]]:
    """Signs and n-grams around each place, and how far it is from either end."""
    p = _BEGIN * _PAD + shape + _END * _PAD
    t = _BEGIN * 2 + kinds + _END * 2
    last = len(shape) - 1
    rows = []
    for place in range(last + 1):
        j = place + _PAD
        rows.append([
            "0" + p[j], "1" + p[j - 1], "2" + p[j + 1], "3" + p[j - 2], "4" + p[j + 2],
            "5" + p[j - 3], "6" + p[j + 3],
            "a" + p[j - 1 : j + 1], "b" + p[j : j + 2], "c" + p[j - 2 : j], "d" + p[j + 1 : j + 3],
            "e" + p[j - 2 : j + 1], "f" + p[j - 1 : j + 2], "g" + p[j : j + 3],
            "h" + p[j - 3 : j + 1], "i" + p[j : j + 4], "j" + p[j - 1] + p[j + 1],
            "t" + t[place : place + 5], "u" + str(min(place, 5)), "U" + str(min(last - place, 5)),
        ])  # fmt: skip
    return rows


def _mark_words(shape: str, rows: list[list[str]]) -> None:
    """The word around each place, its neighbours, and where in the word the place is."""
    words = rjieba.cut(shape, False)
    around = [_BEGIN, *words, _END]
    place = 0
    for number, word in enumerate(words):
        before, after = around[number], around[number + 2]
        for offset in range(len(word)):
            where = "S" if len(word) == 1 else "B" if not offset else "E" if offset == len(word) - 1 else "M"
            rows[place] += (
                "k" + word + where, "l" + before + where, "m" + after + where,
                "M" + word + after + where, "L" + before + word + where,
            )  # fmt: skip
            place += 1


def _mark_suffixes(shape: str, rows: list[list[str]]) -> None:
    """The next suffix and how far it is, and the two before."""
    following, distance = _END, 9
    ahead = []
    for sign in reversed(shape):
        if sign in SUFFIXES:
            following, distance = sign, 0
        ahead.append((following, min(distance, 6)))
        distance += 1
    older, last = _BEGIN, _BEGIN
    for sign, row, (following, distance) in zip(shape, rows, reversed(ahead), strict=True):
        row.extend((
            "n" + following, "o" + following + str(distance), "q" + older + last,
            "r" + last + following, "Q" + last + sign,
        ))  # fmt: skip
        if sign in SUFFIXES:
            older, last = last, sign
