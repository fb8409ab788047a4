"""What happens at the door: journaled, listed, addresses sealed, kept as long as the law asks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone

from yiwang.accounts.models import AccessRecord
from yiwang.accounts.queries import address_in_clear
from yiwang.accounts.services import (
    KEPT,
    change_password,
    create_accounts,
    deactivate_account,
    issue_token,
    purge_access,
    record_login,
    reveal_address,
    revoke_token,
)
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import Invalid, Refused, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry, check_ledger

from .factories import AT, MANAGER, PASSWORD, himself, make_account

pytestmark = pytest.mark.django_db
AUDITOR = Actor(account_id=uuid7(), grants={"ledger.audit": EVERYWHERE})


class AuditorByName:
    """Middleware of these tests: the account `audit` reads the records, others hold nothing."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the actor as the middleware of `orgs` does."""
        request.actor = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            grants = {"ledger.audit": EVERYWHERE} if request.user.get_username() == "audit" else {}
            request.actor = Actor(account_id=request.user.pk, grants=grants)  # type: ignore[attr-defined]
        return self.get_response(request)


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    """These pages behind an actor that needs no posts."""
    settings.MIDDLEWARE = [
        f"{__name__}.AuditorByName" if name == "yiwang.orgs.middleware.ActorOfRequest" else name
        for name in settings.MIDDLEWARE
    ]
    settings.LOGIN_REDIRECT_URL = "/account/tokens/"


def log_in(client: Client, username: str = "wang", password: str = PASSWORD) -> int:
    """Post the login form from an address of the tests."""
    return client.post(
        "/login/", {"username": username, "password": password}, REMOTE_ADDR="203.0.113.7"
    ).status_code


def kinds_of(stream: object) -> list[str]:
    """Kinds of the journal of one account, oldest first."""
    return list(JournalEntry.objects.filter(stream=stream).order_by("seq").values_list("kind", flat=True))


def test_login_and_logout_stand_in_the_stream_of_the_account(client: Client) -> None:
    account = make_account()
    assert log_in(client, " WANG ") == 302
    client.post("/logout/", REMOTE_ADDR="203.0.113.7")
    assert kinds_of(account.id) == ["accounts.logged_in", "accounts.logged_out"]
    entries = JournalEntry.objects.filter(stream=account.id)
    assert {entry.actor for entry in entries} == {account.id}
    marks = {json.loads(entry.body)["address"] for entry in entries}
    assert len(marks) == 1
    assert len(marks.pop()) == 16
    assert "203.0.113" not in "".join(entry.body for entry in entries)
    assert check_ledger().problems == []


def test_a_lock_out_is_journaled_once_and_only_for_names_that_exist(client: Client) -> None:
    account = make_account()
    for _ in range(7):
        log_in(client, "wang", "wrong")
        log_in(client, "nobody", "wrong")
    assert kinds_of(account.id) == ["accounts.locked_out"]
    assert JournalEntry.objects.exclude(stream=account.id).count() == 0
    entry = JournalEntry.objects.get()
    assert (entry.actor, entry.agent) == (None, "login")


def test_a_single_wrong_password_leaves_no_entry(client: Client) -> None:
    account = make_account()
    log_in(client, "wang", "wrong")
    assert kinds_of(account.id) == []


def test_a_session_that_ends_idle_is_journaled_as_such(client: Client) -> None:
    account = make_account()
    log_in(client)
    client.get("/account/tokens/")
    session = client.session
    session["seen_at"] -= 7201
    session.save()
    client.get("/account/tokens/")
    assert kinds_of(account.id) == ["accounts.logged_in", "accounts.session_ended"]


def test_passwords_and_tokens_are_listed_beside_logins() -> None:
    account = make_account()
    change_password(actor=himself(account), at=AT, account_id=account.id, old=PASSWORD, new="ganz-Neu-4711")
    issued = issue_token(
        actor=himself(account),
        at=AT + timedelta(minutes=1),
        account_id=account.id,
        name="对接",
        acts=["read"],
        expires_at=AT + timedelta(days=1),
    )
    revoke_token(actor=himself(account), at=AT + timedelta(minutes=2), token_id=issued.token.id)
    listed = AccessRecord.objects.order_by("at").values_list("kind", flat=True)
    assert list(listed) == ["password_changed", "token_issued", "token_revoked"]
    bodies = "".join(JournalEntry.objects.values_list("body", flat=True))
    assert "ganz-Neu" not in bodies
    assert issued.text not in bodies


