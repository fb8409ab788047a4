"""The panel of admission on a case's page: why a dispatch is allowed, refusing, and the list of refusals."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.accounts.models import Account
from yiwang.cases.models import Case, UnlistedRefusal
from yiwang.cases.public import accept_case, dispatch_case
from yiwang.cases.tests.factories import BEGIN, SYSTEM, City, make_city, receive
from yiwang.catalog.models import AdmissionRule, AdmittedMatter
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import PostKind, Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    city = make_city()
    for name, kind in (("grid", "grid_team"), ("committee", "community_committee")):
        city.units[name] = Unit.objects.create(
            code=name, name=f"梅园{name}", kind=kind, home_area=city.areas["east_1_a"], valid_from=BEGIN
        )
    grants = [{"act": f"cases.{act}", "scope": "unit"} for act in ("view", "handle", "refuse_unlisted")]
    PostKind.objects.filter(code="handler").update(grants=grants)
    bump_now("units")
    bump_now("post_kinds")
    return city


def waiting(city: City) -> Case:
    at = timezone.now()
    _, case = receive(city, matter_class=city.classes["request"].id, at=at)
    return accept_case(actor=SYSTEM, at=at, case_id=case.id)


def sent(city: City, unit: str) -> Case:
    return dispatch_case(actor=SYSTEM, at=timezone.now(), case_id=waiting(city).id, host=city.unit(unit))


def admit(city: City, matter: str, kind: str = "grid") -> AdmittedMatter:
    row = AdmittedMatter.objects.create(
        list_kind=kind, code="A-1", name="列入的事项", basis="有依据", class_ids=[city.classes[matter].id],
        lead_unit=city.units["cleaning"], state="admitted", valid_from=BEGIN, applied_at=timezone.now(),
    )  # fmt: skip
    bump_now("catalog.admission")
    return row


def unchecked(city: City) -> None:
    """A list of the community that names another matter; dispatching does not ask it."""
    AdmissionRule.objects.create(level="community", mode="off")
    admit(city, "event", kind="community_duty")


def enter(client: Client, account: Account) -> Client:
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def panel(client: Client, case: Case) -> str:
    answer = client.get(f"/cases/{case.id}/admission/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_dispatch_the_panel_says_where_it_may_go(city: City, client: Client) -> None:
    admit(city, "event")
    enter(client, city.login("dispatcher", area="city"))
    text = panel(client, waiting(city))
    assert "不可以" in text
    assert "非准不入" in text


def test_after_the_dispatch_it_names_the_row(city: City, client: Client) -> None:
    row = admit(city, "request")
    enter(client, city.login("dispatcher", area="city"))
    text = panel(client, sent(city, "grid"))
    assert f"/catalog/admission/{row.id}/" in text
    assert "在清单内" in text


def test_the_dispatcher_is_told_why_on_the_form(city: City, client: Client) -> None:
    admit(city, "event")
    enter(client, city.login("dispatcher", area="city"))
    case = waiting(city)
    answer = client.post(
        f"/cases/{case.id}/acts/dispatch/",
        {"host": str(city.unit("grid")), "version": case.version, "instruction": "请逐户核实。"},
    )
    assert answer.status_code == 409
    assert "非准不入" in answer.content.decode()
    assert "请逐户核实。" in answer.content.decode()


def test_a_community_without_a_list_is_offered_no_refusal(city: City, client: Client) -> None:
    case = sent(city, "committee")
    enter(client, city.login("handler", unit="committee"))
    assert "清单外拒收" not in panel(client, case)


def test_a_community_refuses_on_the_page_and_is_counted(city: City, client: Client) -> None:
    unchecked(city)
    case = sent(city, "committee")
    enter(client, city.login("handler", unit="committee"))
    assert "清单外拒收" in panel(client, case)
    answer = client.post(
        f"/cases/{case.id}/admission/refuse/", {"version": case.version, "words": "不属社区"}
    )
    assert answer.status_code == 302
    assert UnlistedRefusal.objects.get().unit == city.unit("committee")
    enter(client, city.login("dispatcher", area="city"))
    page = client.get("/refusals/").content.decode()
    assert case.number in page
    assert "梅园committee" in page
    assert "已拒收" in panel(client, case)


def test_what_is_listed_offers_no_refusal(city: City, client: Client) -> None:
    admit(city, "request", kind="community_duty")
    case = sent(city, "committee")
    enter(client, city.login("handler", unit="committee"))
    assert "refuse/" not in panel(client, case)
    client.post(f"/cases/{case.id}/admission/refuse/", {"version": case.version})
    assert not UnlistedRefusal.objects.exists()


def test_refusals_of_cases_out_of_reach_are_not_listed(city: City, client: Client) -> None:
    unchecked(city)
    case = sent(city, "committee")
    enter(client, city.login("handler", unit="committee"))
    client.post(f"/cases/{case.id}/admission/refuse/", {"version": case.version})
    assert UnlistedRefusal.objects.exists()
    enter(client, city.login("dispatcher", unit="other_street", area="west"))
    assert case.number not in client.get("/refusals/").content.decode()
