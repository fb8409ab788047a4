"""Proposing 研判: cases that wait are seen by all stages in batches, and what they say is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from ...cases.public import Case, Report
from ...kernel.actor import system_actor
from ...kernel.ids import uuid7
from ...kernel.outages import is_outage
from ...ledger.public import acting
from ..models import Proposal, Waiting
from ..queries.automatic import facts_of_case, rule_of
from ..queries.said import first_reports, said_of_all
from ..rules.automatic import refusals
from ..rules.chain import Triaged, as_body
from ..rules.proposals import RepeatOutcome
from .acting_alone import act_alone, merge_alone
from .chain import triage_reports

#: Who proposes; it may do nothing to a case.
PROPOSER = system_actor("triage")
#: Cases seen at once: large enough for the stages' arrays, small enough that the first ones need not wait.
BATCH = 200
LONGEST_DELAY_SECONDS = 3600
_LOG = logging.getLogger(__name__)

_ENQUEUE = """
INSERT INTO triage_waiting ("case", since, attempts)
SELECT c.id, c.created_at, 0 FROM cases_case c
WHERE c.state = 'received' AND NOT EXISTS (SELECT 1 FROM triage_proposal p WHERE p."case" = c.id)
ON CONFLICT ("case") DO NOTHING
"""
_ENQUEUE_ONE = """
INSERT INTO triage_waiting ("case", since, attempts) VALUES (%s, %s, 0) ON CONFLICT ("case") DO NOTHING
"""
_CLAIM = """
SELECT "case" FROM triage_waiting WHERE retry_at IS NULL OR retry_at <= %s
ORDER BY since, "case" LIMIT %s FOR UPDATE SKIP LOCKED
"""
_TOUCH = """
UPDATE triage_waiting SET attempts = attempts + 1,
    retry_at = %s::timestamptz + least(interval '5 s' * 2 ^ least(attempts, 12), make_interval(secs => %s))
WHERE "case" = %s
"""


def enqueue(case_id: UUID, *, since: datetime) -> None:
    """Let a case wait for triage 排入研判, once, however often it is asked for; in the open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE_ONE, [case_id, since])


def enqueue_received(*, at: datetime) -> int:
    """Let every case wait that nobody has accepted and nothing was proposed for; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE)
        return int(cursor.rowcount)


def propose_waiting(*, at: datetime, most: int = BATCH) -> int:
    """See the cases that have waited longest, keep proposals, and act where a rule allows it.

    Cases are claimed with SKIP LOCKED, so several processes share the work. When a batch fails, its cases
    are seen one by one; one that fails by itself is tried again later with a growing delay and holds up no
    other.

    Returns how many cases were taken off the queue or put back for later.
    """
    try:
        claimed, made = _propose_batch(at, most)
    except Exception as error:
        if is_outage(error):
            raise
        _LOG.exception("a batch of cases could not be triaged and is taken one by one")
        claimed, made = _one_by_one(at, most)
    for proposal in made:
        if proposal.body["repeat"]["outcome"] == RepeatOutcome.MERGE and merge_alone(
            proposal_id=proposal.id, at=at
        ):
            continue
        if proposal.rule is not None and not proposal.refusals:
            act_alone(proposal_id=proposal.id, at=at)
    return claimed


def propose_for(case_id: UUID, *, at: datetime) -> Proposal | None:
    """See one case now 重新研判; returns its new proposal, or None when it has no words left to read."""
    with transaction.atomic():
        made = _propose([case_id], at)
    return made[0] if made else None


def _propose_batch(at: datetime, most: int) -> tuple[int, list[Proposal]]:
    with transaction.atomic():
        cases = _claimed(at, most)
        made = _propose(cases, at)
    return len(cases), made


def _claimed(at: datetime, most: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [at, most])
        return [row[0] for row in cursor.fetchall()]


def _one_by_one(at: datetime, most: int) -> tuple[int, list[Proposal]]:
    made: list[Proposal] = []
    with transaction.atomic():
        cases = _claimed(at, most)
        for case in cases:
            try:
                with transaction.atomic():
                    made += _propose([case], at)
            except Exception as error:
                if is_outage(error):
                    raise
                _LOG.exception("case %s could not be triaged and is tried again later", case)
                with connection.cursor() as cursor:
                    cursor.execute(_TOUCH, [at, LONGEST_DELAY_SECONDS, case])
    return len(cases), made


def _propose(case_ids: Sequence[UUID], at: datetime) -> list[Proposal]:
    found = first_reports(case_ids)
    pairs = [found[key] for key in case_ids if key in found and found[key][1].text.strip()]
    answers = triage_reports(said_of_all(pairs), at=at)
    made = [_row(case, report, answer, at) for (case, report), answer in zip(pairs, answers, strict=True)]
    with acting(actor=PROPOSER, at=at) as act:
        for row in made:
            act.insert(row)
            act.record(row, "triage.proposed", _entry(row))
        act.also('DELETE FROM triage_waiting WHERE "case" = ANY(%s)', [list(case_ids)])
    return made


def _row(case: Case, report: Report, answer: Triaged, at: datetime) -> Proposal:
    facts = facts_of_case(case, answer, at)
    rule = rule_of(answer, facts.areas, at)
    best = answer.best_class
    return Proposal(
        id=uuid7(),
        case=case.id,
        report=report.id,
        made_at=at,
        body=as_body(answer),
        matter_class=answer.class_id,
        confidence=best.confidence if best else 0.0,
        is_sure=answer.is_sure_of_class,
        model=best.model[:60] if best else "",
        rule=rule.key if rule else None,
        refusals=list(refusals(answer, rule, facts)),
    )


def _entry(row: Proposal) -> dict[str, Any]:
    """Ids, codes and whole numbers of a proposal for the journal; confidence in thousandths."""
    body = row.body
    return {
        "case": row.case,
        "report": row.report,
        "class": row.matter_class,
        "confidence": round(1000 * row.confidence),
        "model": row.model,
        "place": body["place"]["outcome"],
        "area": body["place"]["area_id"],
        "repeat": body["repeat"]["outcome"],
        "repeat_of": body["repeat"]["case_id"],
        "owner": body["owner"]["host_id"],
        "owner_row": body["owner"]["row_id"],
        "rule": row.rule,
        "refusals": row.refusals,
    }


def waiting_cases() -> Iterable[Waiting]:
    """Cases that were tried and failed, oldest first; at most 100."""
    return Waiting.objects.filter(attempts__gt=0).order_by("since")[:100]