def test_the_address_is_sealed_and_shown_whole_only_for_a_purpose() -> None:
    account = make_account()
    record_login(at=AT, account_id=account.id, address="203.0.113.7")
    record = AccessRecord.objects.get()
    assert b"203.0.113" not in bytes(record.address)
    assert address_in_clear(record) == "203.0.113.7"
    asked = {"at": AT, "record_id": record.id}
    with pytest.raises(Invalid):
        reveal_address(actor=AUDITOR, purpose="", **asked)
    with pytest.raises(Refused):
        reveal_address(actor=MANAGER, purpose="incident", **asked)
    local = Actor(account_id=uuid7(), grants={"ledger.audit": Scope(communities=frozenset([uuid7()]))})
    with pytest.raises(Refused):
        reveal_address(actor=local, purpose="incident", **asked)
    assert reveal_address(actor=AUDITOR, purpose="incident", **asked) == "203.0.113.7"
    entry = JournalEntry.objects.get(kind="accounts.address_revealed")
    assert (entry.stream, entry.actor) == (account.id, AUDITOR.account_id)
    assert json.loads(entry.body) == {"purpose": "incident", "record": str(record.id)}


def test_records_are_kept_for_the_time_of_the_law_and_no_longer() -> None:
    account = make_account()
    for days in (0, 1):
        record_login(at=AT + timedelta(days=days), account_id=account.id, address="203.0.113.7")
    assert purge_access(AT + KEPT) == 0
    assert purge_access(AT + KEPT + timedelta(hours=1)) == 1
    assert kinds_of(account.id) == ["accounts.logged_in"] * 2


def test_logging_in_does_not_make_the_page_of_an_administrator_stale() -> None:
    account = make_account()
    record_login(at=AT, account_id=account.id, address="")
    deactivate_account(actor=MANAGER, at=AT, account_id=account.id, expected=0)
    with pytest.raises(StaleVersion):
        deactivate_account(actor=MANAGER, at=AT, account_id=account.id, expected=0)


def test_one_sees_ones_own_records_whole_and_nobody_elses(client: Client) -> None:
    make_account()
    other = make_account("li")
    record_login(at=timezone.now(), account_id=other.id, address="198.51.100.9")
    log_in(client)
    page = client.get("/account/access/").content.decode()
    assert "203.0.113.7" in page
    assert "198.51.100.9" not in page
    assert client.get("/access/").status_code == 403


def test_the_auditor_filters_masked_records_and_reveals_one(client: Client) -> None:
    make_account("audit")
    other = make_account("li")
    record_login(at=timezone.now(), account_id=other.id, address="198.51.100.9")
    log_in(client, "audit")
    page = client.get("/access/").content.decode()
    assert ("198.51.*.*" in page, "198.51.100.9" in page, "203.0.*.*" in page) == (True, False, True)
    only = client.get("/access/", {"username": "li"}).content.decode()
    assert ("198.51.*.*" in only, "203.0.*.*" in only) == (True, False)
    assert "没有符合条件的登录记录" in client.get("/access/", {"kind": "locked_out"}).content.decode()
    assert "没有符合条件" in client.get("/access/", {"on": "2020-01-01"}).content.decode()
    record = AccessRecord.objects.get(account=other)
    address = f"/access/{record.id}/address/"
    assert client.post(address, {"purpose": "because"}).status_code == 422
    assert "198.51.100.9" in client.post(address, {"purpose": "inspection"}).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_records_cost_the_same_for_one_and_for_three(
    client: Client, django_assert_num_queries, count: int
) -> None:
    auditor = make_account("audit")
    client.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")
    for number in range(count):
        record_login(at=AT, account_id=make_account(f"u{number}").id, address="198.51.100.9")
    client.get("/access/")
    with django_assert_num_queries(3):
        page = client.get("/access/").content.decode()
    assert page.count('data-label="账号"') == count


def test_many_accounts_are_created_without_a_password_and_journaled_each() -> None:
    people = {f"u{number:03d}": f"人{number}" for number in range(450)}
    made = create_accounts(actor=MANAGER, at=AT, people=people)
    assert sorted(made) == sorted(people)
    assert JournalEntry.objects.filter(kind="accounts.created").count() == 450
    assert check_ledger().problems == []
    with pytest.raises(Invalid) as found:
        create_accounts(actor=MANAGER, at=AT, people={"x y": "某", "ok.name": " "})
    assert [problem.value for problem in found.value.problems] == ["x y", "ok.name"]
    with pytest.raises(Refused):
        create_accounts(actor=himself(make_account()), at=AT, people={"good": "某"})
