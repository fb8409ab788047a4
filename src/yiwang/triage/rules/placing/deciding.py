"""Deciding on a place 地点判定: coordinates first, then the address in the text; several stay several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from ..proposals import PlaceCandidate, PlaceOutcome, PlaceProposal, Reason
from .index import AddressIndex
from .matching import CONFIDENCE, MOST_CANDIDATES, Option, Precision
from .reading import Reading

#: Coordinates and address agree within this distance, metres.
AGREEING = 400.0
#: Likeness below which a mistyped name is offered and not taken, unless the division confirms it.
_TAKEN = 0.97
_BY_POINT, _POINT_DOUBTED, _OUTSIDE = 0.99, 0.6, 0.95
_ONLY_WIDE = 0.5
_METRES = 111_320.0
PRECISION_WORDS = {
    "point": "坐标", "house": "门牌或楼幢", "estate": "小区或单位", "crossing": "路口", "road": "路段",
    "community": "社区",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """The coordinates of a report 报案坐标.

    Attributes:
        area_id: the narrowest area around them; None when they lie outside the city.
        source: whose they are, for the reasons: the report's, or those of a part.
        above: every area that holds them.
    """

    lon: float
    lat: float
    area_id: UUID | None
    source: str = "坐标"
    above: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides from a reading; `name_of` gives the words of an area."""

    index: AddressIndex
    name_of: Callable[[UUID], str]

    def decide(self, reading: Reading, point: Point | None) -> PlaceProposal:
        """The place of one report."""
        told = replace(self._by_text(reading), parts=reading.parts)
        return told if point is None else self._by_point(point, reading, told)

    # -- coordinates --------------------------------------------------------------------------
    def _by_point(self, point: Point, reading: Reading, told: PlaceProposal) -> PlaceProposal:
        if point.area_id is None:
            return self._outside(point, told)
        reason = Reason("place.point", f"{point.source}在{self.name_of(point.area_id)}内", 1.0)
        base = PlaceProposal(
            PlaceOutcome.FOUND, _BY_POINT, point.lon, point.lat, point.area_id, parts=told.parts,
            precision="point", reasons=(reason,),
        )  # fmt: skip
        against = self._contradiction(point, reading, told)
        if against:
            here = PlaceCandidate(point.source, _POINT_DOUBTED, point.lon, point.lat, point.area_id)
            there = told.candidates or _candidate(told, reading.text)
            reasons = (reason, Reason("place.contradiction", against, -1.0), *told.reasons)
            return replace(
                base, confidence=_POINT_DOUBTED, reasons=reasons, candidates=(here, *there)[:MOST_CANDIDATES]
            )
        if told.outcome is PlaceOutcome.FOUND:
            agree = Reason("place.agrees", "与文字中的地址一致", 0.5)
            return replace(base, address_id=told.address_id, reasons=(reason, agree, *told.reasons))
        return base

    def _contradiction(self, point: Point, reading: Reading, told: PlaceProposal) -> str:
        """What the text says against the coordinates; empty when nothing."""
        if reading.divisions.elsewhere:
            return f"文字中说的是{reading.divisions.elsewhere}，与坐标不符"
        if told.outcome is PlaceOutcome.FOUND and told.lon is not None and told.lat is not None:
            away = _metres(point.lon, point.lat, told.lon, told.lat)
            limit = AGREEING if told.precision in ("house", "estate", "crossing") else 5 * AGREEING
            return f"坐标离文字中的地址约 {away:.0f} 米" if away > limit else ""
        areas = reading.divisions.areas
        if areas and not any(area in point.above for area in areas):
            return f"文字中说的是{self.name_of(areas[0])}，坐标不在其中"
        return ""

    def _outside(self, point: Point, told: PlaceProposal) -> PlaceProposal:
        reason = Reason("place.point_outside", f"{point.source}不在本市范围内", 1.0)
        if told.outcome in (PlaceOutcome.FOUND, PlaceOutcome.AMBIGUOUS):
            candidates = told.candidates or _candidate(told, "".join(words for _, words in told.parts))
            return replace(
                told, outcome=PlaceOutcome.AMBIGUOUS, confidence=min(told.confidence, _POINT_DOUBTED),
                lon=None, lat=None, area_id=None, address_id=None, candidates=candidates,
                reasons=(reason, *told.reasons),
            )  # fmt: skip
        return PlaceProposal(
            PlaceOutcome.OUTSIDE, _OUTSIDE, point.lon, point.lat, parts=told.parts, reasons=(reason,)
        )

    # -- text ---------------------------------------------------------------------------------
    def _by_text(self, reading: Reading) -> PlaceProposal:
        if not reading.parts:
            return _unknown(Reason("place.nothing_said", "文字中没有读到地址"))
        if reading.divisions.elsewhere:
            away = Reason("place.elsewhere", f"文字中说的是{reading.divisions.elsewhere}，不在本市", 1.0)
            return PlaceProposal(PlaceOutcome.OUTSIDE, _OUTSIDE, reasons=(away,))
        reasons = [Reason("place.read", f"读到“{reading.text}”", 0.2)]
        reasons += [Reason(code, words, 0.5) for code, words in reading.matched.words]
        if reading.divisions.conflict:
            conflict = reading.divisions.conflict
            reasons.append(Reason("place.division_conflict", f"“{conflict}”不在前面所说的区划内", -0.5))
        beside = _beside(reading)
        if beside:
            reasons.append(Reason("place.relation", f"文字中说的是其“{beside}”，位置有出入", -0.1))
        if reading.matched.options:
            return replace(self._by_match(reading), reasons=tuple(reasons))
        return self._by_division(reading, reasons)

    def _by_match(self, reading: Reading) -> PlaceProposal:
        matched = reading.matched
        confidence = CONFIDENCE[matched.precision] * matched.options[0].likeness
        if _beside(reading):
            confidence *= 0.95
        if reading.divisions.conflict:
            confidence *= 0.8
        confirmed = bool(reading.divisions.areas) and not reading.divisions.conflict
        near = matched.options[0].likeness < _TAKEN and not (
            confirmed and matched.precision in (Precision.HOUSE, Precision.ESTATE)
        )
        if len(matched.options) > 1 or matched.is_doubtful or near:
            share = confidence / (len(matched.options) + (1 if matched.is_doubtful or near else 0))
            candidates = tuple(self._offer(option, share) for option in matched.options)
            return PlaceProposal(
                PlaceOutcome.AMBIGUOUS, share, candidates=candidates, precision=matched.precision.value
            )
        option = matched.options[0]
        offered = self._offer(option, confidence)
        return PlaceProposal(
            PlaceOutcome.FOUND, confidence, option.lon, option.lat, offered.area_id, offered.address_id,
            precision=matched.precision.value,
        )  # fmt: skip

    def _offer(self, option: Option, confidence: float) -> PlaceCandidate:
        first = option.places[0]
        words = self.index.texts[first]
        alone = len(option.places) == 1
        if not alone:
            words = f"{words} 等 {len(option.places)} 个地址"
        return PlaceCandidate(
            words, round(confidence, 3), option.lon, option.lat, self.index.community_of(first),
            self.index.id_of(first) if alone else None,
        )  # fmt: skip

    def _by_division(self, reading: Reading, reasons: list[Reason]) -> PlaceProposal:
        areas, level = reading.divisions.areas, reading.divisions.level
        if not areas:
            return _unknown(Reason("place.unknown", "地址库和区划名称中没有这个地址"), *reasons)
        if level == "community":
            confidence = CONFIDENCE[Precision.COMMUNITY] * (0.8 if reading.divisions.conflict else 1.0)
            if len(areas) == 1:
                said = Reason("place.community", f"只确定到{self.name_of(areas[0])}", 0.5)
                return PlaceProposal(
                    PlaceOutcome.FOUND, confidence, area_id=areas[0], precision="community",
                    reasons=(*reasons, said),
                )  # fmt: skip
            offers = [
                PlaceCandidate(self.name_of(one), confidence / len(areas), area_id=one) for one in areas
            ]
            said = Reason("place.several", f"有 {len(areas)} 个同名社区，请选择", -0.5)
            return PlaceProposal(
                PlaceOutcome.AMBIGUOUS, confidence / len(areas), candidates=tuple(offers[:MOST_CANDIDATES]),
                precision="community", reasons=(*reasons, said),
            )  # fmt: skip
        only = areas[0] if len(areas) == 1 else None
        said = Reason("place.only_wide", f"只说到{self.name_of(areas[0])}，不能确定地点")
        return replace(_unknown(said, *reasons), area_id=only, confidence=_ONLY_WIDE)


def _beside(reading: Reading) -> str:
    """The word that puts the place beside the address; empty when it is the address itself."""
    if not reading.matched.options or reading.matched.precision is Precision.CROSSING:
        return ""
    return next((words for words in reading.keys.relation if len(words) > 1), "")


def _candidate(told: PlaceProposal, words: str) -> tuple[PlaceCandidate, ...]:
    if told.outcome is not PlaceOutcome.FOUND:
        return ()
    return (PlaceCandidate(words, told.confidence, told.lon, told.lat, told.area_id, told.address_id),)


def _unknown(why: Reason, *before: Reason) -> PlaceProposal:
    return PlaceProposal(PlaceOutcome.UNKNOWN, 0.0, reasons=(*before, why))


def _metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    across = (other_lon - lon) * float(np.cos(np.radians(lat)))
    return float(np.hypot(across, other_lat - lat)) * _METRES
