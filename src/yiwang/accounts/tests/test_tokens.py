"""The life of an API token: issued once, used, expired, revoked."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.accounts import tokens
from yiwang.accounts.errors import AccountInactive, TokenRevoked
from yiwang.accounts.models import ApiToken
from yiwang.accounts.services import IssuedToken, deactivate_account, issue_token, revoke_token
from yiwang.accounts.tokens import authenticate_token, forget_tokens
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Invalid, Refused
from yiwang.ledger.public import JournalEntry

from .factories import AT, MANAGER, himself, make_account

DAY = timedelta(days=1)


def issue(account, **changes) -> IssuedToken:
    terms = {
        "actor": himself(account),
        "at": AT,
        "account_id": account.id,
        "name": "对接",
        "acts": ["read"],
        "expires_at": AT + 30 * DAY,
    }
    return issue_token(**{**terms, **changes})


@pytest.fixture(autouse=True)
def _no_kept_tokens() -> None:
    forget_tokens()


@pytest.mark.django_db
def test_a_token_is_kept_as_a_digest_and_journaled_without_its_text() -> None:
    account = make_account()
    issued = issue(account, acts=["write", "read", "read"])
    stored = ApiToken.objects.get()
    assert bytes(stored.digest) == hashlib.sha256(issued.text.encode()).digest()
    assert stored.acts == ["read", "write"]
    assert issued.text.startswith("ywt_")
    assert len(issued.text) == 47
    entry = JournalEntry.objects.get(stream=account.id)
    assert entry.kind == "accounts.token_issued"
    assert issued.text not in entry.body


@pytest.mark.django_db
def test_a_token_speaks_for_its_account_until_it_expires() -> None:
    account = make_account()
    issued = issue(account, expires_at=AT + DAY)
    identity = authenticate_token(issued.text, at=AT)
    assert identity is not None
    assert (identity.account_id, identity.token_id, identity.acts) == (
        account.id,
        issued.token.id,
        frozenset({"read"}),
    )
    assert authenticate_token(issued.text, at=AT + DAY - timedelta(seconds=1)) == identity
    assert authenticate_token(issued.text, at=AT + DAY) is None


@pytest.mark.django_db
def test_a_second_look_within_the_second_costs_no_query(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = issue(make_account())
    clock = [100.0]
    monkeypatch.setattr(tokens.time, "monotonic", lambda: clock[0])
    first = authenticate_token(issued.text, at=AT)
    with CaptureQueriesContext(connection) as seen:
        clock[0] = 100.9
        assert authenticate_token(issued.text, at=AT) == first
    assert len(seen) == 0
    ApiToken.objects.update(revoked_at=AT)
    clock[0] = 101.1
    assert authenticate_token(issued.text, at=AT) is None


@pytest.mark.django_db
@pytest.mark.parametrize("raw", ["", "ywt_", "ywt_unknown", "Bearer x", "ywt_" + "a" * 500])
def test_an_unknown_token_speaks_for_nobody(raw: str) -> None:
    assert authenticate_token(raw, at=AT) is None


@pytest.mark.django_db
def test_a_revoked_token_stops_and_cannot_be_revoked_again() -> None:
    account = make_account()
    issued = issue(account)
    assert authenticate_token(issued.text, at=AT) is not None
    revoke_token(actor=himself(account), at=AT, token_id=issued.token.id)
    assert authenticate_token(issued.text, at=AT) is None
    with pytest.raises(TokenRevoked):
        revoke_token(actor=himself(account), at=AT, token_id=issued.token.id)


@pytest.mark.django_db
def test_deactivating_the_account_stops_its_tokens() -> None:
    account = make_account()
    issued = issue(account)
    assert authenticate_token(issued.text, at=AT) is not None
    deactivate_account(actor=MANAGER, at=AT, account_id=account.id)
    assert authenticate_token(issued.text, at=AT) is None
    with pytest.raises(AccountInactive):
        issue(account)


@pytest.mark.django_db
def test_nobody_issues_or_revokes_for_another_without_managing_accounts() -> None:
    account, other = make_account(), make_account("li")
    with pytest.raises(Refused):
        issue(account, actor=himself(other))
    issued = issue(account, actor=MANAGER)
    with pytest.raises(Refused):
        revoke_token(actor=himself(other), at=AT, token_id=issued.token.id)
    with pytest.raises(Refused):
        issue(account, actor=Actor(account_id=account.id, kind="token"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"acts": []}, "acts"),
        ({"acts": ["everything"]}, "acts"),
        ({"expires_at": AT}, "expires_at"),
        ({"expires_at": AT + 367 * DAY}, "expires_at"),
    ],
)
def test_a_malformed_token_names_the_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        issue(make_account(), **changes)
    assert [p.field for p in caught.value.problems] == [field]


@pytest.mark.django_db(transaction=True)
def test_the_last_use_is_noted_coarsely() -> None:
    issued = issue(make_account())
    for minutes, noted in ((0, 0), (9, 0), (10, 10)):
        forget_tokens()
        authenticate_token(issued.text, at=AT + timedelta(minutes=minutes))
        assert ApiToken.objects.get().last_used_at == AT + timedelta(minutes=noted)
