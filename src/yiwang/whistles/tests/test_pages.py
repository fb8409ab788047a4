"""Pages of whistles, as each role sees them."""

from __future__ import annotations

import pytest
from django.test import Client

from yiwang.accounts.models import Account
from yiwang.cases.tests.factories import AT, picture, receive
from yiwang.ledger.public import bump_now, forget
from yiwang.whistles.models import (
    OutsideUnit,
    Whistle,
    WhistleItem,
    WhistleKind,
    WhistleMatter,
    WhistleSchedule,
    WorkStage,
)
from yiwang.whistles.public import (
    Marks,
    feed_back_report,
    link_path,
    load_whistle_rules,
    rate_whistler,
    rulebook,
    streets_of_month,
)
from yiwang.whistles.queries.assessing import month_totals

from .factories import ADMIN, HERE, Town, blown, drafted, holder, make_town, photo, reported, sent, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def _client(town: Town, username: str) -> Client:
    client = Client()
    client.force_login(town.city.accounts[username])
    return client


def _text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def _post(client: Client, path: str, data: dict[str, object], status: int = 302) -> str:
    answer = client.post(path, data)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.headers.get("Location", "") or answer.content.decode()


def test_a_street_blows_from_the_form_and_its_leader_approves(town: Town) -> None:
    member = _client(town, "w_member_street")
    text = _text(member, "/whistles/new/")
    assert "工作推进哨" in text
    assert "应急处置哨" not in text
    path = _post(
        member, "/whistles/new/",
        {
            "kind": "work", "matter": str(town.matter()), "title": "KTV噪声", "reasons": "深夜扰民",
            "tried": "劝导三次", "place_lon": HERE[0], "place_lat": HERE[1], "then": "blow",
            "area": str(town.city.area("east_1_a")), "evidence": picture(),
        },
    )  # fmt: skip
    whistle = Whistle.objects.get()
    assert path == f"/whistles/{whistle.id}/"
    assert whistle.state == "approving"
    principal = _client(town, "w_principal_street")
    assert "KTV噪声" in _text(principal, "/whistles/?queue=approve")
    _post(principal, f"/whistles/{whistle.id}/act/approve/", {"reason": "同意"})
    centre = _client(town, "w_centre_east_centre")
    assert "KTV噪声" in _text(centre, "/whistles/?queue=judge")
    _post(
        centre, f"/whistles/{whistle.id}/act/judge/",
        {"host": str(town.city.unit("cleaning")), "co_units": [str(town.metro.id)]},
    )  # fmt: skip
    whistle.refresh_from_db()
    assert whistle.state == "reporting"
    text = _text(member, f"/whistles/{whistle.id}/")
    assert f"http://testserver{link_path(task_of(whistle, town.metro.id))}" in text


def test_a_form_without_a_matter_is_answered_with_its_errors(town: Town) -> None:
    member = _client(town, "w_member_street")
    text = _post(member, "/whistles/new/", {"kind": "work", "title": "x"}, 422)
    assert "invalid-feedback" in text


