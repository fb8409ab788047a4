"""Nodes 节点: the rows of the catalog as plain frozen values, kept in memory by every process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from ...kernel.working_time import UNIT_NAMES


class LimitValue(NamedTuple):
    """A limit 时限 as `(amount, unit)`; `unit` is one of `kernel.working_time.UNITS`."""

    amount: int | Fraction
    unit: str


def limit_value(amount: Decimal, unit: str) -> LimitValue:
    """A stored limit with an exact amount: an int when it is whole."""
    exact = Fraction(amount)
    return LimitValue(exact.numerator if exact.denominator == 1 else exact, unit)


def holds_on(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Whether [valid_from, valid_to) contains the day."""
    return valid_from <= day and (valid_to is None or day < valid_to)


def limit_words(limit: LimitValue | None) -> str:
    """A limit for a person, such as `2 工作日`; empty for None."""
    if limit is None:
        return ""
    amount = limit.amount if isinstance(limit.amount, int) else float(limit.amount)
    return f"{amount} {UNIT_NAMES[limit.unit]}"


@dataclass(frozen=True, slots=True)
class SchemeNode:
    """A classification scheme 分类体系."""

    id: UUID
    code: str
    name: str
    source: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ClassNode:
    """A matter class 事项分类; the fields of the table, with the default limit as one value."""

    id: UUID
    scheme_id: UUID
    scheme_code: str
    code: str
    name: str
    level: str
    parent_id: UUID | None
    kind: str
    local_extension: bool
    demands_registering: bool
    review_required: bool
    sensitive: bool
    default_limit: LimitValue | None
    basis: str
    valid_from: date
    valid_to: date | None
    is_inspection: bool = False


@dataclass(frozen=True, slots=True)
class ConditionNode:
    """A registering condition 立案条件 with its closing condition and limit."""

    id: UUID
    class_id: UUID
    ordinal: int
    text: str
    closing_text: str
    amount: int | Fraction
    unit: str
    remark: str
    valid_from: date
    valid_to: date | None

    @property
    def limit(self) -> LimitValue:
        """The limit as `(amount, unit)`."""
        return LimitValue(self.amount, self.unit)


@dataclass(frozen=True, slots=True)
class CrosswalkNode:
    """Where a class goes in another scheme 分类对照; `to_id` None says that it has no counterpart."""

    from_id: UUID
    to_scheme_code: str
    to_id: UUID | None
    note: str
