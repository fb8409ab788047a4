"""Pages of the admitted lists: everybody reads them, departments apply, three people decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.catalog.models import AdmissionRule, AdmittedMatter, Exemption, MatterClass

from . import test_pages
from .factories import City, make_city
from .test_pages import text

pytestmark = pytest.mark.django_db
PAGES = (
    "/catalog/admission/",
    "/catalog/admission/?list=community_duty&words=调解&day=2026-01-01&past=on",
    "/catalog/admission/?list=street",
    "/catalog/admission/exemptions/?past=on",
)
LogIn = Callable[..., Client]
log_in = test_pages.log_in


@pytest.fixture
def city() -> City:
    return make_city()


def applied(**more: object) -> dict[str, object]:
    given = {
        "list_kind": "grid",
        "code": "WG-90",
        "name": "井盖缺损的发现、报告",
        "class_ids": "city_management/P0101",
        "lead_id": "水务局",
        "basis": "水务局的函",
        "frequency": "巡查发现时",
        "funding": "每件 5 元",
        "limit": "2工作日",
    }
    return given | more


def exempted(**more: object) -> dict[str, object]:
    ends = timezone.localtime(timezone.now() + timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    given = {
        "title": "防汛抢险", "reason": "红色预警", "levels": ["grid"], "class_ids": "city_management/P0101",
        "area_ids": "泰山街道", "ends_at": ends,
    }  # fmt: skip
    return given | more


def apply(log_in: LogIn, **more: object) -> AdmittedMatter:
    client = log_in("catalog.apply_admission")
    assert client.post("/catalog/admission/apply/", applied(**more)).status_code == 302
    return AdmittedMatter.objects.get(code="WG-90")


def act(client: Client, row: AdmittedMatter, action: str, **more: object) -> int:
    row.refresh_from_db()
    address = f"/catalog/admission/{row.id}/{action}/"
    return client.post(address, {"version": row.version, **more}).status_code


@pytest.mark.parametrize("url", PAGES)
def test_the_lists_are_open_to_everybody_with_a_post(url: str, city: City, log_in: LogIn) -> None:
    assert log_in("places.view").get(url).status_code == 200


def test_applying_and_the_queue_are_not(city: City, log_in: LogIn) -> None:
    client = log_in("places.view")
    for url in ("apply/", "queue/", "rules/", "exemptions/ask/"):
        assert client.get(f"/catalog/admission/{url}").status_code == 403


def test_an_application_goes_through_three_people_and_is_on_the_list(city: City, log_in: LogIn) -> None:
    row = apply(log_in)
    assert "审核通过" not in text(log_in("places.view").get(f"/catalog/admission/{row.id}/"))
    reviewer = log_in("catalog.review_admission")
    assert "WG-90" in text(reviewer.get("/catalog/admission/queue/"))
    assert act(reviewer, row, "review") == 422
    assert act(reviewer, row, "review", reason="依据和经费齐全") == 302
    chief = log_in("catalog.admit")
    assert "批准准入" in text(chief.get(f"/catalog/admission/{row.id}/"))
    assert act(chief, row, "admit") == 302
    row.refresh_from_db()
    assert row.state == "admitted"
    page = text(chief.get("/catalog/admission/?words=WG-90"))
    assert "井盖缺损的发现、报告" in page
    assert act(chief, row, "take_back", reason="经费没有到位") == 302
    assert "井盖缺损的发现、报告" not in text(chief.get("/catalog/admission/?words=WG-90"))
    assert "经费没有到位" in text(chief.get(f"/catalog/admission/{row.id}/"))


def test_what_is_wrong_is_said_beside_the_field(city: City, log_in: LogIn) -> None:
    client = log_in("catalog.apply_admission")
    answer = client.post("/catalog/admission/apply/", applied(class_ids="XX99", name=""))
    assert answer.status_code == 422
    assert "没有对应的分类" in text(answer)
    answer = client.post("/catalog/admission/apply/", applied(name="企业消防行政检查"))
    assert answer.status_code == 422
    assert "国办发〔2024〕54号" in text(answer)


def test_a_refusal_keeps_its_words(city: City, log_in: LogIn) -> None:
    row = apply(log_in)
    reviewer = log_in("catalog.review_admission")
    assert act(reviewer, row, "refuse_review", reason="没有依据") == 302
    assert "没有依据" in text(reviewer.get(f"/catalog/admission/{row.id}/"))
    assert "WG-90" in text(reviewer.get("/catalog/admission/queue/?state=not_admitted"))


def test_the_list_is_exported_as_of_a_day(city: City, log_in: LogIn) -> None:
    answer = log_in("places.view").get("/catalog/admission/export.csv?list=grid&day=2026-01-05")
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert content.startswith("\ufeff编号,事项名称,清单")
    assert len(content.splitlines()) == 1 + AdmittedMatter.objects.filter(list_kind="grid").count()


def test_the_list_costs_the_same_for_one_row_and_for_many(
    city: City, log_in: LogIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = log_in("places.view")
    client.get("/catalog/admission/")
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        client.get("/catalog/admission/")


def test_an_exemption_is_asked_for_granted_by_another_shown_to_all_and_ended(
    city: City, log_in: LogIn
) -> None:
    client = log_in("catalog.ask_exemption")
    far = timezone.localtime(timezone.now() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post("/catalog/admission/exemptions/ask/", exempted(ends_at=far))
    assert answer.status_code == 422
    assert "最长 72 小时" in text(answer)
    assert client.post("/catalog/admission/exemptions/ask/", exempted()).status_code == 302
    row = Exemption.objects.get()
    page = f"/catalog/admission/exemptions/{row.id}/"
    assert "撤回豁免申请" in text(client.get(page))
    assert "批准豁免" not in text(client.get(page))
    listed = text(log_in("places.view").get("/catalog/admission/exemptions/"))
    assert "防汛抢险" in listed
    assert "待批准" in listed
    client = log_in("catalog.exempt")
    assert "批准豁免" in text(client.get(page))
    assert client.post(f"{page}refuse/", {"version": row.version, "reason": ""}).status_code == 422
    assert client.post(f"{page}grant/", {"version": row.version}).status_code == 302
    row.refresh_from_db()
    assert row.state == "granted"
    shown = text(client.get(page))
    for words in ("有效", "申请岗位", "批准岗位", "提前结束"):
        assert words in shown
    assert client.post(f"{page}end/", {"version": row.version}).status_code == 302
    assert "防汛抢险" not in text(client.get("/catalog/admission/exemptions/"))
    assert "已提前结束" in text(client.get(page))


def test_who_asked_for_an_exemption_is_not_offered_to_decide_it(city: City, log_in: LogIn) -> None:
    client = log_in("catalog.ask_exemption", "catalog.exempt")
    client.post("/catalog/admission/exemptions/ask/", exempted())
    row = Exemption.objects.get()
    page = f"/catalog/admission/exemptions/{row.id}/"
    assert "批准豁免" not in text(client.get(page))
    client.post(f"{page}grant/", {"version": row.version})
    assert Exemption.objects.get().state == "asked"


def test_a_rule_is_set_for_an_area_and_changed(city: City, log_in: LogIn) -> None:
    client = log_in("catalog.edit")
    rule = {"level": "grid", "area_id": "泰山街道", "mode": "off", "exemption_hours": 24}
    assert client.post("/catalog/admission/rules/", rule).status_code == 302
    assert client.post("/catalog/admission/rules/", rule | {"mode": "on"}).status_code == 302
    assert AdmissionRule.objects.get(area=city.areas["泰山街道"]).mode == "on"
    assert "泰山街道" in text(client.get("/catalog/admission/rules/"))


def test_a_class_is_marked_as_inspection_on_its_page(city: City, log_in: LogIn) -> None:
    client = log_in("catalog.edit")
    key = city.class_id("P0101")
    assert "标为行政检查" in text(client.get("/catalog/schemes/city_management/P0101/"))
    client.post(f"/catalog/classes/{key}/inspection/", {"on": "1"})
    assert MatterClass.objects.get(pk=key).is_inspection
    assert "取消行政检查标记" not in text(client.get("/catalog/schemes/city_management/P0101/"))
    assert client.post(f"/catalog/classes/{key}/inspection/", {"on": "0"}).status_code == 403
