"""One voice: what its source tells a reporter, our pages do not tell again, nor ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.public import (
    Case,
    Rating,
    Report,
    accept_case,
    answer_directly,
    dispatch_case,
    set_source_limit,
    tracking_path,
)
from yiwang.cases.tests.factories import SYSTEM, City, receive
from yiwang.kernel.actor import system_actor

from .conftest import Login

pytestmark = pytest.mark.django_db


def closed(city: City, **given: object) -> tuple[Report, Case]:
    report, case = receive(city, matter_class=city.classes["request"].id, at=timezone.now(), **given)
    answer_directly(actor=SYSTEM, at=timezone.now(), case_id=case.id, answer="路灯已修复。")
    return report, case


def test_a_resident_whose_source_answers_reads_who_answers_and_not_the_answer(
    city: City, client: Client
) -> None:
    report, _ = closed(city, voice="source", rated_by_source=True)
    page = client.get(tracking_path(report)).content.decode()
    assert "由12345热线答复" in page
    assert "由12345热线回访" in page
    assert "路灯已修复。" not in page
    assert 'id="rate"' not in page
    client.post(f"{tracking_path(report)}rate/", {"outcome": "solved", "satisfaction": "satisfied"})
    assert not Rating.objects.exists()


def test_a_resident_whom_we_answer_reads_the_answer_and_is_asked(city: City, client: Client) -> None:
    report, _ = closed(city)
    page = client.get(tracking_path(report)).content.decode()
    assert "路灯已修复。" in page
    assert 'id="rate"' in page
    assert "由12345热线" not in page


def test_a_call_back_clerk_is_not_asked_to_call_whom_the_source_calls(city: City, login: Login) -> None:
    _, case = closed(city, rated_by_source=True)
    page = login("callback_clerk", area="city").get(f"/cases/{case.id}/").content.decode()
    assert "由来源单位回访，评价由来源传回。" in page
    assert 'data-act="rate"' not in page


def test_two_limits_stand_side_by_side(city: City, login: Login) -> None:
    at = timezone.now()
    report, case = receive(city, matter_class=city.classes["request"].id, at=at)
    accept_case(actor=SYSTEM, at=at, case_id=case.id)
    source = system_actor("source", "cases.set_source_limit")
    set_source_limit(actor=source, at=at, report_id=report.id, due_at=at + timedelta(days=2))
    client = login("dispatcher", area="city")
    page = client.get(f"/cases/{case.id}/").content.decode()
    assert "来源时限" in page
    assert "内部时限" in page
    assert "—" in page
    dispatch_case(actor=SYSTEM, at=at, case_id=case.id, host=city.unit("cleaning"))
    page = client.get(f"/cases/{case.id}/").content.decode()
    assert "以" in page
    assert "为准" in page
