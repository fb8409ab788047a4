"""Logging in, being locked out, the forced change of a first password, tokens and administration."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yiwang.accounts.models import Account, ApiToken
from yiwang.accounts.queries import is_locked
from yiwang.accounts.tokens import authenticate_token, forget_tokens
from yiwang.kernel.actor import EVERYWHERE, Actor

from .factories import PASSWORD, make_account

pytestmark = pytest.mark.django_db


class ManagerByName:
    """Middleware of these tests: the account `boss` manages accounts, others hold nothing."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the actor as the middleware of `orgs` does."""
        request.actor = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            grants = {"accounts.manage": EVERYWHERE} if request.user.get_username() == "boss" else {}
            request.actor = Actor(account_id=request.user.pk, grants=grants)  # type: ignore[attr-defined]
        return self.get_response(request)


@pytest.fixture(autouse=True)
def _site(settings) -> Iterator[None]:
    """These pages behind an actor that needs no posts."""
    settings.MIDDLEWARE = [
        f"{__name__}.ManagerByName" if name == "yiwang.orgs.middleware.ActorOfRequest" else name
        for name in settings.MIDDLEWARE
    ]
    settings.LOGIN_REDIRECT_URL = "/account/tokens/"
    forget_tokens()
    yield
    forget_tokens()


def log_in(client: Client, username: str = "wang", password: str = PASSWORD, **extra: str):
    """Post the login form."""
    return client.post("/login/", {"username": username, "password": password, **extra})


def shown_errors(answer: HttpResponse) -> list[str]:
    """Error texts of a page."""
    alerts = re.findall(r'<div class="alert alert-danger".*?</div></div>', answer.content.decode(), re.S)
    return re.findall(r"<div>([^<]+)</div>", "".join(alerts))


def test_whoever_knows_the_password_gets_in_and_out(client: Client) -> None:
    account = make_account()
    assert client.get("/login/").status_code == 200
    answer = log_in(client, " WANG ", next="/account/password/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password/")
    assert client.get("/account/tokens/").status_code == 200
    assert Account.objects.get(id=account.id).last_login is not None
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert client.get("/account/tokens/").headers["Location"] == "/login/?next=/account/tokens/"


