"""Timers at a million open tasks: how late the clock fires while acts go on, and how its memory stands.

A million open cases, each with an open task, its running clocks and its timers, are seeded set-based (once;
kept in an instance of their own). Then the real loop of `yiwang clock` runs in a process of its own, another
process does acts at a steady pace, and timers fall due at a steady rate. A timer is late by the time from its
due instant to the commit of what its handler did. One that could not be fired at its instant, because it was
planned behind it (a step whose moment had passed is due at once) or fell due while no clock ran, is late from
when it could be, and counted apart.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from . import stage, timer_seeding
from .figures import percentile, write

#: Timers that fall due a second, for how long, and how many seconds the processes have to begin.
DUE_RATE, SECONDS, WARM = 50, 90, 15
#: Acts a second that go on beside, in how many processes.
ACT_RATE, WORKERS = 100, 3
#: Of each kind half: the promise of a case, and the ladder of a task, which goes on to its next step.
_ARRIVING = """
WITH chosen AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM (
        SELECT t.id FROM clocks_timer t TABLESAMPLE SYSTEM (%(share)s)
        WHERE t.kind = %(kind)s AND t.run_at > now() + interval '1 day' LIMIT %(many)s
    ) picked
), moved AS (
    UPDATE clocks_timer t SET due_at = %(start)s + c.n * %(step)s, run_at = %(start)s + c.n * %(step)s,
        generation = coalesce(%(slot)s::int, generation)
    FROM chosen c WHERE t.id = c.id RETURNING t.subject, t.due_at
)
UPDATE {table} x SET due_at = m.due_at FROM moved m WHERE x.id = m.subject
"""
_KINDS = {"cases.overdue": "cases_case", "cases.step": "cases_task"}


def prepare_and_run(home: Path, size: int) -> None:
    """Start the instance, seed it unless it is, and measure."""
    stage.prepare(home)
    timer_seeding.ensure_seeded(size)
    _refuse_stale()
    change_ladder()
    run()


def _refuse_stale() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM clocks_timer WHERE run_at < now()")
        if cursor.fetchone()[0] > 1000:
            raise SystemExit(
                "The seeded timers have fallen due: delete the folder of the instance and seed anew."
            )


def change_ladder() -> None:
    """Measure `timers.replan` and its memory: every running clock follows a changed ladder."""
    for _ in range(2):
        with _part("replan") as process:
            done = _said(process)
        name = "replan" if done["changed"] else "plan"
        count = done["changed"] + done["added"]
        write(f"timers.{name}", size=count, value=done["seconds"], unit="s")
        write(f"timers.{name}.memory", size=count, value=done["peak"], unit="MB", baseline=done["before"])
        if done["changed"]:
            break


def run() -> None:
    """Measure `timers.lateness.*`, `timers.fired`, `timers.acts`, `timers.memory.*`."""
    size = _waiting()
    with _part("clock") as clock, ExitStack() as stack:
        _wait_until_it_runs(clock)
        start = datetime.now(UTC) + timedelta(seconds=WARM)
        many = _let_arrive(DUE_RATE * SECONDS, start)
        crew = [stack.enter_context(_part("acts", str(WARM + SECONDS))) for _ in range(WORKERS)]
        seen = _watch(clock.pid, start, SECONDS + 3)
        done = [_said(acts) for acts in crew]
        clock.terminate()
        fired = _said(clock)
    late = fired["late"]
    print(f"{len(late)} timers fired; {many} were let fall due", file=sys.stderr)
    for name, value in (("p50", percentile(late, 0.5)), ("p99", percentile(late, 0.99)), ("max", max(late))):
        write(f"timers.lateness.{name}", size=size, value=value * 1000, unit="ms")
    for name in ("before", "at_once"):
        write(f"timers.due_{name}", size=len(late), value=len(fired[name]), unit="timers")
        print(f"due {name}, seconds behind:", [round(value) for value in sorted(fired[name])[-5:]])
    write("timers.fired", size=size, value=len(late) / SECONDS, unit="timers/s")
    took = [one for acts in done for one in acts["took"]]
    write("timers.acts", size=size, value=sum(a["acts"] / a["seconds"] for a in done), unit="acts/s")
    write("timers.act_p99", size=size, value=percentile(took, 0.99) * 1000, unit="ms")
    write("timers.clock_cpu", size=len(late), value=1000 * fired["cpu"] / len(late), unit="ms a timer")
    print("memory of the clock every ten seconds, MB:", [round(value) for value in seen[::10]])
    write("timers.memory.start", size=size, value=seen[0], unit="MB")
    write("timers.memory.end", size=size, value=seen[-1], unit="MB", baseline=seen[0])


def _waiting() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_task WHERE state IN ('pending', 'working')")
        return int(cursor.fetchone()[0])


def _let_arrive(many: int, start: datetime) -> int:
    """Let so many of the waiting timers fall due one after the other from `start`; returns how many."""
    from django.db import connection, transaction

    from yiwang.cases.steps import OVERDUE

    each = many // len(_KINDS)
    share = 100 * min(1.0, 6 * each / max(1, _waiting()))
    given = {"share": share, "many": each, "step": timedelta(seconds=len(_KINDS)) / DUE_RATE}
    done = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for n, (kind, table) in enumerate(_KINDS.items()):
            first = start + n * timedelta(seconds=1) / DUE_RATE
            slot = OVERDUE.slot if kind == "cases.step" else None
            cursor.execute(
                _ARRIVING.format(table=table), {**given, "kind": kind, "start": first, "slot": slot}
            )
            done += cursor.rowcount
    return done


def _watch(pid: int, start: datetime, seconds: float) -> list[float]:
    """Resident memory of a process, in megabytes, each second from `start` on."""
    time.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds()))
    seen = []
    for _ in range(int(seconds)):
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        seen.append(pages * 4096 / 1e6)
        time.sleep(1.0)
    return seen


@contextmanager
def _part(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """One of the two processes below, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.bench.timers", *arguments], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "YIWANG_LOG_LEVEL": "WARNING"},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def _wait_until_it_runs(process: subprocess.Popen[str]) -> None:
    """Until the clock has said its first line."""
    assert process.stdout is not None
    if not process.stdout.readline():
        raise RuntimeError(f"{process.args} did not start")


