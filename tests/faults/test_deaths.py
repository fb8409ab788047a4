"""SIGKILL to any process during a load: what was acknowledged is there once, and the rest catches up."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from yiwang.project.probing import health

from .audit import audit, check_ledger
from .instance import WEB_PROCESSES, Instance
from .load import load_on
from .processes import process
from .waiting import wait_for

pytestmark = pytest.mark.slow

#: Cases that have fallen due lately and are not marked yet.
NEWLY_DUE = """
    SELECT count(*) FROM cases_case WHERE state = 'handling' AND overdue_at IS NULL
    AND due_at BETWEEN now() - interval '30 seconds' AND now()"""

CHECKPOINTS = "SELECT count(*) FROM ledger_checkpoint"
UNDER_WAY = """
    SELECT id, worker_id FROM procrastinate_jobs
    WHERE task_name = 'ledger.make_checkpoint' AND status = 'doing'"""


@pytest.mark.parametrize("part", ["server", "web process", "worker"])
def test_every_acknowledged_report_survives_a_sudden_death_of(part: str, instance: Instance) -> None:
    with load_on(instance) as load:
        instance.kill(part)
        instance.wait_until_replaced(part)
        load.wait_for_more()
    audit(instance, load)


def test_the_clock_marks_what_fell_due_while_it_was_dead(instance: Instance) -> None:
    with load_on(instance) as load, instance.without("clock"):
        wait_for("cases that fall due unseen", lambda: instance.sql(NEWLY_DUE)[0][0] >= 4, every=0.2)
    audit(instance, load)
    acknowledged = [one.case for one in load.acknowledged if "feedback" not in one.acts]
    marked = wait_for(
        "the load's own cases to fall due",
        lambda: (
            len(
                found := instance.sql(
                    "SELECT id FROM cases_case WHERE id = ANY(%s::uuid[]) AND overdue_at = due_at",
                    [acknowledged],
                )
            )
            == len(acknowledged)
            and found
        ),
        every=0.2,
    )
    assert len(marked) >= 8


def test_the_relay_delivers_what_gathered_while_it_was_dead(instance: Instance) -> None:
    waiting = "SELECT count(*) FROM ledger_outboxevent WHERE delivered_at IS NULL"
    with load_on(instance) as load:
        with instance.without("relay"):
            wait_for("events that wait", lambda: instance.sql(waiting)[0][0] >= 20)
        load.wait_for_more()
    audit(instance, load)


def test_a_job_whose_worker_was_killed_is_done_after_all(instance: Instance) -> None:
    before = instance.sql(CHECKPOINTS)[0][0]
    with instance.superuser() as blocker, blocker.transaction():
        blocker.execute("LOCK TABLE ledger_checkpoint IN ACCESS EXCLUSIVE MODE")
        defer(instance, "ledger.make_checkpoint")
        ((job, worker),) = wait_for("the job to be under way", lambda: instance.sql(UNDER_WAY))
        instance.kill("worker")
    instance.wait_until_replaced("worker")
    assert instance.sql(UNDER_WAY) == [(job, worker)]
    instance.sql(
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %s", [worker]
    )
    defer(instance, "project.retry_lost_jobs")
    left = "SELECT status::text, attempts, worker_id FROM procrastinate_jobs WHERE id = %s"
    wait_for("the job to be done", lambda: not instance.sql(left, [job]))
    assert instance.sql(CHECKPOINTS)[0][0] > before


def test_after_a_sudden_death_of_the_database_web_and_worker_go_on(instance: Instance) -> None:
    before = instance.sql(CHECKPOINTS)[0][0]
    with load_on(instance) as load:
        instance.kill("database")
        instance.wait_until_replaced("database")
        defer(instance, "ledger.make_checkpoint")
        load.wait_for_more()
    assert set(load.errors) <= {503}, load.errors
    audit(instance, load)
    wait_for("a checkpoint", lambda: instance.sql(CHECKPOINTS)[0][0] > before, seconds=40)


def test_without_its_database_healthz_says_so_and_clients_repeat(instance: Instance) -> None:
    wait_for("all parts alive", lambda: _told(instance)["status"] == "ready", seconds=60)
    with load_on(instance) as load:
        with instance.without("database"):
            told = wait_for("healthz to say 503", lambda: _unready(instance), seconds=20)
            assert "database" in told["not_ready"]
            assert told["checks"]["server"] == {"ready": True}
            for path, kind in (("/api/v1/cases", "application/problem+json"), ("/", "text/html")):
                answered = ask(instance, path)
                assert (answered[0], answered[1].partition(";")[0], answered[2]) == (503, kind, "5"), path
            wait_for("clients that were told to come back", lambda: load.repeated_so_far >= 8)
        load.wait_for_more()
        assert [ask(instance, path)[0] for path in ("/login/", "/api/v1/cases")] == [200, 200]
        status, told = health("127.0.0.1", instance.port)
        assert (status, told["not_ready"]) == (200, [])
    assert load.repeated > 0
    assert set(load.errors) == {503}, load.errors
    begun = [line for line in instance.lines("yiwang.outages") if "part=web" in line["event"]]
    assert 1 <= len(begun) <= 4 * WEB_PROCESSES, "a line an outage, not a line a request"
    begun = [line for line in instance.lines("yiwang.outages") if "of reach, part=intake" in line["event"]]
    assert 1 <= len(begun) <= 4, "a line an outage, not a line a part and try"
    loud = [line for line in instance.lines("yiwang.intake.running") if "exception" in line]
    assert loud == [], "an outage is no failure of a part"
    assert "Traceback" not in "".join(line.get("exception", "") for line in instance.lines("django.request"))
    audit(instance, load)


@pytest.mark.parametrize("part", ["worker", "relay", "clock", "intake", "triage", "live"])
def test_a_dead_part_degrades_the_instance_by_name_and_the_web_stays_up(
    part: str, instance: Instance
) -> None:
    wait_for(f"a living {part}", lambda: _lives(instance, part), seconds=60)
    wait_for("all parts alive", lambda: _told(instance)["status"] == "ready", seconds=60)
    with instance.without(part):
        for table, seen in (("ledger_heartbeat", "seen_at"), ("procrastinate_workers", "last_heartbeat")):
            where = "TRUE" if part == "worker" else "part = %s"
            if (part == "worker") == (table == "procrastinate_workers"):  # as if a minute had gone by
                instance.sql(
                    f"UPDATE {table} SET {seen} = {seen} - interval '1 minute' WHERE {where}",
                    [] if part == "worker" else [part],
                )
        status, told = health("127.0.0.1", instance.port)
        assert (status, told["status"], told["degraded"]) == (200, "degraded", [part])
        assert told["parts"][part]["state"] == "silent"
        assert told["parts"][part]["seen_seconds_ago"] >= 60
    wait_for("all parts alive again", lambda: _told(instance)["status"] == "ready", seconds=60)


def test_the_ledger_is_whole_after_all_of_it(instance: Instance) -> None:
    told = check_ledger(instance)
    assert told["replayed"] >= instance.sql("SELECT count(*) FROM cases_case")[0][0]


def ask(instance: Instance, path: str) -> tuple[int, str, str | None]:
    """Status, content type and `Retry-After` of a GET by a browser with a session and by a token at once."""
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=20)
    try:
        headers = {"Authorization": f"Bearer {instance.city['tokens']['dispatcher']}"}
        connection.request("GET", path, headers=headers | {"Cookie": f"sessionid={'a' * 32}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Content-Type", ""), answer.headers.get("Retry-After")
    finally:
        connection.close()


def defer(instance: Instance, task: str) -> None:
    """Put a job of a periodic task in the queue, as its hour would."""
    instance.sql(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %s, 0, NULL, NULL, "
        "'{\"timestamp\": 0}'::jsonb, NULL)::procrastinate_job_to_defer_v1])",
        [task],
    )


def _lives(instance: Instance, part: str) -> bool:
    """Whether the part's newest process lives; a worker that lost its database pauses before the next."""
    newest = process(instance.pid(part))
    return newest is not None and newest.lives()


def _told(instance: Instance) -> dict[str, Any]:
    return health("127.0.0.1", instance.port)[1]


def _unready(instance: Instance) -> dict[str, Any] | None:
    status, told = health("127.0.0.1", instance.port)
    return told if status == 503 else None
