"""One key, one act, one answer."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from yiwang.accounts.models import Account
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid
from yiwang.kernel.ids import uuid7
from yiwang.ledger.idempotency import purge_answers
from yiwang.ledger.models import IdempotentAnswer
from yiwang.ledger.public import acting, answer_once

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
TOKEN = uuid7()
SCOPE = "POST /api/v1/reports"


def create(name: str = "wang") -> tuple[int, str]:
    with acting(actor=system_actor("test"), at=AT) as act:
        account = act.insert(Account(username=name, display_name="王", password="x"))
        act.record(account, "accounts.created", {})
    return 201, str(account.id)


@pytest.mark.django_db(transaction=True)
def test_a_repeated_request_gets_the_first_answer() -> None:
    status, body, replayed = answer_once(TOKEN, SCOPE, "k", b"{}", create)
    assert (status, replayed) == (201, False)
    assert answer_once(TOKEN, SCOPE, "k", b"{}", create) == (201, body, True)
    assert Account.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_another_body_under_the_same_key_is_refused() -> None:
    answer_once(TOKEN, SCOPE, "k", b"{}", create)
    with pytest.raises(Invalid) as caught:
        answer_once(TOKEN, SCOPE, "k", b"[]", create)
    assert (caught.value.code, caught.value.status) == ("idempotency.key_reused", 422)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("token", "scope", "key"),
    [(uuid7(), SCOPE, "k"), (TOKEN, "POST " + "/x" * 200, "k"), (TOKEN, SCOPE, "l")],
)
def test_other_tokens_paths_and_keys_do_not_meet(token: object, scope: str, key: str) -> None:
    answer_once(TOKEN, SCOPE, "k", b"{}", create)
    assert answer_once(token, scope, key, b"{}", lambda: create("li"))[2] is False  # type: ignore[arg-type]
    assert Account.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_error_stores_nothing_and_the_request_may_come_again() -> None:
    def fails() -> tuple[int, str]:
        create()
        raise Conflict("不行")

    with pytest.raises(Conflict):
        answer_once(TOKEN, SCOPE, "k", b"{}", fails)
    assert (Account.objects.count(), IdempotentAnswer.objects.count()) == (0, 0)
    assert answer_once(TOKEN, SCOPE, "k", b"{}", create)[0] == 201


@pytest.mark.django_db(transaction=True)
def test_requests_that_arrive_together_wait_and_act_once() -> None:
    answers: list[tuple[int, str, bool]] = []

    def slow() -> tuple[int, str]:
        answer = create()
        time.sleep(0.2)
        return answer

    def request() -> None:
        try:
            answers.append(answer_once(TOKEN, SCOPE, "k", b"{}", slow))
        finally:
            connection.close()

    threads = [threading.Thread(target=request) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Account.objects.count() == 1
    assert len({body for _, body, _ in answers}) == 1
    assert sorted(replayed for *_, replayed in answers) == [False, True, True, True, True]


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        answer_once(TOKEN, SCOPE, key, b"", create)
    assert caught.value.code == "idempotency.key_invalid"


@pytest.mark.django_db(transaction=True)
def test_answers_are_kept_for_seven_days() -> None:
    answer_once(TOKEN, SCOPE, "k", b"{}", create)
    made = IdempotentAnswer.objects.get().created_at
    assert purge_answers(made + timedelta(days=7)) == 0
    assert purge_answers(made + timedelta(days=7, seconds=1)) == 1
