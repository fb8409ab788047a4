"""Replanning 阶梯重排: a million running clocks follow a changed ladder, set by set.

The timers are walked by key in chunks. A chunk is read with its clocks by one COPY straight into arrays, its
next steps are computed on arrays, what differs goes by COPY into a temporary table, and one statement moves
the timers that are still as they were read and that nobody holds. What somebody held is planned alone
afterwards; clocks that had no timer get one at the end. A chunk and its progress are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import F
from numpy.typing import NDArray
from procrastinate.contrib.django import app

from ...catalog.public import catalog_index
from ...clocks.public import calendar_at
from ...kernel.actor import system_actor
from ...kernel.ids import uuid7
from ...kernel.working_time import UNITS, WorkCalendar
from ...ledger.public import Act, acting, execute, forget
from ..enums import Stage, Urgency
from ..ladders import steps_for
from ..models import Case, Ladder, LadderReplan
from ..policy import local_day
from ..states import SUSPENDED
from ..steps import SLOTS, ManyClocks, next_steps
from .ladders import STEP_TIMER, replan_steps
from .stepping import running_clock

REPLAN_TASK = "cases.replan_ladder"
PLANNER = system_actor("ladders", "cases.view")
#: Timers in one transaction: few enough that nobody waits long for one of them.
CHUNK = 20_000
_STAGES, _URGENCIES = tuple(Stage.values), tuple(Urgency.values)
#: PostgreSQL counts instants from 2000.
_SINCE_2000 = 946_684_800_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO = UUID(int=0)
_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def _record(*columns: tuple[str, str]) -> np.dtype[Any]:
    """The layout of one row of a binary COPY whose columns have fixed sizes and are never null."""
    parts: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in columns:
        parts += [(f"{name}_size", ">i4"), (name, kind)]
    return np.dtype(parts)


_READ = _record(
    ("id", "V16"), ("subject", "V16"), ("old_due", ">i8"), ("old_slot", ">i4"), ("stage", ">i4"),
    ("started", ">i8"), ("amount", ">i8"), ("unit", ">i4"), ("due", ">i8"), ("matter", "V16"),
    ("urgency", ">i4"), ("taken", ">i8"),
)  # fmt: skip
_MOVED = _record(("id", "V16"), ("old_due", ">i8"), ("old_slot", ">i4"), ("due", ">i8"), ("slot", ">i4"))
_NEW = _record(("id", "V16"), ("due_at", ">i8"), ("run_at", ">i8"), ("subject", "V16"), ("generation", ">i4"))

#: Running clocks: of tasks for their handling, and of stages.
_CLOCKS = (
    """
    SELECT t.id, t.case_id, 'handle' AS stage, t.dispatched_at AS started, t.limit_amount AS amount,
        t.limit_unit AS unit, t.due_at AS due
    FROM cases_task t WHERE t.state IN ('pending', 'working') AND t.due_at IS NOT NULL""",
    """
    SELECT s.id, s.case_id, s.stage, s.started_at AS started, s.limit_amount AS amount,
        s.limit_unit AS unit, s.due_at AS due
    FROM cases_stageclock s WHERE s.ended_at IS NULL AND s.due_at IS NOT NULL""",
)
_COLUMNS = """
coalesce(array_position({stages}, k.stage::text), 0), k.started, coalesce((k.amount * 10000)::bigint, -1),
coalesce(array_position({units}, k.unit::text), 0), k.due,
coalesce(c.matter_class, '00000000-0000-0000-0000-000000000000'::uuid),
coalesce(array_position({urgencies}, c.urgency::text), 0),
coalesce((SELECT bit_or(1::bigint << (v.slot + CASE WHEN v.clock_due_at = k.due THEN 0 ELSE {slots} END))
    FROM cases_supervision v WHERE v.subject = k.id), 0)
