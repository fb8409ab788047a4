"""Every page opens for whom it is meant, and says so when it is not."""

from __future__ import annotations

import pytest
from django.test import Client

from yiwang.cases.public import Case, accept_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, receive
from yiwang.ledger.public import forget

from .conftest import Login

pytestmark = pytest.mark.django_db
PAGES = ("/", "/cases/", "/report/new", "/map/", "/rechecks/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_staff_asks_a_stranger_to_log_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={path}")


@pytest.mark.parametrize(
    ("kind", "path", "status"),
    [
        ("seat_operator", "/", 200),
        ("seat_operator", "/cases/", 200),
        ("seat_operator", "/report/new", 200),
        ("seat_operator", "/map/", 200),
        ("seat_operator", "/rechecks/", 403),
        ("grid_worker", "/rechecks/", 200),
        ("leader", "/report/new", 403),
        ("leader", "/cases/export.csv", 403),
    ],
)
def test_a_page_opens_for_whoever_holds_its_act(login: Login, kind: str, path: str, status: int) -> None:
    assert login(kind).get(path).status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_page_costs_the_same_queries_for_one_case_and_for_three(
    city: City, login: Login, django_assert_num_queries, count: int
) -> None:
    for _ in range(count):
        dispatched(city)
    client = login("dispatcher")
    client.get("/cases/")
    forget()
    with django_assert_num_queries(5):
        answer = client.get("/cases/")
    assert len(answer.context["rows"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_queries_for_one_case_and_for_three(
    city: City, login: Login, django_assert_num_queries, count: int
) -> None:
    for _ in range(count):
        receive(city)
    client = login("seat_operator")
    client.get("/")
    forget()
    with django_assert_num_queries(8):
        answer = client.get("/")
    assert len(answer.context["rows"]) == count


def test_the_queue_has_a_tab_for_each_state_the_actor_moves_on(login: Login) -> None:
    def states(kind: str, **where: str) -> list[str]:
        return [tab.state for tab in login(kind, **where).get("/").context["tabs"]]

    assert states("seat_operator") == ["received"]
    assert states("dispatcher") == ["received", "registering", "dispatching", "reviewing"]
    assert states("handler", unit="cleaning") == ["handling"]
    assert states("grid_worker") == ["received", "verifying", "rechecking"]
    assert states("leader") == []


def test_whoever_has_nothing_to_move_on_is_shown_the_way_to_the_cases(login: Login) -> None:
    answer = login("leader").get("/").content.decode()
    assert 'class="btn btn-primary" href="/cases/"' in answer
    assert 'class="btn btn-primary" href="/cases/"' not in login("security_admin").get("/").content.decode()


def test_the_list_pages_on_by_key_without_a_count(city: City, login: Login) -> None:
    numbers = [receive(city)[1].number for _ in range(53)]
    client = login("dispatcher")
    first = client.get("/cases/")
    second = client.get("/cases/", {"cursor": first.context["page"].next})
    shown = [row.case.number for row in [*first.context["rows"], *second.context["rows"]]]
    assert (len(first.context["rows"]), sorted(shown)) == (50, sorted(numbers))
    assert second.context["page"].next is None


def test_the_export_holds_the_filtered_list_and_no_contact(city: City, login: Login) -> None:
    _, here = receive(city)
    receive(city, area="west_1_a")
    text = b"".join(
        login("dispatcher").get("/cases/export.csv", {"district": str(city.area("east"))}).streaming_content
    ).decode("utf-8-sig")
    lines = text.strip().splitlines()
    assert (len(lines), lines[1].split(",")[0]) == (2, here.number)
    assert "13900001234" not in text


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(city: City, login: Login) -> None:
    receive(city, title="=cmd()")
    text = b"".join(login("dispatcher").get("/cases/export.csv").streaming_content).decode()
    assert ",'=cmd()," in text


def test_a_bulk_act_says_which_cases_went_through_and_why_others_did_not(city: City, login: Login) -> None:
    from yiwang.cases.public import accept_case
    from yiwang.cases.tests.factories import AT, SYSTEM
    from yiwang.catalog.models import ResponsibilityRow
    from yiwang.ledger.public import bump_now

    ResponsibilityRow.objects.create(
        scheme=city.classes["event"].scheme,
        matter_class=city.classes["event"],
        host_unit=city.units["cleaning"],
    )
    bump_now("catalog")
    waiting = []
    for name in ("event", "request"):
        _, case = receive(city, matter_class=city.classes[name].id)
        waiting.append(accept_case(actor=SYSTEM, at=AT, case_id=case.id))
    answer = login("dispatcher").post(
        "/cases/bulk/", {"act": "dispatch", "case": [f"{case.id}:{case.version}" for case in waiting]}
    )
    assert [result.problem for result in answer.context["results"]] == [
        "",
        "权责清单没有给出承办单位，请派给指定单位，或打开案件单独派遣。",
    ]
    assert [Case.objects.get(pk=case.pk).state for case in waiting] == ["handling", "dispatching"]


def test_earlier_reports_of_a_phone_are_shown_while_a_new_one_is_entered(city: City, login: Login) -> None:
    _, case = receive(city)
    answer = login("seat_operator").post("/report/earlier/", {"phone": "13900001234"})
    assert case.number in answer.content.decode()


def test_the_queue_opens_where_somebody_has_waited_longest(city: City, login: Login) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    answer = login("dispatcher", area="city").get("/")
    assert answer.context["tab"].state == "dispatching"
    assert case.title in answer.content.decode()
