"""What the pages offer: no button that leads to a refusal, reasons in words, links and fields that work."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from yiwang.cases.tests.factories import AT, picture, receive
from yiwang.ledger.public import bump_now
from yiwang.whistles.models import Whistle, WhistleKind, WorkStage
from yiwang.whistles.public import (
    ItemTerms,
    approve_whistle,
    assign_items,
    blow_whistle,
    check_in,
    feed_back_report,
    link_path,
    sign_report,
    withdraw_whistle,
)

from .factories import HERE, Town, blown, drafted, holder, make_town, photo, reported, sent, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def _client(town: Town, username: str) -> Client:
    client = Client()
    client.force_login(town.city.accounts[username])
    return client


def _page(town: Town, username: str, whistle: Whistle) -> str:
    answer = _client(town, username).get(f"/whistles/{whistle.id}/")
    assert answer.status_code == 200
    return answer.content.decode()


def _act(whistle: Whistle, name: str) -> str:
    return f'href="/whistles/{whistle.id}/act/{name}/"'


def test_who_blew_is_told_why_there_is_nothing_to_approve(town: Town) -> None:
    whistle = drafted(town, actor=town.principal)
    blow_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    text = _page(town, "w_principal_street", whistle)
    assert _act(whistle, "approve") not in text
    assert text.count("须由吹哨人以外的人审核") == 1


def test_a_draft_says_what_it_lacks_before_anybody_blows_it(town: Town) -> None:
    text = _page(town, "w_member_street", drafted(town, tried=""))
    assert "请先填写：已做工作" in text
    assert "/blow/" not in text


def test_the_end_and_the_second_whistle_wait_for_the_ratings(town: Town) -> None:
    whistle = sent(town)
    text = _page(town, "w_member_street", whistle)
    assert "还没有单位报到" in text
    assert _act(whistle, "confer") not in text
    task = reported(town, whistle, town.cleaning)
    assert _act(whistle, "confer") in _page(town, "w_member_street", whistle)
    assert _act(whistle, "withdraw") not in _page(town, "w_member_street", whistle)
    feed_back_report(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id, result="完成")
    text = _page(town, "w_member_street", whistle)
    assert "请先评价：东区环卫所" in text
    assert _act(whistle, "end") not in text
    assert _act(whistle, "blow_again") not in text
    marks = {"response": "prompt", "attitude": "active", "result": "solved"}
    client = _client(town, "w_member_street")
    assert client.post(f"/whistles/{whistle.id}/tasks/{task.id}/rate/", marks).status_code == 302
    text = _page(town, "w_member_street", whistle)
    assert _act(whistle, "end") in text
    assert "响应 及时 5 · 态度 主动 5 · 结果 解决 5" in text


def test_feedback_waits_for_the_items_and_an_item_shows_its_stage_behind_the_link(town: Town) -> None:
    now = timezone.now()
    whistle = sent(town, at=now, co=(town.metro.id,))
    metro = task_of(whistle, town.metro.id)
    client = Client()
    client.post(f"{link_path(metro)}sign/")
    upload = SimpleUploadedFile("spot.jpg", picture().read(), content_type="image/jpeg")
    there = {"representative": "officer", "photo": upload, "lon": HERE[0], "lat": HERE[1]}
    client.post(f"{link_path(metro)}check_in/", there)
    own = reported(town, whistle, town.cleaning, at=now)
    stage = WorkStage.objects.get(code="demolish")
    items = [ItemTerms(task.id, stage.id, f"拆除{task.role}") for task in (own, metro)]
    assign_items(actor=town.member, at=now, whistle_id=whistle.id, items=items)
    text = client.get(link_path(metro)).content.decode()
    assert "<strong>拆违</strong> 拆除co" in text
    assert "拆除host" not in text
    text = _page(town, "w_department_cleaning", whistle)
    assert "任务清单中还有 1 项没有完成" in text
    assert f"/tasks/{own.id}/feed_back/" not in text


def test_the_link_and_the_evidence_end_with_the_whistle(town: Town) -> None:
    now = timezone.now()
    whistle = sent(town, at=now, co=(town.metro.id,))
    path = link_path(task_of(whistle, town.metro.id))
    text = _page(town, "w_member_street", whistle)
    assert path in text
    assert _act(whistle, "evidence") in text
    withdraw_whistle(actor=town.member, at=now, whistle_id=whistle.id, reason="已解决")
    text = _page(town, "w_member_street", whistle)
    assert path not in text
    assert _act(whistle, "evidence") not in text


def test_a_check_in_that_waits_is_listed_for_the_whistler_and_only_once(town: Town) -> None:
    whistle = sent(town)
    own = {"actor": town.cleaning, "at": AT, "whistle_id": whistle.id, "task_id": task_of(whistle).id}
    sign_report(**own)  # type: ignore[arg-type]
    check_in(pictures=[photo()], representative="section", **own)  # type: ignore[arg-type]
    member = _client(town, "w_member_street")
    listed = "/whistles/?queue=confirm"
    assert whistle.title in member.get(listed).content.decode()
    assert "到场确认" in _page(town, "w_member_street", whistle)
    check_in(pictures=[photo()], representative="section", lon=HERE[0], lat=HERE[1], **own)  # type: ignore[arg-type]
    assert whistle.title not in member.get(listed).content.decode()
    assert "/check-ins/" not in _page(town, "w_member_street", whistle)


def test_the_form_offers_only_kinds_that_its_reader_may_use(town: Town) -> None:
    WhistleKind.objects.filter(code="community").update(is_on=True)
    bump_now("whistles")
    holder(town.city, "w_worker", "committee")
    text = _client(town, "w_worker_committee").get("/whistles/new/").content.decode()
    assert '<option value="community"' in text
    assert '<option value="work"' not in text
    assert '<input type="hidden" name="enterprise"' in text
    text = _client(town, "w_member_street").get("/whistles/schedules/new/").content.decode()
    assert '<option value="work"' in text
    assert '<option value="hard"' not in text
    text = _client(town, "w_worker_committee").get("/whistles/schedules/").content.decode()
    assert "/whistles/schedules/new/" not in text


def _form(town: Town, **more: object) -> dict[str, object]:
    return {
        "kind": "work", "matter": str(town.matter()), "title": "KTV噪声", "reasons": "深夜扰民",
        "tried": "劝导三次", "area": str(town.city.area("east_1_a")), "then": "draft", **more,
    }  # fmt: skip


def test_cases_are_named_by_their_numbers_on_the_form(town: Town) -> None:
    _, case = receive(town.city)
    town.city.kinds["w_member"].grants += [{"act": "cases.view", "scope": "everywhere"}]
    town.city.kinds["w_member"].save()
    bump_now("post_kinds")
    bump_now("grants")
    client = _client(town, "w_member_street")
    refused = client.post("/whistles/new/", _form(town, cases=f"{case.number}，X1"))
    assert (refused.status_code, "找不到案件 X1" in refused.content.decode()) == (422, True)
    assert client.post("/whistles/new/", _form(town, cases=case.number)).status_code == 302
    assert Whistle.objects.get().case_links.get().case_id == case.id


def test_evidence_that_is_refused_leaves_no_draft_behind(town: Town) -> None:
    bad = SimpleUploadedFile("x.jpg", b"MZ no picture", content_type="image/jpeg")
    answer = _client(town, "w_member_street").post("/whistles/new/", _form(town, evidence=bad))
    assert answer.status_code == 422
    assert not Whistle.objects.exists()


def test_an_open_page_is_told_that_its_whistle_has_moved_on(town: Town) -> None:
    whistle = blown(town)
    client = _client(town, "w_member_street")
    path = f"/whistles/{whistle.id}/live/"
    assert client.get(path, {"since": whistle.version}).status_code == 204
    approve_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    assert "刚刚有变化" in client.get(path, {"since": whistle.version}).content.decode()
    stranger = _client(town, "w_department_gardens").get(path, {"since": "1"}).content.decode()
    assert "不能查看" in stranger
    assert whistle.title not in stranger
    fragment = client.get("/whistles/", headers={"HX-Request": "true"}).content.decode()
    assert whistle.title in fragment
    assert "<html" not in fragment


def test_whoever_decides_reads_on_the_same_page_what_the_whistler_says(town: Town) -> None:
    whistle = blown(town, units=[town.city.unit("gardens")])
    said = ("深夜噪声，居民多次反映", "街道三次上门劝导无效", "联合检查", "喜年中心")
    for username, act in (("w_principal_street", "approve"), ("w_centre_east_centre", "judge")):
        text = _client(town, username).get(f"/whistles/{whistle.id}/act/{act}/").content.decode()
        assert [words for words in said if words not in text] == []
    text = _client(town, "w_member_street").get(f"/whistles/{whistle.id}/act/withdraw/").content.decode()
    assert "街道三次上门劝导无效" not in text


def test_the_form_of_a_schedule_asks_for_the_host_before_the_others_and_for_nothing_it_drops(
    town: Town,
) -> None:
    text = _client(town, "w_member_street").get("/whistles/schedules/new/").content.decode()
    assert text.index('name="host"') < text.index('name="units"') < text.index('name="days"')
    assert '<input type="hidden" name="fence_metres"' in text


def test_the_optional_pack_is_switched_on_from_its_page(town: Town) -> None:
    holder(town.city, "w_admin", "centre")
    client = _client(town, "w_admin_centre")
    assert client.post("/whistles/kinds/packs/optional/switch/", {"on": "1"}).status_code == 302
    assert not WhistleKind.objects.filter(is_on=False).exists()
    assert "最多单位" in client.get("/whistles/kinds/").content.decode()


def test_the_api_wants_an_instant_with_its_zone_and_shows_outside_units_to_whoever_may_see_whistles(
    town: Town,
) -> None:
    whistle = sent(town)
    reported(town, whistle, town.cleaning)
    client = _client(town, "w_member_street")
    body = {"held_at": "2026-03-02T10:00:00", "text": "会商"}
    answer = client.post(f"/api/v1/whistles/{whistle.id}/minutes", body, content_type="application/json")
    assert answer.status_code == 422
    assert client.get("/api/v1/whistles/outside-units").status_code == 200
    town.city.login("callback_clerk")
    assert _client(town, "callback_clerk").get("/api/v1/whistles/outside-units").status_code == 403


def test_the_centre_is_offered_the_street_alone_for_a_community_whistle(town: Town) -> None:
    WhistleKind.objects.filter(code="community").update(is_on=True)
    bump_now("whistles")
    worker = holder(town.city, "w_worker", "committee")
    secretary = holder(town.city, "w_secretary", "committee")
    whistle = drafted(town, actor=worker, kind="community")
    blow_whistle(actor=worker, at=AT, whistle_id=whistle.id)
    approve_whistle(actor=secretary, at=AT, whistle_id=whistle.id)
    client = _client(town, "w_centre_east_centre")
    text = client.get(f"/whistles/{whistle.id}/act/judge/").content.decode()
    host = text[text.index('name="host"') : text.index("</select>", text.index('name="host"'))]
    assert host.count("<option") == 1
    assert "东一街道办事处" in host
    street = str(town.city.unit("street"))
    sent_out = {"host": street, "co_units": [street, str(town.metro.id)]}
    assert client.post(f"/whistles/{whistle.id}/act/judge/", sent_out).status_code == 302
    assert whistle.tasks.count() == 2
