"""Making, changing and deactivating accounts, each act in the journal."""

from __future__ import annotations

import pytest

from yiwang.accounts.errors import AccountInactive, UsernameTaken
from yiwang.accounts.models import Account
from yiwang.accounts.services import (
    activate_account,
    change_password,
    create_account,
    deactivate_account,
    reset_password,
)
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Invalid, Refused, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry

from .factories import AT, MANAGER, PASSWORD, himself, make_account

pytestmark = pytest.mark.django_db


def kinds_of(account: Account) -> list[str]:
    return list(JournalEntry.objects.filter(stream=account.id).order_by("seq").values_list("kind", flat=True))


def test_an_account_is_created_with_a_first_password_and_without_any_name_in_the_journal() -> None:
    account = create_account(actor=MANAGER, at=AT, username=" Wang ", display_name="王芳", password=PASSWORD)
    stored = Account.objects.get()
    assert (stored.username, stored.must_change_password, stored.created_at) == ("wang", True, AT)
    assert stored.check_password(PASSWORD)
    entry = JournalEntry.objects.get(stream=account.id)
    assert (entry.kind, entry.body) == ("accounts.created", '{"must_change_password":true}')


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "王"}, "username"),
        ({"display_name": " "}, "display_name"),
        ({"password": "1234567890"}, "password"),
        ({"password": "short"}, "password"),
        ({"username": "zhaoliwei", "password": "zhaoliwei1"}, "password"),
    ],
)
def test_a_malformed_account_names_the_field(fields: dict[str, str], field: str) -> None:
    given = {"username": "wang", "display_name": "王", "password": PASSWORD, **fields}
    with pytest.raises(Invalid) as caught:
        create_account(actor=MANAGER, at=AT, **given)  # type: ignore[arg-type]
    assert [p.field for p in caught.value.problems] == [field]
    assert PASSWORD not in str(caught.value.problems)


def test_a_username_is_given_once() -> None:
    make_account("wang")
    with pytest.raises(UsernameTaken):
        create_account(actor=MANAGER, at=AT, username="WANG", display_name="王", password=PASSWORD)


def test_only_a_manager_makes_deactivates_and_resets() -> None:
    account, nobody = make_account(), Actor(account_id=uuid7())
    with pytest.raises(Refused):
        create_account(actor=nobody, at=AT, username="li", display_name="李", password=PASSWORD)
    with pytest.raises(Refused):
        deactivate_account(actor=nobody, at=AT, account_id=account.id)
    with pytest.raises(Refused):
        reset_password(actor=nobody, at=AT, account_id=account.id, password="ganz-Neu-4711")


def test_a_password_is_changed_by_its_owner_who_knows_the_old_one() -> None:
    account = make_account(must_change_password=True)
    with pytest.raises(Refused):
        change_password(actor=MANAGER, at=AT, account_id=account.id, old=PASSWORD, new="ganz-Neu-4711")
    for old, new in (("wrong", "ganz-Neu-4711"), (PASSWORD, PASSWORD), (PASSWORD, "1234567890")):
        with pytest.raises(Invalid):
            change_password(actor=himself(account), at=AT, account_id=account.id, old=old, new=new)
    change_password(actor=himself(account), at=AT, account_id=account.id, old=PASSWORD, new="ganz-Neu-4711")
    stored = Account.objects.get()
    assert stored.check_password("ganz-Neu-4711")
    assert not stored.must_change_password
    assert kinds_of(account) == ["accounts.password_changed"]


def test_a_reset_password_must_be_changed_again() -> None:
    account = make_account()
    reset_password(actor=MANAGER, at=AT, account_id=account.id, password="ganz-Neu-4711")
    stored = Account.objects.get()
    assert (stored.check_password("ganz-Neu-4711"), stored.must_change_password) == (True, True)


def test_an_account_is_deactivated_once_and_may_come_back() -> None:
    account = make_account()
    deactivate_account(actor=MANAGER, at=AT, account_id=account.id)
    with pytest.raises(AccountInactive):
        deactivate_account(actor=MANAGER, at=AT, account_id=account.id)
    activate_account(actor=MANAGER, at=AT, account_id=account.id)
    assert Account.objects.get().is_active
    assert kinds_of(account) == ["accounts.deactivated", "accounts.activated"]


def test_nobody_deactivates_himself_and_a_stale_page_is_told() -> None:
    account = make_account()
    manager = Actor(account_id=account.id, grants=MANAGER.grants)
    with pytest.raises(Refused):
        deactivate_account(actor=manager, at=AT, account_id=account.id)
    reset_password(actor=MANAGER, at=AT, account_id=account.id, password="ganz-Neu-4711")
    with pytest.raises(StaleVersion):
        deactivate_account(actor=MANAGER, at=AT, account_id=account.id, expected=0)
