"""Policy in force 现行办理规则: cached reading of `LoopPolicy` and `RatingOption`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ..kernel.working_time import SHANGHAI
from ..ledger.public import VersionedCache
from .enums import ReviewRule
from .models import LoopPolicy, RatingOption


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kind of matter demands.

    Attributes:
        evidence: stages of evidence the host must give on the long path.
        sample_percent: share of short-path cases that are rechecked.
        reopen_days: days after closing in which the reporter may reopen.
        archive_days: days after closing until the case is archived.
        review: whether feedback is reviewed before the recheck; None leaves it to the class.
    """

    evidence: frozenset[str] = frozenset()
    sample_percent: int = 10
    reopen_days: int = 15
    archive_days: int = 30
    review: bool | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the rating scale."""

    question: str
    code: str
    label: str
    label_en: str
    is_positive: bool


@dataclass(frozen=True, slots=True)
class _Dated:
    """A policy with what it holds for and from when until when."""

    class_kind: str
    matter_class: UUID | None
    valid_from: date
    valid_to: date | None
    policy: Policy

    def holds(self, class_kind: str | None, matter_class: UUID | None, day: date) -> bool:
        """Whether it holds for a class, or for every class of the kind, on a day."""
        if self.class_kind != class_kind or self.matter_class not in {None, matter_class}:
            return False
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


_DEFAULT = Policy()
_REVIEW = {ReviewRule.ALWAYS.value: True, ReviewRule.NEVER.value: False}


def policy_of(row: LoopPolicy) -> Policy:
    """What a row demands."""
    return Policy(
        frozenset(row.evidence),
        row.sample_percent,
        row.reopen_days,
        row.archive_days,
        _REVIEW.get(row.review),
    )


def _read_policies() -> list[_Dated]:
    """In the order in which one goes before the other: kinds first, then classes, each by its first day."""
    rows = sorted(LoopPolicy.objects.all(), key=lambda r: (r.matter_class is not None, r.valid_from))
    return [_Dated(r.class_kind, r.matter_class, r.valid_from, r.valid_to, policy_of(r)) for r in rows]


def _read_options() -> list[tuple[date, date | None, Option]]:
    return [
        (
            row.valid_from,
            row.valid_to,
            Option(row.question, row.code, row.label, row.label_en, row.is_positive),
        )
        for row in RatingOption.objects.order_by("question", "order")
    ]


_policies = VersionedCache("policy", _read_policies)
_options = VersionedCache("policy", _read_options)


def local_day(at: datetime) -> date:
    """The Shanghai date of an instant."""
    return at.astimezone(SHANGHAI).date()


def policy_for(class_kind: str | None, at: datetime, matter_class: UUID | None = None) -> Policy:
    """The policy in force for a class, else for its kind; the built-in default when no row has begun."""
    day = local_day(at)
    found = _DEFAULT
    for dated in _policies.get():
        if dated.holds(class_kind, matter_class, day):
            found = dated.policy
    return found


def shortest_archive_days(at: datetime) -> int:
    """The fewest days after which any policy in force archives."""
    day = local_day(at)
    return min(
        _DEFAULT.archive_days,
        *(d.policy.archive_days for d in _policies.get() if d.holds(d.class_kind, d.matter_class, day)),
    )


def rating_options(question: str, at: datetime) -> list[Option]:
    """The options of one question that are valid at an instant, in order."""
    day = local_day(at)
    return [
        option
        for start, end, option in _options.get()
        if option.question == question and start <= day and (end is None or day < end)
    ]
