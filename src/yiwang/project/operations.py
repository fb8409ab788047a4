"""Operations 运行状态: what the instance does at this moment, for whoever administers or audits it.

Every figure is bounded: what waits is counted up to `MOST`, lists are cut, sizes come from the catalog.
Nothing here counts a table that grows with the city.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from ..clocks.public import CalendarWarning, Timer, unknown_year_warning
from ..ledger.public import Checkpoint, Intervention, OutboxEvent
from .parts import Part, find_parts

#: What waits is counted up to so many, and a list shows at most `SHOWN`.
MOST, SHOWN = 10_000, 20
#: Attempts after which an event counts as stuck, and the age at which a checkpoint is overdue.
STUCK_AFTER, CHECKPOINT_OVERDUE = 5, timedelta(hours=2)
#: A timer that failed is tried again within five minutes: one that is due later has not failed lately.
_SOON = timedelta(minutes=6)

_OUTBOX = """
SELECT count(*), min(created_at), count(*) FILTER (WHERE attempts >= %s) FROM (
    SELECT created_at, attempts FROM ledger_outboxevent WHERE delivered_at IS NULL LIMIT %s
) waiting
"""
_TIMERS = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM clocks_timer WHERE run_at <= %s LIMIT %s) due),
    (SELECT min(due_at) FROM (SELECT due_at FROM clocks_timer WHERE run_at <= %s LIMIT %s) late),
    (SELECT min(run_at) FROM clocks_timer)
"""
_JOBS = """
SELECT status::text, count(*) FROM (SELECT status FROM procrastinate_jobs LIMIT %s) jobs GROUP BY status
"""
_FAILED_JOBS = """
SELECT j.id, j.task_name, j.queue_name, j.attempts,
    (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)
FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT %s
"""
_SIZES = """
SELECT relname, pg_total_relation_size(oid), greatest(reltuples, 0)::bigint FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 8
"""


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits for the relay 待发事件: how many, since when, how many are stuck, and those that failed."""

    waiting: int
    since: datetime | None
    stuck: int
    failing: Sequence[OutboxEvent]


@dataclass(frozen=True, slots=True)
class Timers:
    """What waits for the clock 定时: due now, the oldest of them, the next one, and those that failed."""

    due: int
    oldest: datetime | None
    next_at: datetime | None
    failing: Sequence[Timer]


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that was given up 失败任务."""

    id: int
    task: str
    queue: str
    attempts: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Jobs:
    """What waits for the worker 后台任务."""

    todo: int
    doing: int
    failed: int
    failures: Sequence[FailedJob]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the catalog knows it: its size with indexes in bytes, its rows as last estimated."""

    name: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Storage:
    """Disk and database 存储, in bytes."""

    disk_size: int
    disk_free: int
    database: int
    tables: Sequence[Table]

    @property
    def free_percent(self) -> int:
        """Share of the disk that is free."""
        return self.disk_free * 100 // self.disk_size


@dataclass(frozen=True, slots=True)
class Operations:
    """Everything the page shows 运行状态."""

    at: datetime
    parts: Sequence[Part]
    outbox: Outbox
    timers: Timers
    jobs: Jobs
    checkpoints: Sequence[Checkpoint]
    storage: Storage
    interventions: Sequence[Intervention]
    warning: str
    warnings: Sequence[CalendarWarning]

    @property
    def checkpoint_overdue(self) -> bool:
        """Whether the newest checkpoint is too old, or there is none though we have run that long."""
        if self.checkpoints:
            return self.at - self.checkpoints[0].at > CHECKPOINT_OVERDUE
        starts = [p.started_at for part in self.parts for p in part.processes if p.started_at]
        return bool(starts) and self.at - min(starts) > CHECKPOINT_OVERDUE


def look(at: datetime) -> Operations:
    """How the instance fares at this moment."""
    return Operations(
        at=at,
        parts=find_parts(),
        outbox=_outbox(),
        timers=_timers(at),
        jobs=_jobs(),
        checkpoints=list(Checkpoint.objects.order_by("-id")[:5]),
        storage=_storage(),
        interventions=list(Intervention.objects.order_by("-at", "-id")[:10]),
        warning=unknown_year_warning(at),
        warnings=list(CalendarWarning.objects.order_by("-year")[:SHOWN]),
    )


def _rows(statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _outbox() -> Outbox:
    ((waiting, since, stuck),) = _rows(_OUTBOX, [STUCK_AFTER, MOST])
    failing = OutboxEvent.objects.filter(delivered_at=None, attempts__gte=1).order_by("-attempts", "id")
    return Outbox(waiting, since, stuck, list(failing[:SHOWN]))


def _timers(at: datetime) -> Timers:
    ((due, oldest, next_at),) = _rows(_TIMERS, [at, MOST, at, MOST])
    failing = Timer.objects.filter(run_at__lte=at + _SOON).exclude(last_error="").order_by("run_at")
    return Timers(due, oldest, next_at, list(failing[:SHOWN]))


def _jobs() -> Jobs:
    counts = dict(_rows(_JOBS, [MOST]))
    failures = [FailedJob(*row) for row in _rows(_FAILED_JOBS, [SHOWN])]
    return Jobs(counts.get("todo", 0), counts.get("doing", 0), counts.get("failed", 0), failures)


def _storage() -> Storage:
    disk = shutil.disk_usage(settings.YIWANG_HOME)
    ((database,),) = _rows("SELECT pg_database_size(current_database())")
    return Storage(disk.total, disk.free, database, [Table(*row) for row in _rows(_SIZES)])


def counted(number: int) -> str:
    """A bounded count in words: `10,000+` when the bound was reached."""
    return f"{number:,}+" if number >= MOST else f"{number:,}"


def age_text(seconds: float) -> str:
    """An age in words of one unit, such as `3 分钟`; never negative."""
    whole = max(0, int(seconds))
    for size, words in ((86_400, _("%(n)s 天")), (3600, _("%(n)s 小时")), (60, _("%(n)s 分钟"))):
        if whole >= size:
            return words % {"n": whole // size}
    return _("%(n)s 秒") % {"n": whole}


def size_text(size: int) -> str:
    """A size in bytes in words, such as `1.5 GB`."""
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"