def _said(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a process wrote down at its end."""
    text, _ = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(f"{process.args} ended with {process.returncode}")
    found: dict[str, Any] = json.loads(text)
    return found


# -- the clock's process ---------------------------------------------------------------------------
def clock() -> dict[str, Any]:
    """The product's own loop until SIGTERM; how late each handler's work was committed, in seconds."""
    import signal
    import threading

    from django.db import connection
    from django.utils.module_loading import autodiscover_modules

    from yiwang.clocks import timers
    from yiwang.clocks.public import run_clock

    autodiscover_modules("handlers")
    connection.ensure_connection()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    fired = _Fired(datetime.now(UTC))
    for kind, handler in list(timers._MANY.items()):
        timers._MANY[kind] = fired.timing(handler)
    print("running", flush=True)
    run_clock(stop)
    return {"late": fired.late, "before": fired.before, "at_once": fired.at_once, "cpu": time.process_time()}


@dataclass
class _Fired:
    """What a clock that began at an instant has fired.

    Attributes:
        late: seconds from when each timer could be fired to the commit.
        before: for those that fell due before the clock ran, how long before, in seconds.
        at_once: for those planned behind their instant, how far behind, in seconds.
    """

    began: datetime
    late: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    at_once: list[float] = field(default_factory=list)
    _moved: dict[UUID, datetime] = field(default_factory=dict)

    def timing(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler, its work timed at the commit."""
        from django.db import transaction

        from yiwang.clocks.public import BUSY, Again

        def timed(due: Sequence[Any], *, at: datetime) -> Any:
            outcomes = handler(due, at=at)
            handled = [timer for timer in due if outcomes.get(timer.id) is not BUSY]
            again = [key for key, outcome in outcomes.items() if isinstance(outcome, Again)]
            transaction.on_commit(lambda: self._note(handled, again))
            return outcomes

        return timed

    def _note(self, handled: Sequence[Any], again: Sequence[UUID]) -> None:
        now = datetime.now(UTC)
        for timer in handled:
            planned = self._planned_at(timer.id)
            could = max(timer.due_at, planned, self.began)
            self.late.append((now - could).total_seconds())
            if timer.due_at < planned:
                self.at_once.append((planned - timer.due_at).total_seconds())
            elif timer.due_at < self.began:
                self.before.append((self.began - timer.due_at).total_seconds())
        self._moved.update(dict.fromkeys(again, now))

    def _planned_at(self, key: UUID) -> datetime:
        """When a timer was last planned: by this clock, else with its row; seeded keys tell nothing."""
        from yiwang.kernel.ids import instant_of

        made = instant_of(key) if key.version == 7 else datetime.min.replace(tzinfo=UTC)
        return self._moved.get(key, made)


# -- the process that re-plans ---------------------------------------------------------------------
def replan() -> dict[str, Any]:
    """Change the ladder of handling so that every first step moves, and plan all running clocks anew."""
    import resource

    from django.utils import timezone

    from yiwang.cases.models import Ladder, LadderReplan
    from yiwang.cases.public import LadderTerms, local_day, replan_ladder, set_ladder
    from yiwang.kernel.actor import system_actor

    at = timezone.now()
    stands = Ladder.objects.filter(
        stage="handle", class_kind="", matter_class=None, urgency="", valid_to=None
    ).get()
    steps = [dict(step) for step in stands.steps]
    steps[0]["share"] = 110 - steps[0]["share"]
    terms = LadderTerms("handle", stands.name, tuple(steps), local_day(at), stands.code, basis=stands.basis)
    set_ladder(actor=system_actor("bench", "cases.configure"), at=at, terms=terms)
    order = LadderReplan.objects.latest("asked_at")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    start = time.perf_counter()
    done = replan_ladder(at=at, replan_id=order.id)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"changed": done.changed, "added": done.added, "seconds": seconds, "before": before, "peak": peak}


