"""One act is one statement; the root, its head and its entry cannot part."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from yiwang.accounts.models import Account
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.canonical import GENESIS, entry_hash
from yiwang.kernel.errors import NotFound, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry, OutboxEvent, lane_of
from yiwang.ledger.public import Event, acting, execute, register

CHANGES = [
    "UPDATE ledger_journalentry SET kind = 'x'",
    "DELETE FROM ledger_journalentry",
    "TRUNCATE ledger_journalentry",
]
AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
ACTOR = Actor(account_id=uuid7(), post_id=uuid7())


@register
@dataclass(frozen=True, slots=True)
class Happened(Event):
    """A fact for these tests."""

    kind: ClassVar[str] = "tests.happened"
    subject: UUID
    at: datetime

    @property
    def stream(self) -> UUID:
        return self.subject


def make_account(name: str = "wang") -> Account:
    with acting(actor=ACTOR, at=AT) as act:
        account = act.insert(Account(username=name, display_name="王", password="x"))
        act.record(account, "accounts.created", {"n": 1})
        act.announce(Happened(subject=account.id, at=AT))
    return account


@pytest.mark.django_db
def test_what_an_act_writes_is_in_the_language_of_the_city_whoever_acts() -> None:
    with translation.override("en"):
        with acting(actor=ACTOR, at=AT) as act:
            account = act.insert(Account(username="li", display_name="李", password="x"))
            act.record(account, "accounts.created", {"what": translation.gettext("保存")})
        assert translation.gettext("保存") == "Save"
    assert json.loads(JournalEntry.objects.get(stream=account.id).body)["what"] == "保存"


@pytest.mark.django_db(transaction=True)
def test_an_act_writes_row_entry_and_event_in_one_statement() -> None:
    with CaptureQueriesContext(connection) as seen:
        account = make_account()
    writes = [q["sql"] for q in seen if "INSERT" in q["sql"]]
    assert len(writes) == 1
    entry = JournalEntry.objects.get(stream=account.id)
    stored = Account.objects.get(pk=account.pk)
    assert bytes(entry.hash) == bytes(stored.journal_head) == entry_hash(
        GENESIS, stream=account.id, seq=1, kind="accounts.created", at=AT,
        actor=ACTOR.account_id, post=ACTOR.post_id, agent="", body='{"n":1}',
    )  # fmt: skip
    assert OutboxEvent.objects.get().kind == "tests.happened"


@pytest.mark.django_db(transaction=True)
def test_a_changing_act_costs_one_lock_and_one_write() -> None:
    account = make_account()
    with CaptureQueriesContext(connection) as seen, acting(actor=ACTOR, at=AT) as act:
        locked = act.lock(Account, account.id, expected=1)
        locked.display_name = "李"
        act.update(locked, "display_name")
        act.record(locked, "accounts.renamed", {})
    statements = [q["sql"] for q in seen if q["sql"] not in {"BEGIN", "COMMIT"}]
    assert len(statements) == 2
    stored = Account.objects.get(pk=account.pk)
    assert (stored.display_name, stored.version) == ("李", 2)


@pytest.mark.django_db(transaction=True)
def test_a_stale_version_names_what_happened_since() -> None:
    account = make_account()
    with acting(actor=ACTOR, at=AT) as act:
        act.record(act.lock(Account, account.id), "accounts.renamed", {})
    with pytest.raises(StaleVersion) as caught, acting(actor=ACTOR, at=AT) as act:
        act.lock(Account, account.id, expected=1)
    assert [entry.kind for entry in caught.value.changes] == ["accounts.renamed"]


@pytest.mark.django_db(transaction=True)
def test_an_error_leaves_nothing_behind() -> None:
    def broken() -> None:
        with acting(actor=ACTOR, at=AT) as act:
            account = act.insert(Account(username="zhao", display_name="赵", password="x"))
            act.record(account, "accounts.created", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert (Account.objects.count(), JournalEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_locking_a_row_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound), acting(actor=system_actor("test"), at=AT) as act:
        act.lock(Account, uuid7())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    CHANGES,
)
def test_the_running_role_cannot_change_the_journal(statement: str) -> None:
    make_account()
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    CHANGES,
)
def test_the_trigger_refuses_even_the_owner(as_owner: None, statement: str) -> None:
    make_account()
    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
def test_many_events_of_one_act_are_written_like_few_in_their_order() -> None:
    subjects = [uuid7() for _ in range(20)]
    with acting(actor=ACTOR, at=AT) as act:
        for subject in subjects[:3]:
            act.announce(Happened(subject=subject, at=AT))
    with acting(actor=ACTOR, at=AT) as act:
        for subject in subjects[3:]:
            act.announce(Happened(subject=subject, at=AT))
    rows = list(OutboxEvent.objects.order_by("id"))
    assert [row.stream for row in rows] == subjects
    assert [row.lane for row in rows] == [lane_of(subject) for subject in subjects]
    few, many = rows[0], rows[-1]
    assert many.body.replace(str(many.stream), "") == few.body.replace(str(few.stream), "")
    assert (many.kind, many.attempts, many.delivered_at) == (few.kind, few.attempts, few.delivered_at)
    assert many.created_at is not None


@pytest.mark.django_db
def test_a_statement_may_name_a_value_more_than_once() -> None:
    row = execute("SELECT %(n)s::int + %(n)s::int, %(word)s::text, '%%'", {"word": "字", "n": 2}).fetchone()
    assert row == (4, "字", "%")
