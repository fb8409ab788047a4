"""Policy in force 现行办理规则: cached reading of `LoopPolicy` and `RatingOption`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..ledger.public import VersionedCache
from .models import LoopPolicy, RatingOption

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kind of matter demands.

    Attributes:
        evidence: stages of evidence the host must give on the long path.
        sample_percent: share of short-path cases that are rechecked.
        reopen_days: days after closing in which the reporter may reopen.
        archive_days: days after closing until the case is archived.
    """

    evidence: frozenset[str] = frozenset()
    sample_percent: int = 10
    reopen_days: int = 15
    archive_days: int = 30


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the rating scale."""

    question: str
    code: str
    label: str
    label_en: str
    is_positive: bool


_DEFAULT = Policy()


def _read_policies() -> list[tuple[date, str, Policy]]:
    return [
        (
            row.valid_from,
            row.class_kind,
            Policy(frozenset(row.evidence), row.sample_percent, row.reopen_days, row.archive_days),
        )
        for row in LoopPolicy.objects.order_by("valid_from")
    ]


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
    return at.astimezone(_SHANGHAI).date()


def policy_for(class_kind: str | None, at: datetime) -> Policy:
    """The policy in force for a kind of class; the built-in default when no row has begun."""
    day = local_day(at)
    found = _DEFAULT
    for valid_from, kind, policy in _policies.get():
        if kind == class_kind and valid_from <= day:
            found = policy
    return found


def rating_options(question: str, at: datetime) -> list[Option]:
    """The options of one question that are valid at an instant, in order."""
    day = local_day(at)
    return [
        option
        for start, end, option in _options.get()
        if option.question == question and start <= day and (end is None or day < end)
    ]