# -- the process that acts -------------------------------------------------------------------------
def act(seconds: float) -> dict[str, Any]:
    """Acts at a steady pace: loops of new cases, and seeded ones signed for, recalled and sent out anew."""
    took = []
    acts = _acts()
    start = time.time()
    while (now := time.time()) < start + seconds:
        due = start + len(took) * WORKERS / ACT_RATE
        if due > now:
            time.sleep(due - now)
        began = time.perf_counter()
        next(acts)()
        took.append(time.perf_counter() - began)
    return {"acts": len(took), "seconds": time.time() - start, "took": took}


def _acts() -> Iterator[Callable[[], object]]:
    from django.utils import timezone

    from yiwang.cases import public as cases

    from . import loops

    s, now = loops.setting(), timezone.now
    actor, other = s["actor"], s["other"]
    for case_id, host in _open_cases():
        draft = cases.ReportDraft(
            channel="bench", text="中山路三号门口路灯不亮，请派人处理。", community=s["community"],
            matter_class=s["class"],
        )  # fmt: skip
        made: list[Any] = []
        old = {"actor": actor, "case_id": case_id}

        def receive(draft: Any = draft, made: list[Any] = made) -> None:
            made.append(cases.receive_report(actor=actor, at=now(), draft=draft, accept=True)[1].id)

        yield receive
        new = {"case_id": made[0]}
        yield lambda new=new: cases.dispatch_case(actor=actor, at=now(), host=s["unit"], **new)
        yield lambda old=old: cases.sign_task(at=now(), **old)
        yield lambda new=new: cases.complete_task(actor=actor, at=now(), result="已修复，灯已点亮。", **new)
        yield lambda old=old: cases.recall_case(at=now(), reason="派遣有误", **old)
        yield lambda new=new: cases.recheck_case(actor=other, at=now(), result="passed", **new)
        yield lambda old=old, host=host: cases.dispatch_case(at=now(), host=host, **old)
        yield lambda new=new: cases.close_case(actor=other, at=now(), ending="solved", **new)


def _open_cases() -> list[tuple[Any, Any]]:
    """Seeded cases that are far from due, with their hosts."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, host FROM cases_case TABLESAMPLE SYSTEM (10) WHERE state = 'handling' "
            "AND version = 1 AND due_at > now() + interval '1 day' LIMIT 20000"
        )
        rows: list[tuple[Any, Any]] = cursor.fetchall()
    random.shuffle(rows)
    return rows


if __name__ == "__main__":
    import django

    django.setup()
    parts: dict[str, Callable[..., dict[str, Any]]] = {"clock": clock, "acts": act, "replan": replan}
    print(json.dumps(parts[sys.argv[1]](*map(float, sys.argv[2:]))))
