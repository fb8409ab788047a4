"""Importing tables 导入表格: the way that parts and addresses share from a file to journaled rows.

Rows are read, located and checked together, then written in batches, each one transaction: what stands when
a batch fails stands, and the same file may be given again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db import transaction

from ...kernel.actor import Actor
from ...kernel.errors import Invalid, Refused, invalid
from ...ledger.public import Act, acting, bump
from ..models import Address, Part
from ..permissions import MAINTAIN, may_maintain
from ..rules.tables import RowProblem, Table, TableCounts, TableRow, read_table
from .addresses import CACHE as ADDRESSES
from .placing import OUTSIDE, Spot, spots_of

M = TypeVar("M", Part, Address)
S = TypeVar("S")
_BATCH = 300
_NOT_YOURS = "该社区不在您的部件维护范围内，请从文件中去掉这一行。"


@dataclass(frozen=True, slots=True)
class _Ready(Generic[S]):
    """A row that was read, located and checked by itself."""

    row: TableRow
    key: str
    said: S
    spot: Spot


class TableImport(ABC, Generic[M, S]):
    """What differs between one table and another 导入表格的种类.

    Attributes:
        model: what a row becomes.
        retired: what to do about a row whose thing is out of use.
    """

    model: type[M]
    retired: str

    def __init__(self, *, actor: Actor, at: datetime, crs: str, dry_run: bool) -> None:
        self.actor, self.at, self.crs, self.dry_run = actor, at, crs, dry_run

    @abstractmethod
    def key(self, row: TableRow) -> str:
        """What a row is known by; raises `Invalid` when it is malformed."""

    @abstractmethod
    def read(self, row: TableRow) -> S:
        """The row's words as values; raises `Invalid` naming the column."""

    @abstractmethod
    def check(self, said: S, spot: Spot) -> None:
        """Raise `Invalid` when what is said does not fit the place."""

    @abstractmethod
    def standing(self, keys: Sequence[str]) -> Mapping[str, M]:
        """What stands under these keys, locked."""

    @abstractmethod
    def write(self, act: Act, said: S, spot: Spot, old: M | None) -> bool:
        """Collect the writes of one row; False when nothing changes."""


def import_table(
    plan: TableImport[M, S],
    content: bytes,
    columns: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    most_rows: int | None,
) -> TableCounts:
    """Run an import and say what it did.

    Raises:
        Refused: when the actor may not keep parts and addresses anywhere.
        Invalid: for a file that is no such table, or an unknown coordinate system.
    """
    if not plan.actor.may_anywhere(MAINTAIN):
        raise Refused("您没有维护部件和地址的权限。", act=MAINTAIN)
    labels = {name: known[0] for name, known in columns.items()}
    table = read_table(content, columns, needed=needed, most_rows=most_rows)
    read = table.read
    ready = list(_ready(plan, table, labels))
    accepted = unchanged = 0
    for start in range(0, len(ready), _BATCH):
        took, stood = _write(plan, ready[start : start + _BATCH], table, labels)
        accepted, unchanged = accepted + took, unchanged + stood
    problems = sorted(table.problems, key=lambda problem: problem.line)
    return TableCounts(read, accepted, unchanged, problems)


def _ready(plan: TableImport[M, S], table: Table, labels: Mapping[str, str]) -> Iterator[_Ready[S]]:
    """The rows that are sound by themselves; the problems of the others go to the table."""
    read: list[tuple[TableRow, str, S, float, float]] = []
    first: dict[str, int] = {}
    for row in table.rows:
        try:
            key, said = plan.key(row), plan.read(row)
            lon, lat = _number(row, "lon", 180), _number(row, "lat", 90)
            if key in first:
                raise invalid(next(iter(labels)), key, f"与第 {first[key]} 行重复，请只留一行。")
        except Invalid as error:
            _note(table, row, error, labels)
            continue
        first[key] = row.line
        read.append((row, key, said, lon, lat))
    spots = spots_of([item[3] for item in read], [item[4] for item in read], plan.crs, plan.at)
    for (row, key, said, lon, lat), spot in zip(read, spots, strict=True):
        try:
            if spot is None:
                raise invalid("lon", f"{lon:g},{lat:g}", OUTSIDE)
            if not may_maintain(plan.actor, spot.community):
                raise invalid("lon", f"{lon:g},{lat:g}", _NOT_YOURS)
            plan.check(said, spot)
        except Invalid as error:
            _note(table, row, error, labels)
            continue
        yield _Ready(row, key, said, spot)


def _write(
    plan: TableImport[M, S], batch: Sequence[_Ready[S]], table: Table, labels: Mapping[str, str]
) -> tuple[int, int]:
    """Rows taken and rows that stood as they are, of one batch in one transaction."""
    accepted = unchanged = 0
    with _transaction(plan) as act:
        standing = plan.standing([item.key for item in batch])
        for item in batch:
            old = standing.get(item.key)
            try:
                _demand_standing(plan, old)
                changed = plan.write(act, item.said, item.spot, old)
            except Invalid as error:
                _note(table, item.row, error, labels)
                continue
            accepted, unchanged = accepted + changed, unchanged + (not changed)
        if accepted and plan.model is Address:
            bump(act, ADDRESSES)
    return accepted, unchanged


@contextmanager
def _transaction(plan: TableImport[M, S]) -> Iterator[Act]:
    """The act of one batch; a dry run takes everything back."""
    with transaction.atomic():
        with acting(actor=plan.actor, at=plan.at) as act:
            yield act
        if plan.dry_run:
            transaction.set_rollback(True)


def _demand_standing(plan: TableImport[M, S], old: M | None) -> None:
    if old is None:
        return
    if not may_maintain(plan.actor, old.community_id):
        raise invalid("lon", "", _NOT_YOURS)
    if old.retired_at is not None:
        raise invalid("", "", plan.retired)


def _number(row: TableRow, name: str, most: float) -> float:
    text = row.cells[name]
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise invalid(name, text, f"应为 -{most:g} 到 {most:g} 之间的度数，例如 118.796900。")
    return value


def _note(table: Table, row: TableRow, error: Invalid, labels: Mapping[str, str]) -> None:
    for problem in error.problems:
        first = next(iter(labels))
        name = problem.field if problem.field in labels else first
        value = problem.value or row.cells.get(name, "")
        table.problems.append(RowProblem(row.line, labels[name], value, problem.remedy))
