"""Parts 组成: the processes that an instance is made of, and when each was last heard of.

The worker's heartbeats stand in the job queue's own table, all others in `ledger.Heartbeat`. Ages are
measured by the database's clock, so machines need not agree on the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ..ledger.public import SILENCE

#: The processes that every instance needs, in the order they are shown.
PARTS = ("web", "worker", "relay", "clock", "intake", "triage", "live")
ALIVE, SILENT, ABSENT = "alive", "silent", "absent"

_PROCESSES = """
SELECT part, process, started_at, seen_at, extract(epoch FROM now() - seen_at)::int
FROM ledger_heartbeat WHERE seen_at > now() - interval '1 day'
UNION ALL
SELECT 'worker', 'worker ' || id, NULL, last_heartbeat, extract(epoch FROM now() - last_heartbeat)::int
FROM procrastinate_workers
ORDER BY 5, 2
"""


@dataclass(frozen=True, slots=True)
class Process:
    """One process as the database knows it 进程: `age` is the seconds since its last heartbeat."""

    part: str
    name: str
    started_at: datetime | None
    seen_at: datetime
    age: int

    @property
    def state(self) -> str:
        """`alive`, or `silent` when it has missed several beats."""
        return ALIVE if self.age <= SILENCE else SILENT


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of process with those that are known of it, the one heard of last first."""

    name: str
    processes: tuple[Process, ...]

    @property
    def state(self) -> str:
        """`alive` when a process of it is, `silent` when none is any more, `absent` when none is known."""
        return self.processes[0].state if self.processes else ABSENT

    @property
    def alive(self) -> int:
        """How many of its processes are alive."""
        return sum(process.state == ALIVE for process in self.processes)

    def finding(self) -> dict[str, object]:
        """What `/healthz` says of it."""
        seen = self.processes[0].age if self.processes else None
        return {"state": self.state, "alive": self.alive, "seen_seconds_ago": seen}


def find_parts() -> list[Part]:
    """Every part of the instance, whether or not anything of it was ever heard of; one query.

    Parts that a city runs besides (such as another door for messages) are listed once they beat.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PROCESSES)
        rows = [Process(*row) for row in cursor.fetchall()]
    more = sorted({row.part for row in rows} - set(PARTS))
    return [Part(name, tuple(row for row in rows if row.part == name)) for name in (*PARTS, *more)]
