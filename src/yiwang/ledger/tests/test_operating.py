"""What is stuck is set going again by an act that the journal keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.errors import NotFound, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import Intervention, JournalEntry, OutboxEvent
from yiwang.ledger.public import check_ledger, retry_event

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
OPERATOR = system_actor("test", "ledger.operate")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _apart(settings, tmp_path) -> None:
    settings.YIWANG_HOME = tmp_path


@pytest.fixture
def stuck() -> OutboxEvent:
    return OutboxEvent.objects.create(
        stream=uuid7(), lane=0, kind="cases.closed", body="{}", attempts=9,
        retry_at=AT + timedelta(minutes=9), last_error="ValueError: x",
    )  # fmt: skip


def test_a_stuck_event_is_tried_at_once_and_the_journal_says_who_asked(stuck: OutboxEvent) -> None:
    retry_event(actor=OPERATOR, at=AT, event_id=stuck.id)
    stuck.refresh_from_db()
    assert (stuck.retry_at, stuck.attempts, stuck.last_error) == (None, 9, "ValueError: x")
    done = Intervention.objects.get()
    assert (done.kind, done.subject, done.what, done.version) == (
        "event_retried",
        stuck.id,
        "cases.closed",
        1,
    )
    assert [(e.stream, e.kind) for e in JournalEntry.objects.all()] == [(done.id, "ledger.event_retried")]
    assert check_ledger().ok


def test_a_delivered_event_is_not_sent_again(stuck: OutboxEvent) -> None:
    OutboxEvent.objects.update(delivered_at=AT)
    with pytest.raises(NotFound, match="已经送达"):
        retry_event(actor=OPERATOR, at=AT, event_id=stuck.id)


def test_only_who_may_operate_does(stuck: OutboxEvent) -> None:
    with pytest.raises(Refused):
        retry_event(actor=Actor(account_id=uuid7()), at=AT, event_id=stuck.id)
    stuck.refresh_from_db()
    assert stuck.retry_at is not None