def test_a_department_does_its_part_from_its_pages(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    client = _client(town, "w_department_cleaning")
    base = f"/whistles/{whistle.id}/tasks/{task.id}"
    assert whistle.title in _text(client, "/whistles/?queue=report")
    _post(client, f"{base}/sign/", {})
    _post(client, f"{base}/contact/", {"reason": "已与街道值班长沟通"})
    assert "data-whistle-locate" in _text(client, f"{base}/check_in/")
    assert "照片" in _post(client, f"{base}/check_in/", {"representative": "section"}, 422)
    _post(
        client, f"{base}/check_in/",
        {"representative": "section", "photo": picture(), "place_lon": HERE[0], "place_lat": HERE[1]},
    )  # fmt: skip
    task.refresh_from_db()
    assert task.state == "reported"
    member = _client(town, "w_member_street")
    _post(
        member, f"/whistles/{whistle.id}/act/confer/",
        {"held_at": "2026-03-02T09:00", "text": "三方会商", "attendance": "街道、环卫所"},
    )  # fmt: skip
    stage = WorkStage.objects.get(code="demolish")
    _post(
        member, f"/whistles/{whistle.id}/assign/",
        {
            "items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0", "items-0-stage": str(stage.id),
            "items-0-task": str(task.id), "items-0-text": "拆除违建", "items-0-limit_0": "2",
            "items-0-limit_1": "work_day",
        },
    )  # fmt: skip
    item = WhistleItem.objects.get()
    assert item.due_at is not None
    assert "拆违" in _text(client, f"/whistles/{whistle.id}/")
    _post(client, f"/whistles/{whistle.id}/items/{item.id}/done/", {"feedback": "已拆", "photos": picture()})
    _post(client, f"{base}/feed_back/", {"result": "已完成"})
    marks = {"response": "prompt", "attitude": "active", "result": "solved"}
    _post(member, f"{base}/rate/", marks)
    _post(member, f"/whistles/{whistle.id}/act/end/", {"solved": "yes"})
    whistle.refresh_from_db()
    assert whistle.state == "ended"
    assert "已销哨" in _text(client, f"/whistles/{whistle.id}/")


def test_a_stranger_finds_no_such_whistle(town: Town) -> None:
    whistle = blown(town)
    client = _client(town, "w_department_gardens")
    assert client.get(f"/whistles/{whistle.id}/").status_code == 404


def test_the_list_takes_as_many_queries_for_one_as_for_three(town: Town) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = _client(town, "w_member_street")
    sent(town)
    _text(client, "/whistles/")
    forget()  # versions are asked once a second, so both times or not at all
    with CaptureQueriesContext(connection) as one:
        _text(client, "/whistles/")
    for _ in range(2):
        sent(town)
    forget()
    with CaptureQueriesContext(connection) as three:
        _text(client, "/whistles/")
    assert len(one) == len(three)


def test_the_panel_of_a_case_shows_its_whistles(town: Town) -> None:
    _, case = receive(town.city)
    whistle = blown(town)
    whistle.case_links.create(case=case)
    account = Account.objects.get(username="w_principal_street")
    kind = town.city.kinds["w_principal"]
    kind.grants = [*kind.grants, {"act": "cases.view", "scope": "everywhere"}]
    kind.save()
    from yiwang.ledger.public import bump_now

    bump_now("grants")
    assert account.pk
    client = _client(town, "w_principal_street")
    text = _text(client, f"/whistles/cases/{case.id}/")
    assert whistle.number in text
    assert f"/whistles/new/?case={case.id}" in text
    assert case.title in _text(client, f"/whistles/new/?case={case.id}")


def test_the_rules_are_set_on_their_pages(town: Town) -> None:
    holder(town.city, "w_admin", "centre")
    client = _client(town, "w_admin_centre")
    emergency = WhistleKind.objects.get(code="emergency")
    assert "应急处置哨" in _text(client, "/whistles/kinds/")
    _post(client, f"/whistles/kinds/{emergency.id}/switch/", {"on": "1"})
    emergency.refresh_from_db()
    assert emergency.is_on
    _text(client, f"/whistles/kinds/set/?from={emergency.id}")
    _post(client, "/whistles/matters/", {"name": "僵尸车", "field": "综合执法", "valid_from": "2099-01-01"})
    matter = WhistleMatter.objects.get(name="僵尸车")
    _text(client, "/whistles/matters/")
    assert matter.valid_from.year == 2099
    _post(
        client,
        "/whistles/scales/",
        {"form": "frequency", "least": "2", "most": "9", "valid_from": "2099-01-01"},
    )
    _post(
        client,
        "/whistles/scales/",
        {"form": "stage", "code": "light", "label": "亮化", "order": "9", "on": "on"},
    )
    option = {
        "form": "option",
        "question": "result",
        "code": "half",
        "label": "一半",
        "points": "2",
        "on": "on",
    }
    _post(client, "/whistles/scales/", option)
    _post(client, "/whistles/outside/", {"name": "车站公安"})
    assert OutsideUnit.objects.filter(name="车站公安").exists()
    assert any(stage.label == "亮化" for stage in rulebook().stages)
    assert load_whistle_rules(actor=ADMIN, at=AT) == 0
    _post(client, "/whistles/kinds/load/", {})


def test_a_kind_is_changed_from_a_day_on_and_old_whistles_keep_theirs(town: Town) -> None:
    from datetime import timedelta

    from django.utils import timezone

    whistle = blown(town)
    holder(town.city, "w_admin", "centre")
    client = _client(town, "w_admin_centre")
    tomorrow = timezone.localdate() + timedelta(days=1)
    row = town.kind()
    page = {
        "code": "work", "name": "工作推进哨", "direction": "to_departments", "blow_act": row.blow_act,
        "approve_act": row.approve_act, "most_units": "3", "fence_metres": "200", "most_rings": "2",
        "link_days": "3",
        "valid_from": tomorrow.isoformat(), "sign_0": "2", "sign_1": "urgent_hour",
    }  # fmt: skip
    _post(client, f"/whistles/kinds/set/?from={row.id}", page)
    assert WhistleKind.objects.filter(code="work").count() == 2
    whistle.refresh_from_db()
    assert whistle.kind_id == row.id


def test_a_schedule_is_proposed_and_approved_on_its_pages(town: Town) -> None:
    member = _client(town, "w_member_street")
    _text(member, "/whistles/schedules/new/")
    _post(
        member, "/whistles/schedules/new/",
        {
            "kind": "work", "matter": str(town.matter()), "title": "红山片区共治", "reasons": "摊贩",
            "tried": "日常巡查", "area": str(town.city.area("east_1")), "cadence": "weekly", "days": "1,4",
            "clock": "09:00", "opens_as": "sent", "host": str(town.city.unit("cleaning")),
            "units": [str(town.metro.id), str(town.city.unit("cleaning"))],
        },
    )  # fmt: skip
    row = WhistleSchedule.objects.get()
    assert row.units == [town.city.unit("cleaning"), town.metro.id]
    principal = _client(town, "w_principal_street")
    assert "周一、周四 09:00" in _text(principal, "/whistles/schedules/")
    _post(principal, f"/whistles/schedules/{row.id}/", {"act": "approve"})
    row.refresh_from_db()
    assert row.state == "running"
    _post(member, f"/whistles/schedules/{row.id}/", {"act": "stop", "reason": "结束"})
    row.refresh_from_db()
    assert row.state == "stopped"


def test_the_assessment_counts_what_was_blown_and_who_was_late(town: Town) -> None:
    whistle = sent(town)
    reported(town, whistle, town.cleaning)
    client = _client(town, "w_centre_east_centre")
    text = _text(client, "/whistles/assessment/?month=2026-03")
    assert "东一街道" in text
    assert "东区环卫所" in text
    assert "偏少" in text
    answer = client.get("/api/v1/whistles/assessment?month=2026-03").json()
    street = next(one for one in answer["streets"] if one["name"] == "东一街道")
    assert (street["blown"], street["frequency"], street["on_time_percent"]["sign"]) == (1, "usual", 100)
    idle = next(one for one in answer["streets"] if one["name"] == "东二街道")
    assert (idle["blown"], idle["frequency"]) == (0, "few")
    assert client.get("/whistles/assessment/?month=x").status_code == 422


def test_the_assessment_opens_with_totals_and_folds_streets_without_a_whistle(town: Town) -> None:
    reported(town, sent(town), town.cleaning)
    streets = streets_of_month(town.centre, "2026-03")
    totals = month_totals(streets)
    assert (totals.blown, totals.few, totals.many) == (1, len(streets) - 1, 0)
    assert (totals.solved.percent, totals.came.percent) == (None, 100)
    text = _text(_client(town, "w_centre_east_centre"), "/whistles/assessment/?month=2026-03")
    assert f"没有吹哨的街道 {len(streets) - 1} 个" in text
    assert "吹哨 1" in text
    assert "任务 1" in text
    assert "双考核" not in text


def test_points_of_streets_are_shown_where_units_gave_any(town: Town) -> None:
    WhistleKind.objects.filter(code="work").update(rates_both=True)
    bump_now("whistles")
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    own = {"at": AT, "whistle_id": whistle.id, "task_id": task.id}
    feed_back_report(actor=town.cleaning, result="完成", **own)
    rate_whistler(actor=town.cleaning, marks=Marks("prompt", "active", "partly"), **own)
    text = _text(_client(town, "w_centre_east_centre"), "/whistles/assessment/?month=2026-03")
    assert "双考核" in text
    assert text.count("3.0") == 2


def test_the_api_drafts_blows_and_answers_with_problems_in_words(town: Town) -> None:
    client = _client(town, "w_member_street")
    body = {
        "kind": "work", "title": "KTV", "reasons": "噪声", "tried": "劝导", "matter": str(town.matter()),
        "area": str(town.city.area("east_1_a")),
    }  # fmt: skip
    made = client.post("/api/v1/whistles", body, content_type="application/json")
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    assert client.post(f"/api/v1/whistles/{key}/blow").json()["state"] == "approving"
    again = client.post(f"/api/v1/whistles/{key}/blow")
    assert (again.status_code, again.json()["code"]) == (409, "whistle.transition_refused")
    detail = client.get(f"/api/v1/whistles/{key}")
    assert detail.json()["whistle"]["reasons"] == "噪声"
    stale = client.post(
        f"/api/v1/whistles/{key}/withdraw",
        {"reason": "x"},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert stale.status_code == 412
    assert [row["id"] for row in client.get("/api/v1/whistles?queue=ours").json()["items"]] == [key]
    assert photo()
    assert drafted(town).state == "draft"
