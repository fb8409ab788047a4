"""Explaining 说明理由: why two reports are one problem, or not, in words for a person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..proposals import Reason
from .features import NAMES, metres_between, value
from .matters import named
from .signatures import Signature

#: Which features count together under one reason.
_TOGETHER = {
    "matter": ("matter_shared", "matter_agreed", "matter_conflict"),
    "class": ("class_same", "family_same", "family_other", "class_and_near"),
    "text": ("text_overlap", "text_dice", "text_and_near", "text_and_place"),
    "distance": ("near", "close", "far", "unlocated", "matter_and_near", "nothing_about_place"),
    "place": ("place_shared", "place_like", "place_conflict", "matter_and_place_unlocated"),
    "number": ("number_same", "number_other", "matter_and_number", "number_other_near"),
    "mark": ("mark_same", "mark_other"),
    "time": ("days",),
    "reporter": ("reporter_same", "reporter_and_matter"),
    "part": ("part_same", "part_other"),
    "picture": ("picture_same", "picture_other"),
    "area": ("area_same", "area_other"),
}
_AT = {name: number for number, name in enumerate(NAMES)}


def reasons_of(
    one: Signature, other: Signature, row: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[Reason, ...]:
    """The reasons of one pair, the weightiest first; those with nothing to say are left out."""
    counted = row * weights
    found = []
    for code, names in _TOGETHER.items():
        words = _words(code, one, other, row)
        if words:
            weight = round(float(sum(counted[_AT[name]] for name in names)), 2)
            found.append(Reason(f"repeat.{code}", words, weight))
    return tuple(sorted(found, key=lambda reason: -abs(reason.weight)))


def _words(code: str, one: Signature, other: Signature, row: npt.NDArray[np.float64]) -> str:
    if code in _CHOICES:
        chosen = (words for name, words in _CHOICES[code] if value(row, name))
        words = next(chosen, "")
        return words.format(
            matters="、".join(named(one.matters & other.matters)),
            mine="、".join(named(one.matters)),
            theirs="、".join(named(other.matters)),
            places="、".join(_shared_places(one, other)),
        )
    if code == "text":
        share = value(row, "text_overlap")
        return f"问题描述有 {share:.0%} 的用词相同" if share >= 0.1 else ""
    if code == "distance":
        metres = float(metres_between(one, [other])[0])
        return "至少一方没有坐标，按地点描述比对" if np.isnan(metres) else f"两处坐标相距 {metres:.0f} 米"
    return _time_words(abs(one.at - other.at))


def _shared_places(one: Signature, other: Signature) -> list[str]:
    shared = sorted(one.places & other.places, key=lambda place: ("#" not in place, place))
    return [place.replace("#", "") for place in shared[:2]]


def _time_words(seconds: float) -> str:
    if seconds < 3600:
        return f"来件相隔 {seconds / 60:.0f} 分钟"
    if seconds < 2 * 86_400:
        return f"来件相隔 {seconds / 3600:.0f} 小时"
    return f"来件相隔 {seconds / 86_400:.0f} 天"


_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "matter": (
        ("matter_shared", "说的都是“{matters}”"),
        ("matter_conflict", "说的不是一回事：“{mine}”与“{theirs}”"),
    ),
    "class": (
        ("class_same", "事项类别相同"),
        ("family_same", "事项类别同属一类"),
        ("family_other", "事项类别不同"),
    ),
    "place": (
        ("place_shared", "都提到“{places}”"),
        ("place_like", "地名只差一个字"),
        ("place_conflict", "提到的地名不同"),
    ),
    "number": (("number_same", "楼栋或门牌号相同"), ("number_other", "同一地名但楼栋或门牌号不同")),
    "mark": (("mark_other", "单元、房号、编号或车牌不同"), ("mark_same", "单元、房号、编号或车牌相同")),
    "reporter": (("reporter_same", "同一来件人"),),
    "part": (("part_same", "部件编码相同"), ("part_other", "部件编码不同")),
    "picture": (("picture_same", "照片几乎相同"), ("picture_other", "照片不同")),
    "area": (("area_same", "所在区域相同"), ("area_other", "所在区域不同")),
}
