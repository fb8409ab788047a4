"""Residents report without login and follow their report; they see units and posts, never names or others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from yiwang.cases.public import (
    Callback,
    CallbackRule,
    Case,
    FollowUp,
    Rating,
    Report,
    answer_directly,
    merge_cases,
    tracking_path,
)
from yiwang.cases.tests.factories import SYSTEM, City, picture, receive
from yiwang.ledger.public import bump_now
from yiwang.workbench.pages import resident

pytestmark = pytest.mark.django_db


def filled(city: City, **given: object) -> dict[str, object]:
    return {
        "text": "小区门口路灯不亮。", "kind": "help", "privacy": "open", "phone": "13900005678", "name": "",
        "address": "北门", "community": str(city.area("east_1_a")), "consent": "on", "website": "", **given,
    }  # fmt: skip


def test_a_resident_reports_and_is_led_to_the_tracking_link(city: City, client: Client) -> None:
    answer = client.post("/r/", filled(city, scene=picture()))
    report = Report.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{tracking_path(report)}?new=1")
    page = client.get(answer.headers["Location"])
    assert (page.status_code, report.channel) == (200, "h5")
    assert f"http://testserver{tracking_path(report)}" in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("consent", "", "这个字段是必填项。"),
        ("text", "", "这个字段是必填项。"),
        ("phone", "abc", "请填写正确的电话号码。"),
        ("website", "http://spam", "请清空“请勿填写”一栏后再提交。"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_lost(
    city: City, client: Client, field: str, value: str, said: str
) -> None:
    answer = client.post("/r/", filled(city, **{field: value}))
    assert (answer.status_code, answer.context["form"].errors[field]) == (422, [said])
    assert "北门" in answer.content.decode()
    assert not Report.objects.exists()


def test_one_address_may_not_flood(city: City, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "MOST_REPORTS", 2)
    statuses = [client.post("/r/", filled(city)).status_code for _ in range(3)]
    assert (statuses, Report.objects.count()) == ([302, 302, 429], 2)
    assert client.post("/r/", filled(city), REMOTE_ADDR="203.0.113.9").status_code == 302


def test_behind_a_trusted_proxy_every_resident_counts_for_himself(
    city: City, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(resident, "MOST_REPORTS", 1)
    settings.YIWANG_TRUSTED_PROXIES = ["127.0.0.1"]

    def report(address: str) -> int:
        return client.post("/r/", filled(city), headers={"X-Forwarded-For": address}).status_code

    assert [report("203.0.113.1"), report("203.0.113.2"), report("203.0.113.1")] == [302, 302, 429]


def test_an_unknown_link_is_a_friendly_404(city: City, client: Client) -> None:
    report, _ = receive(city)
    for path in (f"/t/{report.number}/{'a' * 26}/", "/t/R20260302-00000001-1/abc/"):
        answer = client.get(path)
        assert (answer.status_code, "请核对链接是否完整" in answer.content.decode()) == (404, True)


def test_the_link_takes_additions_and_the_withdrawal(city: City, client: Client) -> None:
    report, case = receive(city)
    path = tracking_path(report)
    client.post(f"{path}add/", {"text": "今天又多了一堆。"})
    client.post(f"{path}withdraw/", {"text": ""})
    assert list(FollowUp.objects.order_by("at").values_list("kind", flat=True)) == ["addition", "withdrawal"]
    assert Case.objects.get(pk=case.pk).state == "withdrawn"


def test_after_closing_the_reporter_rates_once_on_the_scale(city: City, client: Client) -> None:
    report, case = receive(city, kind="consult")
    path = tracking_path(report)
    assert client.get(path).context["form"] is None
    answer_directly(actor=SYSTEM, at=timezone.now(), case_id=case.id, answer="周一至周五九点开门。")
    page = client.get(path)
    assert "周一至周五九点开门。" in page.content.decode()
    assert [c[0] for c in page.context["form"].fields["outcome"].choices] == ["solved", "unsolved"]
    assert client.post(f"{path}rate/", {"outcome": "solved"}).status_code == 422
    client.post(f"{path}rate/", {"outcome": "solved", "satisfaction": "satisfied"})
    assert [(r.outcome, r.satisfaction) for r in Rating.objects.all()] == [("solved", "satisfied")]
    assert client.get(path).context["form"] is None


def test_within_the_window_the_reporter_may_ask_for_it_to_be_done_again(city: City, client: Client) -> None:
    report, case = receive(city, matter_class=city.classes["request"].id)
    answer_directly(actor=SYSTEM, at=timezone.now(), case_id=case.id, answer="已处理。")
    path = tracking_path(report)
    client.post(f"{path}reopen/", {"text": "没有解决。"})
    assert Case.objects.get(pk=case.pk).state == "dispatching"
    long_ago = timezone.now() - timedelta(days=16)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=long_ago)
    assert client.get(path).context["progress"].reopen_until is None


def test_the_tracking_page_names_no_person_and_nobody_else(city: City, client: Client) -> None:
    first, case = receive(city)
    second, other = receive(
        city, text="垃圾三天没人清，臭气熏天。", contact={"name": "李四", "phone": "13700009999"}
    )
    operator = city.actor("seat_operator")
    merge_cases(
        actor=operator,
        at=timezone.now(),
        survivor=case.id,
        absorbed=other.id,
        reason="与李四反映的是同一处。",
    )
    client.post(f"{tracking_path(second)}add/", {"text": "补充：楼道里也有。"})
    page = client.get(tracking_path(first)).content.decode()
    people = ("李四", "13700009999", "13900001234", "受理员seat_operator")
    for hidden in (*people, "臭气熏天", "楼道里也有", second.number, other.number, "同一处"):
        assert hidden not in page
    assert "楼道里也有" in client.get(tracking_path(second)).content.decode()


def test_a_residents_map_shows_outlines_and_no_case(city: City, client: Client) -> None:
    from yiwang.places.tests.factories import box, bring, feature

    receive(city, lon=118.71, lat=32.01)
    for layer, code in (("district", "320111"), ("street", "320111001"), ("community", "320111001001")):
        name = {"district": "东区", "street": "东一街道", "community": "梅园社区"}[layer]
        bring(layer, [feature(code, box(0, 0, 4, 4), name)])
    drawn = client.get("/r/").context["map"].layers
    assert [layer.name for layer in drawn] == ["district", "street"]
    for layer in drawn:
        assert client.get(layer.tiles.format(z=12, x=3398, y=1662)).status_code == 200
    assert client.get("/tiles/areas/community/12/3398/1662.mvt").status_code in {302, 403}
    assert client.get("/tiles/cases/12/3398/1662.mvt").status_code == 302


def test_who_has_demanded_too_often_is_told_kindly_that_a_person_calls(city: City, client: Client) -> None:
    CallbackRule.objects.update(reopen_most=0)
    bump_now("policy")
    report, case = receive(city, matter_class=city.classes["request"].id, contact={"phone": "13900001234"})
    answer_directly(actor=SYSTEM, at=timezone.now(), case_id=case.id, answer="已处理。")
    path = tracking_path(report)
    assert client.get(path).context["progress"].reopen_until is not None
    page = client.post(f"{path}reopen/", {"text": "没有解决。"}, follow=True)
    text = page.content.decode()
    assert "这次由工作人员核对情况并与您联系" in text
    assert "这次由工作人员与您联系" in text
    assert "您反映仍未解决，已记录" in text
    assert "要求重新办理" not in text
    assert Case.objects.get(pk=case.pk).state == "closed"
    again = client.post(f"{path}reopen/", {"text": "没有解决。"}, follow=True).content.decode()
    assert "不必重复提交" in again
    row = Callback.objects.get(case=case)
    clerk = city.login("callback_clerk", area="city")
    client.force_login(clerk)
    assert "系统不再自动重办" in client.get(f"/callbacks/{row.id}/").content.decode()
    assert "多次要求重办" in client.get("/callbacks/").content.decode()
