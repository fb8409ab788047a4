"""Who came is shown by unit and post, never by name: nothing typed stands where a post is shown."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from yiwang.cases.tests.factories import AT, picture
from yiwang.kernel.errors import Invalid
from yiwang.whistles.models import CheckIn, WhistleTask
from yiwang.whistles.public import AttendingPost, check_in, link_path, sign_report

from .factories import HERE, Town, make_town, photo, sent, task_of

pytestmark = pytest.mark.django_db
NAME = "张建国"


@pytest.fixture
def town() -> Town:
    return make_town()


@pytest.fixture
def called(town: Town) -> WhistleTask:
    """The metro police, who have signed."""
    task = task_of(sent(town, at=timezone.now(), co=(town.metro.id,)), town.metro.id)
    assert Client().post(f"{link_path(task)}sign/").status_code == 302
    return task


def _reader(town: Town) -> Client:
    client = Client()
    client.force_login(town.city.accounts["w_member_street"])
    return client


def _arrive(task: WhistleTask, post: str) -> int:
    upload = SimpleUploadedFile("spot.jpg", picture().read(), content_type="image/jpeg")
    there = {"representative": post, "photo": upload, "lon": HERE[0], "lat": HERE[1]}
    return Client().post(f"{link_path(task)}check_in/", there).status_code


def test_an_outside_unit_is_shown_by_its_recorded_name_and_a_post_of_the_list(
    town: Town, called: WhistleTask
) -> None:
    assert _arrive(called, "officer") == 302
    text = _reader(town).get(f"/whistles/{called.whistle_id}/").content.decode()
    assert "执法人员、民警" in text
    assert text.count("地铁公安（示例）（链接办理）") == 2
    assert "执法人员、民警" in Client().get(link_path(called)).content.decode()


@pytest.mark.parametrize("typed", [NAME, f"民警{NAME}", "officer ", ""])
def test_a_name_typed_for_a_post_is_refused_at_every_door_and_shown_nowhere(
    town: Town, called: WhistleTask, typed: str
) -> None:
    assert _arrive(called, typed) == 422
    with pytest.raises(Invalid) as refusal:
        check_in(
            actor=town.cleaning, at=AT, whistle_id=called.whistle_id, task_id=called.id,
            pictures=[photo()], representative=typed,
        )  # fmt: skip
    assert [one.field for one in refusal.value.problems] == ["representative"]
    assert NAME not in refusal.value.message
    assert not CheckIn.objects.exists()
    assert NAME not in _reader(town).get(f"/whistles/{called.whistle_id}/").content.decode()


def test_the_api_takes_a_post_of_the_list_and_tells_no_more(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    sign_report(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id)
    client = Client()
    client.force_login(town.city.accounts["w_department_cleaning"])
    path = f"/api/v1/whistles/{whistle.id}/tasks/{task.id}/check-in"
    refused = client.post(path, {"representative": NAME, "file": picture()})
    assert (refused.status_code, NAME in refused.content.decode()) == (422, False)
    assert client.post(path, {"representative": "section", "file": picture()}).status_code == 200
    told = client.get(f"/api/v1/whistles/{whistle.id}").json()["tasks"][0]["check_ins"]
    assert [one["representative"] for one in told] == ["section"]


def test_what_was_typed_before_there_was_a_list_is_emptied_and_the_check_in_stays(town: Town) -> None:
    task = task_of(sent(town))
    rows = [
        CheckIn.objects.create(task=task, at=AT, is_inside=True, result="inside", representative=said)
        for said in (NAME, "科长", "officer", "")
    ]
    module = import_module("yiwang.whistles.migrations.0003_attending_posts")
    with connection.cursor() as cursor:
        cursor.execute(module.EMPTY_TYPED)
    kept = dict(CheckIn.objects.values_list("id", "representative"))
    assert [kept[row.id] for row in rows] == ["", "", "officer", ""]
    for post in AttendingPost.values:
        assert f"'{post}'" in module.EMPTY_TYPED