"""


def _array(values: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(repr(value) for value in values)}]::text[]"


_SHAPED = _COLUMNS.format(
    stages=_array(_STAGES), units=_array(UNITS), urgencies=_array(_URGENCIES), slots=SLOTS
)
_TIMED = f"""
COPY (
    SELECT x.id, x.subject, x.due_at, x.generation, {_SHAPED}
    FROM (SELECT id, subject, due_at, generation FROM clocks_timer
        WHERE kind = '{STEP_TIMER}' AND id > '{{cursor}}' ORDER BY id LIMIT {{count}}) x
    JOIN LATERAL ({_CLOCKS[0]} AND t.id = x.subject UNION ALL {_CLOCKS[1]} AND s.id = x.subject) k ON true
    JOIN cases_case c ON c.id = k.case_id
) TO STDOUT (FORMAT binary)
"""
_UNTIMED = f"""
COPY (
    SELECT k.id, k.id, k.due, 0, {_SHAPED}
    FROM ({{clocks}} AND id > '{{cursor}}' ORDER BY id LIMIT {{count}}) k
    JOIN cases_case c ON c.id = k.case_id
    WHERE c.state <> 'suspended' AND (
        SELECT x.id FROM clocks_timer x WHERE x.subject = k.id AND x.kind = '{STEP_TIMER}' LIMIT 1) IS NULL
) TO STDOUT (FORMAT binary)
"""
_TABLE = (
    "CREATE TEMP TABLE IF NOT EXISTS cases_replanned "
    "(id uuid, old_due timestamptz, old_slot int, due timestamptz, slot int) ON COMMIT DELETE ROWS"
)
_NEW_TABLE = (
    "CREATE TEMP TABLE IF NOT EXISTS cases_planned (id uuid, due_at timestamptz, run_at timestamptz, "
    "subject uuid, generation int) ON COMMIT DELETE ROWS"
)
_MOVE = """
WITH held AS MATERIALIZED (
    SELECT x.id, n.due, n.slot FROM clocks_timer x JOIN cases_replanned n ON n.id = x.id
    WHERE x.due_at = n.old_due AND x.generation = n.old_slot FOR UPDATE OF x SKIP LOCKED
), gone AS (
    DELETE FROM clocks_timer x USING held WHERE x.id = held.id AND held.slot < 0 RETURNING x.id
), moved AS (
    UPDATE clocks_timer x SET due_at = held.due, run_at = held.due, generation = held.slot
    FROM held WHERE x.id = held.id AND held.slot >= 0 RETURNING x.id
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM moved)
"""
#: A chunk is a small part of each table: rows are looked up by key, however many the tables hold. Whether a
#: clock has a timer is asked row by row: `NOT EXISTS` would become a join, and as long as the statistics have
#: not seen the first timers of ladders, one that reads the whole table for every clock.
_BY_KEY = "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"
_LEFT = """
SELECT x.subject FROM clocks_timer x JOIN cases_replanned n ON n.id = x.id
WHERE n.slot < 0 OR (x.due_at, x.generation) <> (n.due, n.slot)
"""


@dataclass(slots=True)
class Replanned:
    """What a re-plan did 重排结果: timers looked at, changed, and put where a clock had none."""

    examined: int = 0
    changed: int = 0
    added: int = 0


def ask_replan(act: Act, stages: Sequence[str], *, ladder: Ladder | None = None) -> LadderReplan:
    """Have the worker plan the running clocks of these stages anew once the act is committed."""
    row = act.insert(
        LadderReplan(
            ladder_id=ladder.id if ladder else None,
            stages=list(stages),
            asked_at=act.at,
            expected=_estimate(),
        )
    )
    app.configure_task(REPLAN_TASK).defer(replan_id=str(row.id))
    return row


def replan_ladder(
    *, at: datetime, replan_id: UUID | None = None, stages: Sequence[str] = (), chunk: int = CHUNK
) -> Replanned:
    """Plan running clocks anew by the ladders in force at `at` 阶梯重排; no due instant moves.

    Args:
        replan_id: the order whose progress is kept; one that was begun goes on where it stopped.
        stages: only clocks of these; none given means all, or those of the order.
        chunk: timers in one transaction.
    """
    forget(name="ladders")
    order = LadderReplan.objects.filter(pk=replan_id).first() if replan_id else None
    wanted = tuple(stages) or tuple(order.stages if order else ()) or _STAGES
    planner = _Planner(at, wanted, order)
    cursor = (order.cursor if order else None) or _ZERO
    busy: list[UUID] = []
    while (rows := planner.move(cursor, chunk, busy)) is not None:
        cursor = rows
    for subject in busy:
        _plan_alone(subject, at)
    for clocks in _CLOCKS:
        cursor = _ZERO
        while (rows := planner.fill(clocks, cursor, chunk)) is not None:
            cursor = rows
    if order is not None:
        LadderReplan.objects.filter(pk=order.id).update(finished_at=at)
    return planner.done


class _Planner:
    """One pass over the running clocks."""

    def __init__(self, at: datetime, stages: Sequence[str], order: LadderReplan | None) -> None:
        self.at, self.order, self.done = at, order, Replanned()
        self.now = (at - _EPOCH) // timedelta(microseconds=1)
        self.calendar: WorkCalendar = calendar_at(at)
        self.wanted = np.array([0] + [int(stage in stages) for stage in _STAGES], dtype=bool)

    def move(self, cursor: UUID, chunk: int, busy: list[UUID]) -> UUID | None:
        """Plan the next chunk of timers; the last key, None after the last chunk."""
        with transaction.atomic():
            execute(_BY_KEY, [])
            last = execute(
                "SELECT id FROM clocks_timer WHERE kind = %s AND id > %s ORDER BY id OFFSET %s LIMIT 1",
                [STEP_TIMER, cursor, chunk - 1],
            ).fetchone()
            rows = _read(_TIMED.format(cursor=cursor, count=chunk))
            overdue = rows["old_due"].astype(np.int64) + _SINCE_2000 <= self.now
            slots, dues = self._next(rows, np.where(overdue, rows["old_slot"], -1))
            differs = (slots != rows["old_slot"]) | (dues != rows["old_due"])
            differs &= self.wanted[rows["stage"]]
            moved = _move(rows[differs], slots[differs], dues[differs], busy)
            self._note(len(rows), moved, last[0] if last else None)
        return last[0] if last else None

    def fill(self, clocks: str, cursor: UUID, chunk: int) -> UUID | None:
        """Put timers where the next clocks have none; the last key, None after the last chunk."""
        with transaction.atomic():
            execute(_BY_KEY, [])
            last = execute(
                f"{clocks} AND id > %s ORDER BY id OFFSET %s LIMIT 1", [cursor, chunk - 1]
            ).fetchone()
            rows = _read(_UNTIMED.format(clocks=clocks, cursor=cursor, count=chunk))
            slots, dues = self._next(rows, np.full(len(rows), -1))
            needed = (slots >= 0) & self.wanted[rows["stage"]]
            self.done.added += int(needed.sum())
            _add(rows[needed], slots[needed], dues[needed])
        return last[0] if last else None

    def _next(
        self, rows: NDArray[Any], planned: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Slot and instant (microseconds since 2000) of the next step of each row.

        Args:
            planned: the slot whose timer is due and was not fired yet, -1 for none.
        """
        slots = np.full(len(rows), -1, dtype=np.int64)
        dues = np.zeros(len(rows), dtype=np.int64)
        for group in _groups(rows):
            first = rows[group[0]]
            clocks = ManyClocks(
                UNITS[first["unit"] - 1] if first["unit"] else "",
                rows["started"][group].astype(np.int64) + _SINCE_2000,
                rows["amount"][group].astype(np.int64),
                rows["due"][group].astype(np.int64) + _SINCE_2000,
                rows["taken"][group].astype(np.int64) & ((1 << SLOTS) - 1),
                rows["taken"][group].astype(np.int64) >> SLOTS,
                planned[group],
            )
            slots[group], instants = next_steps(self._steps(first), clocks, self.calendar, at=self.now)
            dues[group] = np.where(slots[group] >= 0, instants - _SINCE_2000, 0)
        return slots, dues

    def _steps(self, row: Any) -> Any:
        key = UUID(bytes=bytes(row["matter"]))
        node = catalog_index().class_by_id.get(key)
        return steps_for(
            _STAGES[row["stage"] - 1],
            class_kind=node.kind if node else "",
            matter_class=key if key.int else None,
            urgency=_URGENCIES[row["urgency"] - 1] if row["urgency"] else "",
            day=local_day(self.at),
        )

    def _note(self, examined: int, changed: int, cursor: UUID | None) -> None:
        self.done.examined += examined
        self.done.changed += changed
        if self.order is not None:
            LadderReplan.objects.filter(pk=self.order.id).update(
                examined=F("examined") + examined, changed=F("changed") + changed,
                **({"cursor": cursor} if cursor else {}),
            )  # fmt: skip


