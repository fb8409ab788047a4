"""What the stages answer: a proposal each, always with its reasons.

Confidence is a share of 0 to 1: of proposals made with 0.95, about 95 in 100 are right on held-back cases.
Words of reasons are whole Chinese phrases for a person; `code` is stable and says which rule spoke.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class ClassOutcome(StrEnum):
    """What the class stage found."""

    SURE = "sure"
    UNSURE = "unsure"


class PlaceOutcome(StrEnum):
    """What the place stage found; `AMBIGUOUS` is never resolved by a guess."""

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class RepeatOutcome(StrEnum):
    """What the repeat stage found."""

    MERGE = "merge"
    SUGGEST = "suggest"
    NONE = "none"


class OwnerOutcome(StrEnum):
    """What the owner stage found."""

    FOUND = "found"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason 理由.

    Attributes:
        code: which rule or feature spoke, such as `class.phrase`, `repeat.distance`.
        words: the reason for a person, Chinese.
        weight: how much it counted, signed; comparable within one proposal only.
    """

    code: str
    words: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class ClassProposal:
    """A class of one scheme 事项类别建议.

    Attributes:
        scheme: code of the classification scheme.
        code: code of the class within the scheme; empty when nothing is proposed at all.
        outcome: `SURE` above the scheme's threshold, else `UNSURE` (the best guess is named all the same).
        others: the next best codes with their confidence, best first.
        model: version of the model that answered.
    """

    scheme: str
    code: str
    outcome: ClassOutcome
    confidence: float
    reasons: tuple[Reason, ...] = ()
    others: tuple[tuple[str, float], ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """One place to choose from 候选地点."""

    words: str
    confidence: float
    lon: float | None = None
    lat: float | None = None
    area_id: UUID | None = None
    address_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PlaceProposal:
    """A place 地点建议.

    Attributes:
        area_id: narrowest area of the legal tree or grid that holds the place.
        parts: tagged parts of the address in the text, (tag, characters), in their order.
        candidates: the places to choose from when it is ambiguous, best first.
        precision: `point`, `house`, `estate`, `crossing`, `road` or `community`; empty when nothing is known.
    """

    outcome: PlaceOutcome
    confidence: float
    lon: float | None = None
    lat: float | None = None
    area_id: UUID | None = None
    address_id: UUID | None = None
    parts: tuple[tuple[str, str], ...] = ()
    candidates: tuple[PlaceCandidate, ...] = ()
    reasons: tuple[Reason, ...] = ()
    precision: str = ""


@dataclass(frozen=True, slots=True)
class RepeatCandidate:
    """One open case that may be the same problem 疑似重复案件."""

    case_id: UUID
    score: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class RepeatProposal:
    """The same problem, or not 重复建议; `case_id` is the best candidate's, if the outcome names one."""

    outcome: RepeatOutcome
    confidence: float
    case_id: UUID | None = None
    candidates: tuple[RepeatCandidate, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnerProposal:
    """Who answers for it 责任单位建议.

    Attributes:
        row_id: row of the responsibility list that won.
        beaten: rows that also covered it, strongest first.
        condition_id: the registering condition that the limit comes from, if one fits.
        limit: amount and unit, such as `2 work_day`; empty when none is set.
        grid_id: the grid it is sent down to (精准下派到网格).
        process: code of the standard process; empty when there is none.
        dispatches: whether the city lets matters of that process be dispatched without an operator.
    """

    outcome: OwnerOutcome
    host_id: UUID | None = None
    co_unit_ids: tuple[UUID, ...] = ()
    row_id: UUID | None = None
    beaten: tuple[UUID, ...] = ()
    condition_id: UUID | None = None
    limit: str = ""
    grid_id: UUID | None = None
    process: str = ""
    reasons: tuple[Reason, ...] = field(default=())
    dispatches: bool = False
