"""The audit: what the database must say after a load, whatever died during it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from .instance import Instance
from .load import Acknowledged, Load
from .waiting import wait_for

#: Queries that must find nothing: each finding is an act that is half there, or there twice.
NOTHING = {
    "a case whose version is not the number of its entries": """
        SELECT c.id, c.version, count(j.*), max(j.seq) FROM cases_case c
        LEFT JOIN ledger_journalentry j ON j.stream = c.id
        GROUP BY c.id, c.version HAVING c.version <> count(j.*) OR c.version <> max(j.seq)""",
    "a report whose version is not the number of its entries": """
        SELECT r.id, r.version, count(j.*), max(j.seq) FROM cases_report r
        LEFT JOIN ledger_journalentry j ON j.stream = r.id
        GROUP BY r.id, r.version HAVING r.version <> count(j.*) OR r.version <> max(j.seq)""",
    "a case whose head is not its last entry's hash": """
        SELECT c.id FROM cases_case c JOIN ledger_journalentry j ON j.stream = c.id AND j.seq = c.version
        WHERE c.journal_head <> j.hash""",
    "a report without exactly one open link": """
        SELECT r.id, count(l.*) FROM cases_report r
        LEFT JOIN cases_reportlink l ON l.report_id = r.id AND l.until IS NULL
        GROUP BY r.id HAVING count(l.*) <> 1""",
    "a case without its search row": """
        SELECT c.id FROM cases_case c LEFT JOIN cases_casesearch s ON s.case_id = c.id
        WHERE s.case_id IS NULL""",
    "a case that was not announced exactly once": """
        SELECT c.id, count(e.*) FROM cases_case c
        LEFT JOIN ledger_outboxevent e ON e.stream = c.id AND e.kind = 'cases.received'
        GROUP BY c.id HAVING count(e.*) <> 1""",
    "a dispatched case with another number of tasks than one": """
        SELECT c.id, count(t.*) FROM cases_case c LEFT JOIN cases_task t ON t.case_id = c.id
        WHERE c.dispatched_at IS NOT NULL GROUP BY c.id HAVING count(t.*) <> 1""",
    "an answer that was claimed and not given": "SELECT id FROM ledger_idempotentanswer WHERE status = 0",
    "a number given twice": "SELECT number FROM cases_case GROUP BY number HAVING count(*) > 1",
    "a case marked overdue more than once": """
        SELECT stream FROM ledger_journalentry WHERE kind = 'cases.overdue'
        GROUP BY stream HAVING count(*) > 1""",
    "a fed-back case that still has a timer": """
        SELECT c.id FROM cases_case c JOIN clocks_timer t ON t.subject = c.id
        WHERE c.state <> 'handling' AND t.kind = 'cases.overdue'""",
}
UNDELIVERED = "SELECT count(*) FROM ledger_outboxevent WHERE delivered_at IS NULL"
UNMARKED = """
    SELECT count(*) FROM cases_case
    WHERE state = 'handling' AND due_at < now() - interval '1 second' AND overdue_at IS NULL"""
#: Journal kind that an acknowledged act has left behind, once.
KINDS = {"dispatch": "cases.dispatch", "sign": "cases.signed", "feedback": "cases.task_done"}


def audit(instance: Instance, load: Load) -> None:
    """Everything acknowledged is there once, nothing is half done, outbox and clock have caught up."""
    assert len(load.acknowledged) >= 8
    check_reports(instance, load.acknowledged)
    wait_for("an empty outbox", lambda: instance.sql(UNDELIVERED) == [(0,)], every=0.1)
    wait_for("a clock that has caught up", lambda: instance.sql(UNMARKED) == [(0,)], every=0.1)
    found = {what: rows for what, query in NOTHING.items() if (rows := instance.sql(query))}
    assert found == {}


def check_reports(instance: Instance, acknowledged: list[Acknowledged]) -> None:
    """Each acknowledged report stands exactly once, under the ids that were answered, with its acts."""
    rows = instance.sql(
        "SELECT r.text, r.id::text, l.case_id::text FROM cases_report r "
        "JOIN cases_reportlink l ON l.report_id = r.id WHERE r.text = ANY(%s)",
        [[one.text for one in acknowledged]],
    )
    assert Counter(rows) == Counter((one.text, one.report, one.case) for one in acknowledged)
    entries: dict[str, Counter[str]] = {}
    for stream, kind, count in instance.sql(
        "SELECT stream::text, kind, count(*) FROM ledger_journalentry WHERE stream = ANY(%s::uuid[]) "
        "GROUP BY stream, kind",
        [[one.case for one in acknowledged]],
    ):
        entries.setdefault(stream, Counter())[kind] = count
    wrong = [
        (one.case, act, entries[one.case])
        for one in acknowledged
        for act in one.acts
        if entries[one.case][KINDS[act]] != 1
    ]
    assert wrong == []


def check_ledger(instance: Instance) -> dict[str, Any]:
    """`yiwang check ledger --json`: every chain, every row against its chain, every replay."""
    told = json.loads(instance.command("yiwang", "check", "ledger", "--json").stdout.splitlines()[-1])
    assert told["ok"], told["problems"]
    return told
