"""Single sign-on against a provider over real HTTP: the linked come in, forged answers do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone
from joserfc.jwk import ECKey

from yiwang.accounts.errors import IdentityTaken
from yiwang.accounts.models import AccessRecord, Account
from yiwang.accounts.oidc import provider as module
from yiwang.accounts.pages import single_sign_on
from yiwang.accounts.services import create_accounts, deactivate_account, link_identity
from yiwang.accounts.tasks import purge_old_rows
from yiwang.kernel.actor import EVERYWHERE, Actor, system_actor
from yiwang.kernel.errors import Invalid, Refused
from yiwang.ledger.public import JournalEntry, check_ledger
from yiwang.project.settings import sign_on_from

from .factories import AT, MANAGER, PASSWORD, himself, make_account
from .identity_provider import CLIENT_SECRET, FakeProvider

pytestmark = pytest.mark.django_db
IDENTITY = "person-0001"
OFFICER = system_actor("test", "accounts.link")


@pytest.fixture
def fake(settings) -> Iterator[FakeProvider]:
    """A provider that the settings name; what processes keep of another one is forgotten."""
    known = FakeProvider()
    settings.SINGLE_SIGN_ON = known.settings()
    settings.LOGIN_REDIRECT_URL = "/account/access/"
    module._provider.cache_clear()
    try:
        yield known
    finally:
        known.stop()
        module._provider.cache_clear()


@pytest.fixture
def linked(fake: FakeProvider) -> Account:
    """An account linked with the provider's person."""
    account = make_account("wang")
    return link_identity(actor=OFFICER, at=AT, account_id=account.id, identity=IDENTITY)


def sent(client: Client, query: str = "") -> str:
    """The provider's address that the browser is sent to."""
    answer = client.get(f"/login/sso/{query}")
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def is_inside(client: Client) -> bool:
    """Whether the browser is logged in."""
    return client.get("/account/access/").status_code == 200


