"""Rules of holding posts 任职规则: which exclude one another, who may deputise and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from .officers import are_separate


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period [starts_at, ends_at); `ends_at` None means open."""

    starts_at: datetime
    ends_at: datetime | None = None

    def overlaps(self, other: Period) -> bool:
        """Whether both hold at some instant."""
        return (other.ends_at is None or self.starts_at < other.ends_at) and (
            self.ends_at is None or other.starts_at < self.ends_at
        )

    def covers(self, other: Period) -> bool:
        """Whether `other` lies wholly inside."""
        if other.starts_at < self.starts_at:
            return False
        return self.ends_at is None or (other.ends_at is not None and other.ends_at <= self.ends_at)

    def holds_at(self, at: datetime) -> bool:
        """Whether `at` lies inside."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post somebody holds or would hold: the code of its kind and the period."""

    kind_code: str
    period: Period


def clashes(
    wanted: HeldPost,
    held: Iterable[HeldPost],
    exclusive: Mapping[str, Iterable[str]],
    branches: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[str]:
    """Codes of held post kinds that exclude the wanted one in an overlapping period (三员分立).

    Exclusion counts in both directions, whichever kind names the other; kinds of different officers exclude
    one another whether they say so or not.
    Source: GB/T 22239-2019, separation of system, security and audit administration.

    Args:
        exclusive: what each kind names as exclusive.
        branches: officers' branches of each kind (`rules.officers.branches_of`).

    Example: who is audit_admin until 1 June may become system_admin on 1 June, not on 31 May.
    """
    found = []
    for other in held:
        excluded = other.kind_code in exclusive.get(
            wanted.kind_code, ()
        ) or wanted.kind_code in exclusive.get(other.kind_code, ())
        mine, theirs = (branches.get(code, frozenset()) for code in (wanted.kind_code, other.kind_code))
        if (excluded or not are_separate(mine, theirs)) and wanted.period.overlaps(other.period):
            found.append(other.kind_code)
    return sorted(set(found))


@dataclass(frozen=True, slots=True)
class DeputyRequest:
    """Facts of a wish to deputise 离岗代理."""

    holder: UUID
    deputy: UUID
    holding_is_deputy: bool
    holding: Period
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    others: tuple[Period, ...] = ()


def deputy_refusal(wish: DeputyRequest) -> tuple[str, str] | None:
    """Field and Chinese remedy when somebody may not deputise as wished, else None.

    A deputy needs an end and a reason, stays within the holding that he stands in for, is not the holder,
    does not stand in for a deputy, and there is one deputy at a time.
    """
    if wish.holding_is_deputy:
        return "holding", "代理岗位不得再转代理，请由原任职人另行安排。"
    if wish.deputy == wish.holder:
        return "account", "代理人不能是本人，请选择其他人员。"
    if not wish.reason.strip():
        return "reason", "请填写离岗事由。"
    if wish.ends_at is None:
        return "ends_at", "代理必须有终止时间。"
    if wish.ends_at <= wish.starts_at:
        return "ends_at", "终止时间须晚于起始时间。"
    period = Period(wish.starts_at, wish.ends_at)
    if not wish.holding.covers(period):
        return "ends_at", "代理时段须在原任职时段之内。"
    if any(period.overlaps(other) for other in wish.others):
        return "starts_at", "该时段已有代理人，请先结束原代理。"
    return None
