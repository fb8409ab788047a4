"""Simultaneous requests: every create succeeds with a number of its own, lost races are run again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from yiwang.cases.models import Case, Report
from yiwang.cases.public import ReportDraft, receive_report
from yiwang.cases.tests.factories import SYSTEM, make_city
from yiwang.kernel.ids import is_number

from .instance import Instance
from .load import Answer, Client, report
from .waiting import wait_for

pytestmark = pytest.mark.slow

COUNT = 200
#: Threads with a database connection each; the test cluster takes 60.
THREADS = 40
T = TypeVar("T")


def at_once(threads: int, calls: list[Callable[[], T]]) -> list[T]:
    """Run the calls in so many threads that all begin at the same moment; their results in order."""
    start = threading.Barrier(threads)
    begun = threading.local()

    def run(call: Callable[[], T]) -> T:
        if not getattr(begun, "here", False):
            begun.here = True
            start.wait(60)
        return call()

    with ThreadPoolExecutor(threads) as pool:
        return [future.result(120) for future in [pool.submit(run, call) for call in calls]]


@pytest.mark.django_db(transaction=True)
def test_200_simultaneous_creates_in_threads_all_succeed_with_numbers_of_their_own() -> None:
    city = make_city()
    community, matter = city.area("east_1_a"), city.classes["request"].id

    def create() -> tuple[str, str]:
        draft = ReportDraft(channel="12345", text="路灯不亮", community=community, matter_class=matter)
        try:
            made, case = receive_report(actor=SYSTEM, at=timezone.now(), draft=draft, accept=True)
            return made.number, case.number
        finally:
            connection.close()

    answers = at_once(THREADS, [create] * COUNT)
    numbers = [number for pair in answers for number in pair]
    assert all(is_number(number) for number in numbers)
    assert len(set(numbers)) == 2 * COUNT
    assert set(Case.objects.values_list("number", flat=True)) == {case for _, case in answers}
    assert Case.objects.count() == Report.objects.count() == COUNT


def test_200_simultaneous_creates_over_http_all_succeed_with_numbers_of_their_own(
    instance: Instance,
) -> None:
    text = "路灯不亮，二百人同时来报。"

    def create() -> Answer:
        with client(instance) as operator:
            return operator.once("/reports", report(instance.city, text))

    answers = at_once(COUNT, [create] * COUNT)
    assert {answer.status for answer in answers} == {201}
    cases = [answer.body["case"]["number"] for answer in answers]
    reports = [answer.body["report_number"] for answer in answers]
    assert all(is_number(number) for number in cases + reports)
    assert len(set(cases)) == len(set(reports)) == COUNT
    stored = instance.sql(
        "SELECT c.number FROM cases_report r JOIN cases_reportlink l ON l.report_id = r.id "
        "JOIN cases_case c ON c.id = l.case_id WHERE r.text = %s",
        [text],
    )
    assert sorted(number for (number,) in stored) == sorted(cases)


def test_the_same_key_sent_by_twenty_clients_at_once_makes_one_report(instance: Instance) -> None:
    text = "同一个键同时重发二十次。"

    def create() -> Answer:
        with client(instance) as operator:
            return operator.once("/reports", report(instance.city, text), key="sent-by-twenty")

    answers = at_once(20, [create] * 20)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["case"]["id"] for answer in answers}) == 1
    assert instance.sql("SELECT count(*) FROM cases_report WHERE text = %s", [text]) == [(1,)]


def test_two_merges_in_opposite_order_end_with_one_merge_and_one_refusal(instance: Instance) -> None:
    pairs = [tuple(new_case(instance) for _ in range(2)) for _ in range(8)]
    calls = [merge_call(instance, *order) for one, other in pairs for order in ((one, other), (other, one))]
    answers = at_once(len(calls), calls)
    for index, pair in enumerate(pairs):
        both = answers[2 * index : 2 * index + 2]
        assert sorted(answer.status for answer in both) == [200, 409], both
        assert kinds(instance, pair, "cases.absorbed", "cases.merge") == ["cases.absorbed", "cases.merge"]


def test_a_deadlock_is_run_again_at_the_edge(instance: Instance) -> None:
    """Another transaction locks the two cases in the opposite order; the server's is the one that loses."""
    for _ in range(4):
        first, second = sorted((new_case(instance), new_case(instance)), key=UUID)
        answer, server_lost = merge_against(instance, first, second)
        assert answer.status == 200, answer
        assert kinds(instance, (first, second), "cases.absorbed", "cases.merge") == [
            "cases.absorbed", "cases.merge",
        ]  # fmt: skip
        if server_lost:
            return
    pytest.fail("the server's transaction was never the victim")


def merge_against(instance: Instance, first: str, second: str) -> tuple[Answer, bool]:
    """Merge over HTTP while a foreign transaction holds `second` and then wants `first`.

    Returns:
        The server's answer, and whether it was the server's transaction that the database ended.
    """
    lock = b"SELECT 1 FROM cases_case WHERE id = %s FOR UPDATE"
    with ThreadPoolExecutor(1) as pool, instance.superuser() as foreign:
        foreign.execute("SET deadlock_timeout = '10s'")
        asked: Future[Answer]
        try:
            with foreign.transaction():
                foreign.execute(lock, [second])
                asked = pool.submit(merge_call(instance, first, second))
                wait_for("the server to wait", lambda: waits_for(instance, foreign), every=0.01)
                foreign.execute(lock, [first])
        except psycopg.errors.DeadlockDetected:
            return asked.result(60), False
        return asked.result(60), True


def waits_for(instance: Instance, holder: psycopg.Connection) -> bool:
    """Whether a session waits for a lock of `holder`."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
    return bool(instance.sql(waiting, [holder.info.backend_pid]))


def merge_call(instance: Instance, survivor: str, absorbed: str) -> Callable[[], Answer]:
    """A call that merges over HTTP."""

    def merge() -> Answer:
        with client(instance) as operator:
            body = {"absorbed": absorbed, "reason": "同一处垃圾"}
            return operator.once(f"/cases/{survivor}/merge", body)

    return merge


def new_case(instance: Instance) -> str:
    """The key of a new accepted case."""
    with client(instance) as operator:
        made: dict[str, Any] = operator.once("/reports", report(instance.city, "垃圾成堆")).body
        return str(made["case"]["id"])


def kinds(instance: Instance, cases: tuple[str, ...], *wanted: str) -> list[str]:
    """The journal entries of these kinds in the cases' streams."""
    rows = instance.sql(
        "SELECT kind FROM ledger_journalentry WHERE stream = ANY(%s::uuid[]) AND kind = ANY(%s) "
        "ORDER BY kind",
        [list(cases), list(wanted)],
    )
    return [kind for (kind,) in rows]


@contextmanager
def client(instance: Instance) -> Iterator[Client]:
    """An operator's client that closes its connection."""
    made = Client(instance, "seat_operator")
    try:
        yield made
    finally:
        made.close()