def _groups(rows: NDArray[Any]) -> Iterator[NDArray[np.int64]]:
    """Rows that share ladder and unit of limit."""
    if not len(rows):
        return
    kinds = (rows["stage"].astype(np.int64) * 16 + rows["unit"]) * 16 + rows["urgency"]
    matters = np.unique(np.frombuffer(rows["matter"].tobytes(), dtype="S16"), return_inverse=True)[1]
    keys = kinds * (len(rows) + 1) + matters
    order = np.argsort(keys, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


def _read(statement: str) -> NDArray[Any]:
    """The rows of a binary COPY as one array of records."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        raw = b"".join(bytes(block) for block in copy)
    return np.frombuffer(
        raw, dtype=_READ, offset=len(_HEADER), count=(len(raw) - len(_HEADER)) // _READ.itemsize
    )


def _write(statement: str, layout: np.dtype[Any], columns: dict[str, Any], count: int) -> None:
    """Send arrays as a binary COPY; `columns` in the order of the layout."""
    rows = np.zeros(count, dtype=layout)
    rows["columns"] = len(columns)
    for name, values in columns.items():
        rows[name] = values
        rows[f"{name}_size"] = rows.dtype[name].itemsize
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_HEADER + rows.tobytes() + _TRAILER)


def _move(rows: NDArray[Any], slots: NDArray[np.int64], dues: NDArray[np.int64], busy: list[UUID]) -> int:
    """Move the timers of these rows; those that somebody holds or has moved are added to `busy`."""
    if not len(rows):
        return 0
    execute(_TABLE, [])
    execute("TRUNCATE cases_replanned", [])
    columns = {
        "id": rows["id"], "old_due": rows["old_due"], "old_slot": rows["old_slot"], "due": dues, "slot": slots
    }  # fmt: skip
    _write("COPY cases_replanned FROM STDIN (FORMAT binary)", _MOVED, columns, len(rows))
    (moved,) = execute(_MOVE, []).fetchone() or (0,)
    if moved < len(rows):
        busy += [subject for (subject,) in execute(_LEFT, []).fetchall()]
    return int(moved)


def _add(rows: NDArray[Any], slots: NDArray[np.int64], dues: NDArray[np.int64]) -> None:
    if not len(rows):
        return
    keys = np.frombuffer(b"".join(uuid7().bytes for _ in range(len(rows))), dtype="V16")
    columns = {"id": keys, "due_at": dues, "run_at": dues, "subject": rows["subject"], "generation": slots}
    execute(_NEW_TABLE, [])
    execute("TRUNCATE cases_planned", [])
    _write("COPY cases_planned FROM STDIN (FORMAT binary)", _NEW, columns, len(rows))
    execute(
        "INSERT INTO clocks_timer (id, due_at, run_at, subject, generation, kind, attempts, last_error) "
        "SELECT id, due_at, run_at, subject, generation, %s, 0, '' FROM cases_planned",
        [STEP_TIMER],
    )


def _plan_alone(subject: UUID, at: datetime) -> None:
    """Plan one clock under the lock of its case, as somebody held its timer."""
    owner = running_clock(subject)
    if owner is None:
        return
    with acting(actor=PLANNER, at=at) as act:
        case = act.lock(Case, owner[0])
        found = running_clock(subject)  # once more: it may have moved or ended before the lock was ours
        if found is None or case.state == SUSPENDED:
            return
        clock = found[1]
        replan_steps(
            act, case=case, subject=subject, stage=clock.stage, started_at=clock.started_at,
            amount=clock.amount, unit=clock.unit, due_at=clock.due_at,
        )  # fmt: skip


def _estimate() -> int:
    """About how many timers there are, as the planner of the database knows it."""
    row = execute(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = 'clocks_timer'::regclass", []
    ).fetchone()
    return max(row[0], 0) if row else 0


__all__ = ["CHUNK", "PLANNER", "REPLAN_TASK", "Replanned", "ask_replan", "replan_ladder"]
