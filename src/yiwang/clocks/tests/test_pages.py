"""The calendar page: one person changes and proposes, another decides; nobody else opens it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yiwang.cases.models import Case, Task
from yiwang.cases.services.recomputing import correct_deadlines
from yiwang.cases.tests.factories import City, dispatched, make_city
from yiwang.clocks.models import CalendarCorrection, CalendarDay, CalendarYear, WorkingHours
from yiwang.clocks.official import known_years
from yiwang.clocks.queries import current_calendar
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import PostKind

pytestmark = pytest.mark.django_db
PAGE = "clocks:calendar"


@pytest.fixture
def city() -> City:
    city = make_city()
    grants = {"leader": ("clocks.edit", "clocks.approve"), "supervisor": ("clocks.approve",)}
    for code, acts in grants.items():
        PostKind.objects.filter(code=code).update(grants=[{"act": a, "scope": "everywhere"} for a in acts])
    bump_now("post_kinds")
    return city


def browser(city: City, kind: str) -> Client:
    client = Client()
    client.force_login(city.login(kind, area="city"))
    return client


def test_a_change_is_previewed_made_proposed_approved_and_carried_out(city: City) -> None:
    now = timezone.now()
    case = dispatched(city, at=now)
    assert case.due_at is not None
    day = (case.due_at.astimezone(SHANGHAI)).date()
    given = {"day": day.isoformat(), "hours": "", "name": "台风停工"}
    editor, approver = browser(city, "leader"), browser(city, "supervisor")
    preview = editor.post(reverse("clocks:day_set"), {**given, "what": "preview"}).content.decode()
    assert "将移动 1 件未结时限" in preview
    assert case.number in preview
    assert not CalendarDay.objects.filter(source="override").exists()

    saved = editor.post(reverse("clocks:day_set"), {**given, "what": "save"}, follow=True).content.decode()
    assert "已有时限尚未更正" in saved
    assert Case.objects.get(pk=case.pk).due_at == case.due_at
    editor.post(reverse("clocks:correction_propose"), {"reason": "台风停工"})
    row = CalendarCorrection.objects.get()
    assert "待另一人决定" in editor.get(reverse(PAGE)).content.decode()
    own = editor.post(reverse("clocks:correction_approve", args=[row.id]))
    assert own.status_code == 409
    approved = approver.post(reverse("clocks:correction_approve", args=[row.id]), {"version": 1}, follow=True)
    assert approved.status_code == 200
    while correct_deadlines(at=now + timedelta(minutes=1), correction_id=row.id):
        pass
    moved = Case.objects.get(pk=case.pk).due_at
    assert moved is not None
    assert moved > case.due_at
    assert "已移动 1，保持 0" in editor.get(reverse(PAGE)).content.decode()


def test_hours_that_make_no_sense_are_told_at_the_field(city: City) -> None:
    editor = browser(city, "leader")
    answer = editor.post(
        reverse("clocks:day_set"),
        {"day": "2026-03-07", "hours": "08:00-12:00 11:00-13:00", "name": "x", "what": "save"},
    )
    assert answer.status_code == 422
    assert "互不重叠" in answer.content.decode()
    good = {"day": "2026-03-07", "hours": "08:30-11:30，13:00至15:00", "name": "值班", "what": "save"}
    assert editor.post(reverse("clocks:day_set"), good).status_code == 302
    assert CalendarDay.objects.get(source="override").intervals == [[30600, 41400], [46800, 54000]]
    gone = editor.post(reverse("clocks:day_clear"), {"day": "2026-03-07"})
    assert gone.status_code == 302
    assert editor.post(reverse("clocks:day_clear"), {"day": "soon"}).status_code == 404


def test_a_rejection_keeps_its_reason(city: City) -> None:
    dispatched(city, at=timezone.now())
    browser(city, "leader").post(reverse("clocks:correction_propose"), {"reason": "首次载入"})
    row = CalendarCorrection.objects.get()
    approver = browser(city, "supervisor")
    approver.post(reverse("clocks:correction_reject", args=[row.id]), {"reason": "不必更正"})
    row.refresh_from_db()
    assert (row.state, row.refusal) == ("rejected", "不必更正")
    assert "不必更正" in approver.get(reverse(PAGE)).content.decode()


def test_who_only_decides_edits_nothing_and_others_see_nothing(city: City) -> None:
    approver = browser(city, "supervisor")
    page = approver.get(reverse(PAGE))
    assert page.status_code == 200
    assert reverse("clocks:day_set") not in page.content.decode()
    body = {"day": "2026-03-07", "hours": "", "name": "x", "what": "save"}
    assert approver.post(reverse("clocks:day_set"), body).status_code == 403
    assert browser(city, "dispatcher").get(reverse(PAGE)).status_code == 403
    assert Client().get(reverse(PAGE)).status_code == 302


def test_working_hours_of_several_intervals_are_set_for_a_season_and_taken_back(city: City) -> None:
    editor = browser(city, "leader")
    summer = {"hours": "08:30-12:00，14:30至18:30", "valid_from": "2027-06-01", "last_day": "2027-09-30"}
    assert editor.post(reverse("clocks:hours_set"), summer).status_code == 302
    row = WorkingHours.objects.get(until_version=None)
    assert (row.valid_to, row.intervals) == (date(2027, 10, 1), [[30600, 43200], [52200, 66600]])
    assert current_calendar().plan(date(2027, 9, 30)) == ((30600, 43200), (52200, 66600))
    shown = editor.get(reverse(PAGE)).content.decode()
    assert ("08:30—12:00、14:30—18:30" in shown, "2027-09-30" in shown) == (True, True)
    clear = reverse("clocks:hours_clear", args=[row.id])
    assert editor.post(clear, {"version": "0"}).status_code == 409
    assert editor.post(clear).status_code == 302
    assert current_calendar().plan(date(2027, 9, 30)) == ((28800, 43200), (50400, 64800))
    assert editor.post(clear).status_code == 422
    assert not WorkingHours.objects.filter(until_version=None).exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hours": ""}, "这个字段是必填项。"),
        ({"hours": "08:00-12:00 11:00-13:00"}, "互不重叠"),
        ({"last_day": "2027-05-31"}, "最后一天不能早于起始日期。"),
        ({"valid_from": "2027-07-01"}, "这段日期已有作息时间"),
    ],
)
def test_working_hours_that_cannot_stand_are_told_on_the_form(
    city: City, given: dict[str, str], said: str
) -> None:
    editor = browser(city, "leader")
    summer = {"hours": "08:30-12:00 14:30-18:30", "valid_from": "2027-06-01", "last_day": "2027-09-30"}
    editor.post(reverse("clocks:hours_set"), summer)
    answer = editor.post(reverse("clocks:hours_set"), {**summer, **given})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert WorkingHours.objects.filter(until_version=None).count() == 1


def test_an_official_year_is_loaded_once_and_an_unknown_one_is_refused(city: City) -> None:
    editor = browser(city, "leader")
    missing = [year for year in known_years() if not CalendarYear.objects.filter(year=year).exists()]
    year = max(y for y in missing if y < 2026)
    load = reverse("clocks:years_load")
    gap = editor.post(load, {"years": min(missing)})
    assert (gap.status_code, "已知年份须连续" in gap.content.decode()) == (422, True)
    told = editor.post(load, {"years": year}, follow=True).content.decode()
    assert "放假安排已载入。" in told
    assert CalendarYear.objects.filter(year=year, until_version=None).count() == 1
    again = editor.post(load, {"years": year}, follow=True).content.decode()
    assert "没有变化" in again
    assert editor.post(load, {"years": "2090"}).status_code == 422


def test_hours_and_years_are_set_by_editors_only(city: City) -> None:
    approver = browser(city, "supervisor")
    shown = approver.get(reverse(PAGE)).content.decode()
    assert (reverse("clocks:hours_set") in shown, reverse("clocks:years_load") in shown) == (False, False)
    hours = {"hours": "09:00-12:00", "valid_from": "2027-06-01", "last_day": ""}
    assert approver.post(reverse("clocks:hours_set"), hours).status_code == 403
    assert approver.post(reverse("clocks:years_load"), {"years": "2026"}).status_code == 403


def test_what_a_correction_left_alone_is_listed_with_its_reason(city: City) -> None:
    now = timezone.now()
    case = dispatched(city, at=now)
    assert case.due_at is not None
    extended = case.due_at + timedelta(days=30)
    Task.objects.filter(case=case).update(due_at=extended)
    Case.objects.filter(pk=case.pk).update(due_at=extended)
    editor, approver = browser(city, "leader"), browser(city, "supervisor")
    given = {"day": case.due_at.astimezone(SHANGHAI).date().isoformat(), "hours": "", "name": "台风停工"}
    preview = editor.post(reverse("clocks:day_set"), {**given, "what": "preview"}).content.decode()
    assert ("另有 1 件保持不动" in preview, "已另行变更时限" in preview) == (True, True)
    editor.post(reverse("clocks:day_set"), {**given, "what": "save"})
    editor.post(reverse("clocks:correction_propose"), {"reason": "台风停工"})
    row = CalendarCorrection.objects.get()
    approver.post(reverse("clocks:correction_approve", args=[row.id]))
    while correct_deadlines(at=now + timedelta(minutes=1), correction_id=row.id):
        pass
    kept = reverse("clocks:correction_kept", args=[row.id])
    assert kept in approver.get(reverse(PAGE)).content.decode()
    listed = approver.get(kept).content.decode()
    assert (case.number in listed, "已另行变更时限" in listed) == (True, True)
    assert browser(city, "dispatcher").get(kept).status_code == 403


def test_the_page_is_drawn_within_its_budget(city: City, django_assert_max_num_queries) -> None:
    client = browser(city, "leader")
    client.get(reverse(PAGE))
    with django_assert_max_num_queries(14):
        client.get(reverse(PAGE))
