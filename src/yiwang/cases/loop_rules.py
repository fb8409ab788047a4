"""Rules in force 现行规则 of levels, same-day closing and call-backs: cached readings of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from ..catalog.public import catalog_index
from ..ledger.public import VersionedCache
from .models import CallbackQuestion, CallbackRule, LevelRule, RaiseRule, SameDayRule
from .policy import local_day


class _Dated(Protocol):
    valid_from: date
    valid_to: date | None


def in_force(row: _Dated, day: date) -> bool:
    """Whether a dated row holds on a Shanghai day."""
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


@dataclass(frozen=True, slots=True)
class Level:
    """One rung 层级 as plain values."""

    code: str
    name: str
    post_kinds: frozenset[str]


_levels = VersionedCache("policy", lambda: list(LevelRule.objects.order_by("ordinal", "id")))
_raises = VersionedCache("policy", lambda: list(RaiseRule.objects.order_by("valid_from", "id")))
_same_days = VersionedCache("policy", lambda: list(SameDayRule.objects.order_by("valid_from", "id")))
_callbacks = VersionedCache("policy", lambda: list(CallbackRule.objects.order_by("valid_from", "id")))
_questions = VersionedCache("policy", lambda: list(CallbackQuestion.objects.order_by("order", "id")))


def levels_of(street: UUID | None, at: datetime) -> tuple[Level, ...]:
    """The rungs 层级 of a street from the lowest up: its own rows, else the general ones."""
    day = local_day(at)
    rows = [row for row in _levels.get() if in_force(row, day)]
    own = [row for row in rows if street is not None and row.street == street]
    chosen = own or [row for row in rows if row.street is None]
    return tuple(Level(row.code, row.name, frozenset(row.post_kinds)) for row in chosen)


def level_name(street: UUID | None, code: str, at: datetime) -> str:
    """What a rung is called; its code when it is gone."""
    return next((level.name for level in levels_of(street, at) if level.code == code), code)


def class_line(matter_class: UUID | None) -> list[UUID]:
    """A class and those above it, nearest first."""
    index, found = catalog_index(), []
    node = index.class_by_id.get(matter_class) if matter_class else None
    while node is not None and node.id not in found:
        found.append(node.id)
        node = index.class_by_id.get(node.parent_id) if node.parent_id else None
    return found


def class_kind_of(matter_class: UUID | None) -> str:
    """The kind of a class; empty when there is none."""
    node = catalog_index().class_by_id.get(matter_class) if matter_class else None
    return str(node.kind) if node else ""


def raise_rule_for(matter_class: UUID | None, urgency: str, at: datetime) -> RaiseRule | None:
    """The row that raises a matter 提级规则 at its acceptance; the most particular, or None."""
    day, line, kind = local_day(at), class_line(matter_class), class_kind_of(matter_class)
    found = [
        row
        for row in _raises.get()
        if in_force(row, day)
        and (row.matter_class is None or row.matter_class in line)
        and row.class_kind in {"", kind}
        and row.urgency in {"", urgency}
    ]
    return max(found, key=lambda row: (*_rank(row, line), bool(row.urgency)), default=None)


def same_day_rule_for(matter_class: UUID | None, channel: str, at: datetime) -> SameDayRule | None:
    """The row that demands closing on the same day 当日清零规则; the most particular, or None."""
    if matter_class is None:
        return None
    day, line, kind = local_day(at), class_line(matter_class), class_kind_of(matter_class)
    found = [
        row
        for row in _same_days.get()
        if in_force(row, day)
        and (not row.channels or channel in row.channels)
        and (row.matter_class in line if row.matter_class else row.class_kind == kind)
    ]
    return max(found, key=lambda row: _rank(row, line), default=None)


def callback_rule_for(matter_class: UUID | None, at: datetime) -> CallbackRule:
    """The call-back rule 回访规则 in force for a class, else its kind, else in general, else the built-in."""
    day, line, kind = local_day(at), class_line(matter_class), class_kind_of(matter_class)
    found = [
        row
        for row in _callbacks.get()
        if in_force(row, day)
        and (row.matter_class is None or row.matter_class in line)
        and row.class_kind in {"", kind}
    ]
    return max(found, key=lambda row: _rank(row, line), default=CallbackRule(valid_from=day))


def callback_questions(at: datetime) -> list[CallbackQuestion]:
    """The phone script 回访问题 in force, in order."""
    day = local_day(at)
    return [row for row in _questions.get() if in_force(row, day)]


def _rank(row: RaiseRule | SameDayRule | CallbackRule, line: list[UUID]) -> tuple[int, bool]:
    """How particular a row is: how near its class stands in the line, then whether it names a kind."""
    near = len(line) - line.index(row.matter_class) if row.matter_class in line else 0
    return near, bool(row.class_kind)