def test_the_login_form_works_with_the_form_check_of_a_real_browser() -> None:
    make_account()
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/login/").content.decode()
    assert "no-referrer" not in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    fields = {"username": "wang", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    foreign = browser.post("/login/", fields, headers={"Origin": "null"})
    assert foreign.status_code == 403
    assert browser.post("/login/", fields, headers={"Origin": "http://testserver"}).status_code == 302


def test_the_page_after_login_is_never_another_site(client: Client) -> None:
    make_account()
    assert log_in(client, next="https://evil.example/").headers["Location"] == "/account/tokens/"


def test_a_wrong_password_an_unknown_name_and_a_deactivated_account_look_the_same(client: Client) -> None:
    make_account()
    make_account("gone", is_active=False)
    answers = [
        log_in(client, "wang", "wrong"),
        log_in(client, "nobody", "wrong"),
        log_in(client, "gone", "wrong"),
        log_in(client, "gone", PASSWORD),
    ]
    texts = {tuple(shown_errors(answer)) for answer in answers}
    assert texts == {("用户名或口令不正确。连续输错 5 次将被锁定 15 分钟。",)}
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("username", ["wang", "nobody"])
def test_five_failures_lock_a_name_whether_it_exists_or_not(client: Client, username: str) -> None:
    make_account()
    statuses = [log_in(client, username, "wrong").status_code for _ in range(5)]
    locked = log_in(client, username, PASSWORD)
    assert (statuses, locked.status_code) == ([200, 200, 200, 200, 429], 429)
    assert "临时锁定" in locked.content.decode()
    assert is_locked(username, timezone.now())


def test_a_manager_lifts_the_lock(client: Client) -> None:
    account = make_account()
    make_account("boss")
    for _ in range(5):
        log_in(client, "wang", "wrong")
    manager = Client()
    log_in(manager, "boss")
    page = manager.get(reverse("accounts:account", args=[account.id]))
    assert "已锁定" in page.content.decode()
    manager.post(reverse("accounts:act_on_account", args=[account.id, "unlock"]))
    assert log_in(client, "wang").status_code == 302


def test_a_first_password_lets_nobody_past_the_page_that_changes_it(client: Client) -> None:
    make_account(must_change_password=True)
    log_in(client)
    assert client.get("/account/tokens/").headers["Location"] == "/account/password/"
    page = client.get("/account/password/")
    assert "您使用的是初始口令" in page.content.decode()
    fields = {"old_password": PASSWORD, "new_password": "ganz-Neu-4711", "repeated": "ganz-Neu-4711"}
    assert client.post("/account/password/", {**fields, "repeated": "anders"}).status_code == 422
    assert client.post("/account/password/", {**fields, "old_password": "wrong"}).status_code == 422
    assert client.post("/account/password/", fields).status_code == 302
    assert client.get("/account/tokens/").status_code == 200


def test_changing_the_password_ends_the_other_sessions(client: Client) -> None:
    make_account()
    other = Client()
    log_in(client)
    log_in(other)
    fields = {"old_password": PASSWORD, "new_password": "ganz-Neu-4711", "repeated": "ganz-Neu-4711"}
    client.post("/account/password/", fields)
    assert client.get("/account/tokens/").status_code == 200
    assert other.get("/account/tokens/").status_code == 302


def test_a_session_nobody_used_for_two_hours_is_over(client: Client) -> None:
    make_account()
    log_in(client)
    client.get("/account/tokens/")
    session = client.session
    session["seen_at"] -= 7190
    session.save()
    assert client.get("/account/tokens/").status_code == 200
    session = client.session
    session["seen_at"] -= 7201
    session.save()
    assert client.get("/account/tokens/").status_code == 302


def test_a_token_is_shown_once_used_and_revoked(client: Client) -> None:
    account = make_account()
    log_in(client)
    fields = {"name": "对接", "broad": ["read"], "acts": "cases.export", "days": "30"}
    page = client.post("/account/tokens/", fields).content.decode()
    text = re.search(r"ywt_[\w-]{43}", page)
    assert text is not None
    identity = authenticate_token(text[0])
    assert identity is not None
    assert (identity.account_id, identity.acts) == (account.id, frozenset({"read", "cases.export"}))
    assert text[0] not in client.get("/account/tokens/").content.decode()
    token = ApiToken.objects.get()
    client.post(f"/account/tokens/{token.id}/revoke/")
    assert authenticate_token(text[0]) is None
    assert "已撤销" in client.get("/account/tokens/").content.decode()


def test_a_token_without_any_permission_is_refused_on_the_form(client: Client) -> None:
    make_account()
    log_in(client)
    answer = client.post("/account/tokens/", {"name": "对接", "acts": "", "days": "30"})
    assert answer.status_code == 422
    assert "请至少选择一项权限。" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_manager_creates_finds_deactivates_and_activates_accounts(client: Client) -> None:
    make_account("boss")
    log_in(client, "boss")
    fields = {"username": "li.na", "display_name": "李娜", "password": "ganz-Neu-4711"}
    assert client.post("/accounts/new/", {**fields, "password": "kurz"}).status_code == 422
    answer = client.post("/accounts/new/", fields)
    account = Account.objects.get(username="li.na")
    assert answer.headers["Location"] == f"/accounts/{account.id}/"
    page = client.get("/accounts/", {"text": "李"}).content.decode()
    assert ("li.na" in page, ">boss<" in page) == (True, False)
    assert "该用户名已被使用" in client.post("/accounts/new/", fields).content.decode()
    stale = client.post(f"/accounts/{account.id}/deactivate/", {"version": "0"})
    assert stale.status_code == 409
    client.post(f"/accounts/{account.id}/deactivate/", {"version": "1"})
    assert not Account.objects.get(id=account.id).is_active
    client.post(f"/accounts/{account.id}/activate/", {"version": "2"})
    client.post(f"/accounts/{account.id}/reset/", {"password": "wieder-Neu-4711"})
    stored = Account.objects.get(id=account.id)
    assert (stored.is_active, stored.check_password("wieder-Neu-4711")) == (True, True)


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/new/"])
def test_nobody_else_sees_the_administration(client: Client, path: str) -> None:
    make_account()
    assert client.get(path).status_code == 302
    log_in(client)
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_accounts_costs_the_same_for_one_and_for_three(
    client: Client, django_assert_num_queries, count: int
) -> None:
    make_account("boss")
    for number in range(count - 1):
        make_account(f"u{number}")
    log_in(client, "boss")
    client.get("/accounts/")
    with django_assert_num_queries(3):
        page = client.get("/accounts/")
    assert page.content.decode().count('data-label="用户名"') == count
