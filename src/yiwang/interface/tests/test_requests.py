"""The edge: which version was seen, and lost races tried again."""

from __future__ import annotations

import psycopg
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from yiwang.interface.middleware import Acts
from yiwang.interface.panels import BudgetExceededError, Panel, within_budget
from yiwang.interface.requests import expected_version, is_lost_race, retrying
from yiwang.kernel.errors import Invalid

REQUESTS = RequestFactory()


def _lost_race(kind: type[psycopg.Error] = psycopg.errors.DeadlockDetected) -> OperationalError:
    error = OperationalError("lost")
    error.__cause__ = kind()
    return error


@pytest.mark.parametrize(
    ("header", "field", "version"),
    [('"12"', "", 12), ("*", "3", None), ("", "3", 3), ("", "", None), ('"0"', "9", 0)],
)
def test_the_version_comes_from_if_match_and_else_from_the_form(
    header: str, field: str, version: int | None
) -> None:
    headers = {"If-Match": header} if header else {}
    assert expected_version(REQUESTS.post("/", {"version": field}, headers=headers)) == version


@pytest.mark.parametrize(
    ("header", "field"), [("12", ""), ('W/"12"', ""), ('"x"', ""), ("", "-1"), ("", "²"), ("", "9" * 11)]
)
def test_a_version_that_is_none_is_refused(header: str, field: str) -> None:
    headers = {"If-Match": header} if header else {}
    with pytest.raises(Invalid):
        expected_version(REQUESTS.post("/", {"version": field}, headers=headers))


def test_a_lost_race_is_run_again_up_to_three_times() -> None:
    calls: list[int] = []

    @retrying
    def act() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise _lost_race(psycopg.errors.SerializationFailure)
        return "done"

    assert act() == "done"
    assert len(calls) == 3


def test_a_fourth_attempt_is_not_made_and_other_errors_are_not_retried() -> None:
    calls: list[int] = []

    @retrying
    def losing(error: Exception) -> None:
        calls.append(1)
        raise error

    with pytest.raises(OperationalError):
        losing(_lost_race())
    assert len(calls) == 3
    with pytest.raises(OperationalError):
        losing(OperationalError("the server is gone"))
    with pytest.raises(ValueError, match="mine"):
        losing(ValueError("mine"))
    assert len(calls) == 5


def test_only_deadlocks_and_serialization_failures_are_lost_races() -> None:
    assert is_lost_race(_lost_race())
    assert is_lost_race(psycopg.errors.SerializationFailure())
    assert not is_lost_race(_lost_race(psycopg.errors.LockNotAvailable))
    assert not is_lost_race(ValueError())


@pytest.mark.django_db(transaction=True)
def test_the_middleware_runs_a_view_again_with_its_upload_wound_back() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    read: list[bytes] = []

    def view(request) -> HttpResponse:
        read.append(request.FILES["photo"].read())
        if len(read) == 1:
            raise _lost_race()
        return HttpResponse("kept")

    request = REQUESTS.post("/", {"photo": SimpleUploadedFile("a.jpg", b"picture")})
    answer = Acts(lambda r: HttpResponse()).process_view(request, view, [], {})
    assert answer is not None
    assert answer.content == b"kept"
    assert read == [b"picture", b"picture"]


@pytest.mark.django_db(transaction=True)
def test_a_race_lost_three_times_is_503_with_a_time_to_wait() -> None:
    def view(request) -> HttpResponse:
        raise _lost_race()

    request = REQUESTS.post("/", headers={"Accept": "application/json"})
    answer = Acts(lambda r: HttpResponse()).process_view(request, view, [], {})
    assert answer is not None
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.django_db
def test_a_panel_that_overspends_its_queries_fails_the_tests() -> None:
    from django.db import connection

    def spend(count: int) -> HttpResponse:
        with connection.cursor() as cursor:
            for _ in range(count):
                cursor.execute("SELECT 1")
        return HttpResponse()

    view = within_budget(Panel("tests.spender", "tests.owner", "x", "sample", queries=2))(spend)
    assert view(2).status_code == 200
    with pytest.raises(BudgetExceededError, match=r"tests\.spender ran 3 queries"):
        view(3)