def test_a_linked_person_comes_in_and_the_journal_says_how(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    assert "我的南京政务版" in client.get("/login/").content.decode()
    answer = client.get(fake.log_in(sent(client, "?next=/account/tokens/")))
    assert (answer.status_code, answer["Location"]) == (302, "/account/tokens/")
    assert is_inside(client)
    assert client.session.get_expiry_age() > 3_600
    record = AccessRecord.objects.get(kind="signed_on")
    assert (record.account_id, bool(record.mark)) == (linked.id, True)
    kinds = JournalEntry.objects.filter(stream=linked.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["accounts.identity_linked", "accounts.signed_on"]
    assert IDENTITY not in str(JournalEntry.objects.values_list("body", flat=True))
    assert check_ledger().problems == []


def test_what_is_asked_of_the_provider_carries_no_secret(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    address = sent(client)
    asked = parse_qs(urlsplit(address).query)
    assert asked["scope"] == ["openid"]
    assert asked["redirect_uri"] == ["http://testserver/login/sso/return/"]
    pending = client.session["sign_on_pending"][0]
    assert pending["verifier"] not in address
    assert CLIENT_SECRET not in address
    other = parse_qs(urlsplit(sent(client)).query)
    assert all(asked[name] != other[name] for name in ("state", "nonce", "code_challenge"))


def test_discovery_and_keys_are_asked_once(fake: FakeProvider, linked: Account) -> None:
    for _ in range(3):
        assert Client().get("/login/").status_code == 200
        client = Client()
        client.get(fake.log_in(sent(client)))
        assert is_inside(client)
    assert fake.asked["/.well-known/openid-configuration"] == fake.asked["/keys"] == 1


def test_a_new_key_of_the_provider_is_fetched(
    fake: FakeProvider, linked: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST_PAUSE", 0.0)
    for _ in range(2):
        client = Client()
        client.get(fake.log_in(sent(client)))
        assert is_inside(client)
        fake.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    assert fake.asked["/keys"] == 2


def test_who_has_no_account_is_told_the_identity_and_gets_none(fake: FakeProvider) -> None:
    client = Client()
    answer = client.get(fake.log_in(sent(client)))
    assert answer.status_code == 403
    assert IDENTITY in answer.content.decode()
    assert not is_inside(client)
    assert not Account.objects.exists()


def test_a_deactivated_account_is_refused(fake: FakeProvider, linked: Account) -> None:
    deactivate_account(actor=MANAGER, at=AT, account_id=linked.id)
    client = Client()
    answer = client.get(fake.log_in(sent(client)))
    assert answer.status_code == 403
    assert "停用" in answer.content.decode()
    assert not is_inside(client)


#: How the claims are spoilt, and the check that must notice it.
SPOILT: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "wrong nonce": ("nonce", lambda claims: claims.update(nonce="another")),
    "no nonce": ("nonce", lambda claims: claims.pop("nonce")),
    "wrong audience": ("audience", lambda claims: claims.update(aud="another client")),
    "no audience": ("audience", lambda claims: claims.pop("aud")),
    "audience of several, for another": (
        "audience", lambda claims: claims.update(aud=[claims["aud"], "b"], azp="b"),
    ),
    "audience of several, for nobody": ("audience", lambda claims: claims.update(aud=[claims["aud"], "b"])),
    "wrong issuer": ("issuer", lambda claims: claims.update(iss="http://127.0.0.1:1/other")),
    "expired": ("expired", lambda claims: claims.update(exp=int(time.time()) - 120)),
    "no end": ("expired", lambda claims: claims.pop("exp")),
    "from the future": ("early", lambda claims: claims.update(iat=int(time.time()) + 3_600)),
    "no subject": ("subject", lambda claims: claims.pop("sub")),
}  # fmt: skip


@pytest.mark.parametrize("attack", SPOILT)
def test_a_token_with_wrong_claims_is_refused(
    attack: str, fake: FakeProvider, linked: Account, caplog: pytest.LogCaptureFixture
) -> None:
    code, spoil = SPOILT[attack]
    fake.spoil = lambda claims: spoil(claims) and None
    client = Client()
    answer = client.get(fake.log_in(sent(client)))
    assert answer.status_code == 403
    assert not is_inside(client)
    assert not AccessRecord.objects.filter(kind="signed_on").exists()
    assert f"failed: {code}" in caplog.text


@pytest.mark.parametrize(
    "forgery",
    ["signed_by_nobody", "signed_with_the_public_key", "signed_with_the_secret", "signed_by_a_stranger"],
)
def test_a_forged_signature_is_refused(
    forgery: str, fake: FakeProvider, linked: Account, caplog: pytest.LogCaptureFixture
) -> None:
    fake.sign = getattr(fake, forgery)
    client = Client()
    answer = client.get(fake.log_in(sent(client)))
    assert answer.status_code == 403
    assert not is_inside(client)
    assert "failed: signature" in caplog.text


def test_an_answer_counts_once(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    back = fake.log_in(sent(client))
    assert client.get(back).status_code == 302
    client.post("/logout/")
    codes = fake.asked["/token"]
    assert client.get(back).status_code == 403
    assert fake.asked["/token"] == codes
    assert not is_inside(client)


def test_an_answer_is_refused_in_another_browser(fake: FakeProvider, linked: Account) -> None:
    victim = Client()
    sent(victim)
    answer = victim.get(fake.log_in(sent(Client())))
    assert answer.status_code == 403
    assert not is_inside(victim)
    assert "/token" not in fake.asked


def test_an_answer_that_took_too_long_is_refused(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    back = fake.log_in(sent(client))
    session = client.session
    session["sign_on_pending"] = [
        {**one, "began": one["began"] - 3_600} for one in session["sign_on_pending"]
    ]
    session.save()
    assert client.get(back).status_code == 403
    assert not is_inside(client)


def test_an_answer_of_another_provider_is_refused(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    back = fake.log_in(sent(client)).replace("realms%2Fcity", "realms%2Fother")
    assert client.get(back).status_code == 403
    assert "/token" not in fake.asked


def test_a_stolen_code_is_worth_nothing_without_the_secret_of_the_browser(
    fake: FakeProvider, linked: Account
) -> None:
    owner, thief = Client(), Client()
    stolen = parse_qs(urlsplit(fake.log_in(sent(owner))).query)["code"][0]
    state = parse_qs(urlsplit(sent(thief)).query)["state"][0]
    answer = thief.get("/login/sso/return/", {"code": stolen, "state": state})
    assert answer.status_code == 403
    assert not is_inside(thief)


def test_a_provider_that_says_no_or_is_broken_leaves_the_login_page(
    fake: FakeProvider, linked: Account
) -> None:
    client = Client()
    state = parse_qs(urlsplit(sent(client)).query)["state"][0]
    refused = client.get("/login/sso/return/", {"error": "access_denied", "state": state})
    assert refused.status_code == 403
    assert "没有确认" in refused.content.decode()
    module._provider.cache_clear()
    fake.is_broken = True
    assert client.get("/login/sso/").status_code == 502
    assert client.get("/login/").status_code == 200
    assert client.post("/login/", {"username": "wang", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("more", [
    {"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://elsewhere.example/token"},
    {"jwks_uri": None}, {"authorization_endpoint": "javascript:alert(1)"},
])  # fmt: skip
def test_a_discovery_document_that_leads_astray_is_refused(more: dict[str, Any], fake: FakeProvider) -> None:
    fake.more = more
    assert Client().get("/login/sso/").status_code == 502


def test_the_claim_may_be_one_that_only_userinfo_tells(fake: FakeProvider, settings) -> None:
    settings.SINGLE_SIGN_ON = fake.settings(claim="employee_no")
    account = make_account("li")
    link_identity(actor=OFFICER, at=AT, account_id=account.id, identity="320115-77")
    fake.told = {"employee_no": "320115-77"}
    client = Client()
    client.get(fake.log_in(sent(client)))
    assert is_inside(client)
    fake.told = {"employee_no": "320115-77", "sub": "somebody else"}
    other = Client()
    assert other.get(fake.log_in(sent(other))).status_code == 403


def test_an_address_that_begins_too_many_logins_waits(
    fake: FakeProvider, linked: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_sign_on, "MOST_BEGUN", 2)
    assert [Client().get("/login/sso/").status_code for _ in range(3)] == [302, 302, 429]


def test_sessions_that_have_ended_are_swept(fake: FakeProvider) -> None:
    sent(Client())
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    sent(Client())
    purge_old_rows(timestamp=0)
    assert Session.objects.count() == 1


def test_after_the_login_nobody_is_sent_elsewhere(fake: FakeProvider, linked: Account) -> None:
    for wanted in (
        "https://elsewhere.example/",
        "//elsewhere.example",
        "javascript:alert(1)",
        "/\\elsewhere",
    ):
        client = Client()
        answer = client.get(fake.log_in(sent(client, f"?next={wanted}")))
        assert answer["Location"] == "/account/access/", wanted


def test_leaving_offers_to_leave_the_provider_too(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    client.get(fake.log_in(sent(client)))
    answer = client.post("/logout/")
    assert f"{fake.issuer}/leave?client_id=yiwang+web" in answer.content.decode()
    assert not is_inside(client)
    assert AccessRecord.objects.filter(kind="logged_out").count() == 1
    client.post("/login/", {"username": "wang", "password": PASSWORD})
    assert client.post("/logout/").status_code == 302
    module._provider.cache_clear()
    fake.more = {"end_session_endpoint": None}
    client.get(fake.log_in(sent(client)))
    assert client.post("/logout/").status_code == 302


def test_a_first_password_must_still_be_changed_and_none_need_not(fake: FakeProvider) -> None:
    account = make_account("zhao", must_change_password=True)
    link_identity(actor=OFFICER, at=AT, account_id=account.id, identity=IDENTITY)
    client = Client()
    client.get(fake.log_in(sent(client)))
    assert client.get("/account/access/")["Location"] == "/account/password/"
    keys = create_accounts(actor=MANAGER, at=AT, people={"qian": "钱某"})
    link_identity(actor=OFFICER, at=AT, account_id=account.id, identity="")
    link_identity(actor=OFFICER, at=AT, account_id=keys["qian"], identity=IDENTITY)
    other = Client()
    other.get(fake.log_in(sent(other)))
    assert is_inside(other)


def test_only_another_security_officer_links_and_an_identity_has_one_account(fake: FakeProvider) -> None:
    wang, li = make_account("wang"), make_account("li")
    with pytest.raises(Refused):
        link_identity(actor=himself(wang), at=AT, account_id=li.id, identity="x")
    with pytest.raises(Refused):
        link_identity(actor=MANAGER, at=AT, account_id=li.id, identity="x")
    officer = Actor(account_id=wang.id, grants={"accounts.link": EVERYWHERE})
    with pytest.raises(Refused):
        link_identity(actor=officer, at=AT, account_id=wang.id, identity="x")
    link_identity(actor=officer, at=AT, account_id=li.id, identity="Abc")
    with pytest.raises(IdentityTaken):
        link_identity(actor=OFFICER, at=AT, account_id=wang.id, identity="Abc")
    link_identity(actor=OFFICER, at=AT, account_id=wang.id, identity="abc")
    with pytest.raises(Invalid):
        link_identity(actor=officer, at=AT, account_id=li.id, identity="a\u200bb")
    link_identity(actor=officer, at=AT, account_id=li.id, identity="")
    assert Account.objects.get(pk=li.pk).identity is None
    kinds = AccessRecord.objects.filter(account=li).order_by("at", "id").values_list("kind", flat=True)
    assert list(kinds) == ["identity_linked", "identity_unlinked"]


def test_without_settings_there_is_no_single_sign_on(client: Client, settings) -> None:
    settings.SINGLE_SIGN_ON = None
    assert client.get("/login/sso/").status_code == client.get("/login/sso/return/").status_code == 404
    assert "/login/sso/" not in client.get("/login/").content.decode()


def test_the_environment_names_a_safe_provider_or_none() -> None:
    named = {"YIWANG_OIDC_ISSUER": "https://id.example/realms/city", "YIWANG_OIDC_CLIENT_ID": "yiwang"}
    assert sign_on_from({}) is None
    assert sign_on_from(named) == {"issuer": "https://id.example/realms/city", "client_id": "yiwang"}
    for wrong in ({"YIWANG_OIDC_ISSUER": "http://id.example"}, {"YIWANG_OIDC_CLIENT_ID": ""}):
        with pytest.raises(ImproperlyConfigured):
            sign_on_from({**named, **wrong})


def test_a_login_long_ago_does_not_keep_the_session_short(fake: FakeProvider, linked: Account) -> None:
    client = Client()
    sent(client)
    assert client.session.get_expiry_age() <= timedelta(minutes=10).total_seconds()
    client.get(fake.log_in(sent(client)))
    assert client.session.get_expiry_date() > timezone.now() + timedelta(hours=1)


class OfficerByName:
    """Middleware of these tests: the account `officer` links accounts, others hold nothing."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the actor as the middleware of `orgs` does."""
        request.actor = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            grants = {"accounts.link": EVERYWHERE} if request.user.get_username() == "officer" else {}
            request.actor = Actor(account_id=request.user.pk, grants=grants)  # type: ignore[attr-defined]
        return self.get_response(request)


def test_the_security_officer_links_on_a_page_and_others_are_refused(fake: FakeProvider, settings) -> None:
    settings.MIDDLEWARE = [
        f"{__name__}.OfficerByName" if name == "yiwang.orgs.middleware.ActorOfRequest" else name
        for name in settings.MIDDLEWARE
    ]
    wang, li = make_account("wang"), make_account("li", identity="taken")
    make_account("officer")
    browser, stranger = Client(), Client()
    browser.post("/login/", {"username": "officer", "password": PASSWORD})
    stranger.post("/login/", {"username": "wang", "password": PASSWORD})
    page = f"/identities/{wang.id}/"
    assert stranger.get("/identities/").status_code == stranger.post(page).status_code == 403
    assert "taken" in browser.get("/identities/?text=li").content.decode()
    refused = browser.post(page, {"identity": "taken"})
    assert refused.status_code == 422
    assert "已关联另一账号" in refused.content.decode()
    assert browser.post(page, {"identity": " 320115-77 "}).status_code == 302
    assert Account.objects.get(pk=wang.pk).identity == "320115-77"
    browser.post(f"/identities/{li.id}/", {"identity": ""})
    assert Account.objects.get(pk=li.pk).identity is None
