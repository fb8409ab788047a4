"""Pages and API of alerts: what is in force, one alert, and nothing of a sender's markup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.models import Alert
from yiwang.intake.pages.alerts import view_of
from yiwang.intake.rules.cap.settings import CapSettings
from yiwang.intake.services.alerts import AlertDoor, receive_alert
from yiwang.kernel.actor import system_actor

from .messages import block, message, reference

RELAY = system_actor("cap", "intake.import")
POLYGON = "<polygon>32.0,118.8 32.0,118.9 32.1,118.9 32.0,118.8</polygon>"


@pytest.fixture
def city(db: None) -> City:
    return make_city()


@pytest.fixture
def log_in(city: City, client: Client) -> Callable[..., Client]:
    def enter(kind: str = "dispatcher", **where: str) -> Client:
        account = city.login(kind, **where)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def around_now(**given: str) -> str:
    now = timezone.now().replace(microsecond=0)
    times = {
        "sent": now - timedelta(hours=1),
        "effective": now - timedelta(hours=1),
        "expires": now + timedelta(hours=3),
    }
    return message(**{name: moment.isoformat() for name, moment in times.items()} | given)


def take(text: str) -> Alert:
    receipt = receive_alert(
        actor=RELAY, at=timezone.now(), door=AlertDoor("weather", CapSettings()), raw=text.encode()
    )
    return Alert.objects.get(pk=receipt.id)


def test_the_list_shows_what_is_in_force_and_the_filter_the_rest(log_in: Callable[..., Client]) -> None:
    client = log_in()
    take(around_now())
    take(message(identifier="old", headline="旧的大风蓝色预警"))
    page = client.get("/intake/alerts/").content.decode()
    assert "气象台发布暴雨橙色预警" in page
    assert "旧的大风蓝色预警" not in page
    both = client.get("/intake/alerts/", {"shown": "all"}).content.decode()
    assert "旧的大风蓝色预警" in both
    assert "已失效" in both
    assert "气象台发布" not in client.get("/intake/alerts/", {"colour": "red"}).content.decode()
    assert client.get("/intake/alerts/", {"area": "nothing"}).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_needs_no_more_queries_for_more_alerts(log_in: Callable[..., Client], count: int) -> None:
    client = log_in()
    for number in range(count):
        take(around_now(identifier=f"a{number}"))
    client.get("/intake/alerts/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/intake/alerts/")
    assert len(queries) <= 8


def test_one_alert_shows_its_words_shapes_line_and_deviations(log_in: Callable[..., Client]) -> None:
    client = log_in()
    english = block(
        language="en-US", headline="Heavy rain", description="Stay in.", more="<instruction>Up</instruction>"
    )
    own = block(area=POLYGON, description="请注意&lt;br/&gt;防范", more="<web>javascript:alert(1)</web>")
    row = take(around_now(infos=english + own))
    take(
        message(
            identifier="u", msg_type="Update", sent="2026-07-01T09:00:00+08:00", references=reference("gone")
        )
    )
    page = client.get(f"/intake/alerts/{row.id}/").content.decode()
    for expected in ("Heavy rain", "请注意<br>防范", "118.8", "橙色", "立即", "map-alert-view"):
        assert expected in page
    assert "javascript:alert" not in page
    assert "文字中含有 HTML 标记" in page
    other = client.get(f"/intake/alerts/{Alert.objects.get(identifier='u').id}/").content.decode()
    assert "引用的 gone 尚未收到" in other
    assert client.get("/intake/alerts/00000000-0000-7000-8000-000000000000/").status_code == 404


def test_what_a_sender_writes_is_text_and_never_markup(log_in: Callable[..., Client]) -> None:
    client = log_in()
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;"
    row = take(
        around_now(
            headline=evil, description=evil, event=evil, area_name=f"x{evil}", sender="s", area=POLYGON
        )
    )
    for address in ("/intake/alerts/", f"/intake/alerts/{row.id}/"):
        assert "<script>alert(1)" not in client.get(address).content.decode()


def test_exercises_are_shown_only_to_whoever_asks_for_them(log_in: Callable[..., Client]) -> None:
    client = log_in()
    take(around_now(status="Exercise", headline="演练橙色预警"))
    assert "演练橙色预警" not in client.get("/intake/alerts/").content.decode()
    for status in ("Exercise", "all"):
        assert "演练橙色预警" in client.get("/intake/alerts/", {"status": status}).content.decode()


def test_few_areas_are_named_one_by_one_and_many_by_district(log_in: Callable[..., Client]) -> None:
    client = log_in()
    codes = ["320111001001", "320111001002", "320111002", "320112001001", "320112001002"]
    few = take(around_now(area=geocodes(codes[:2]), identifier="few"))
    many = take(around_now(area=geocodes([*codes, "320112001", "320111001"]), identifier="many"))
    whole = take(around_now(area=geocodes(["320111", "320112001"]), identifier="whole"))
    now = timezone.now()
    assert [view_of(row, now).areas for row in (few, many, whole)] == [
        "梅园社区、桂园社区", "东区（部分）、西区（部分）", "东区、西一街道",
    ]  # fmt: skip
    page = client.get(f"/intake/alerts/{whole.id}/").content.decode()
    assert "按区划编码" in page
    assert "西一街道" in page


def geocodes(codes: list[str]) -> str:
    return "".join(f"<geocode><valueName>区划</valueName><value>{code}</value></geocode>" for code in codes)


def test_alerts_are_read_after_login_only(client: Client, city: City) -> None:
    row = take(around_now())
    for address in ("/intake/alerts/", f"/intake/alerts/{row.id}/", f"/intake/alerts/banner/{row.id}/"):
        assert client.get(address).status_code == 302
    assert client.get("/api/v1/alerts").status_code == 401


def test_the_queue_carries_a_banner_of_alerts_for_the_readers_own_areas(
    log_in: Callable[..., Client],
) -> None:
    client = log_in("grid_worker", unit="street", area="east_1")
    take(around_now())
    page = client.get(reverse("workbench:queue")).content.decode()
    address = page.partition('data-panel="intake.alerts"')[0].rpartition('hx-get="')[2].partition('"')[0]
    assert address.startswith("/intake/alerts/banner/")
    assert "气象台发布暴雨橙色预警" in client.get(address).content.decode()
    Alert.objects.update(expires_at=timezone.now())
    assert client.get(address).content.decode().strip() == ""


def test_a_post_elsewhere_sees_no_banner(log_in: Callable[..., Client]) -> None:
    client = log_in("grid_worker", unit="other_street", area="west_1")
    row = take(around_now(area="<geocode><valueName>区划</valueName><value>320111001</value></geocode>"))
    assert client.get(f"/intake/alerts/banner/{row.id}/").content.decode().strip() == ""


def test_the_api_lists_by_instant_area_and_colour(log_in: Callable[..., Client], city: City) -> None:
    client = log_in()
    take(message())
    when = "2026-07-01T09:00:00+08:00"
    found = client.get("/api/v1/alerts", {"at": when}).json()
    assert [(each["colour"], each["level"], each["standing"]) for each in found["items"]] == [
        ("orange", 2, "in_force")
    ]
    assert found["items"][0]["areas"] == [{"code": "320111", "name": "东区", "whole": True, "by": "geocode"}]

    def count(**given: str) -> int:
        return len(client.get("/api/v1/alerts", {"at": when, **given}).json()["items"])

    assert [count(area="320111001001"), count(area="320112"), count(area=str(city.area("city")))] == [1, 0, 1]
    assert [count(colour="orange"), count(colour="red"), count(status="Test")] == [1, 0, 0]
    assert client.get("/api/v1/alerts").json()["items"] == []
    assert len(client.get("/api/v1/alerts", {"every": "true"}).json()["items"]) == 1
    one = client.get(f"/api/v1/alerts/{found['items'][0]['id']}").json()
    assert one["message"]["infos"][0]["event"] == "暴雨"
    assert one["line"] == [one["id"]]


@pytest.mark.parametrize(
    "given", [{"area": "nowhere"}, {"colour": "green"}, {"status": "Real"}, {"at": "2026-07-01T09:00:00"},
              {"limit": "0"}, {"cursor": "x"}],
)  # fmt: skip
def test_a_wrong_question_is_named(log_in: Callable[..., Client], given: dict[str, str]) -> None:
    answer = log_in().get("/api/v1/alerts", given)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_the_api_pages_by_key(log_in: Callable[..., Client]) -> None:
    client = log_in()
    for number in range(3):
        take(around_now(identifier=f"a{number}"))
    first = client.get("/api/v1/alerts", {"limit": 2}).json()
    second = client.get("/api/v1/alerts", {"limit": 2, "cursor": first["next"]}).json()
    assert [each["identifier"] for each in first["items"] + second["items"]] == ["a0", "a1", "a2"]
    assert second["next"] is None
    assert datetime.fromisoformat(first["items"][0]["sent"]).tzinfo is not None
