"""The notice of earlier cases on the page of a new one, and the button that reopens."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from yiwang.cases.models import Case
from yiwang.cases.tests.factories import City, dispatched, receive

from .conftest import Login


def test_a_clerk_is_told_of_the_closed_case_and_reopens_it_with_one_button(city: City, login: Login) -> None:
    now = timezone.now()
    old = dispatched(city, at=now - timedelta(days=2))
    Case.objects.filter(pk=old.id).update(
        state="closed", ending="answered", closed_at=now - timedelta(days=1)
    )
    _, new = receive(city, at=now, matter_class=city.classes["request"].id)
    clerk = login("callback_clerk", area="city")
    assert f"/cases/{new.id}/earlier/" in clerk.get(f"/cases/{new.id}/").content.decode()
    told = clerk.get(f"/cases/{new.id}/earlier/").content.decode()
    for words in (old.number, "疑似重复来件", "同一诉求人", "地点相同", "已答复", "重办原案"):
        assert words in told
    old.refresh_from_db()
    given = {"version": str(old.version), "repeat": str(new.id), "reason": "诉求人再次反映同一问题。"}
    answer = clerk.post(f"/cases/{old.id}/acts/reopen_by_repeat/", given)
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{old.id}/")
    old.refresh_from_db()
    assert (old.state, old.redo_cause, old.report_count) == ("dispatching", "repeated", 2)
    assert clerk.get(f"/cases/{new.id}/earlier/").content.decode().strip() == ""


def test_who_may_not_reopen_is_told_nothing(city: City, login: Login) -> None:
    now = timezone.now()
    old = dispatched(city, at=now - timedelta(days=2))
    Case.objects.filter(pk=old.id).update(state="closed", ending="solved", closed_at=now - timedelta(days=1))
    _, new = receive(city, at=now, matter_class=city.classes["request"].id)
    operator = login("seat_operator", area="city")
    assert f"/cases/{new.id}/earlier/" not in operator.get(f"/cases/{new.id}/").content.decode()
    assert operator.get(f"/cases/{new.id}/earlier/").status_code == 403
