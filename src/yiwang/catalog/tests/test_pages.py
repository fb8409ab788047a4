"""The catalog's pages: all staff browse, editors change, ties are named, rows are mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.accounts.models import Account
from yiwang.catalog.models import LimitQuarantine, ResponsibilityRow
from yiwang.catalog.public import add_responsibility, catalog_index
from yiwang.catalog.rules.standard_file import CORRECTABLE, REQUIRED
from yiwang.catalog.services.standard import StandardFile, import_standard
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, Post, PostKind, Unit

from .factories import AT, EDITOR, City, make_city

pytestmark = pytest.mark.django_db

PAGES = (
    "/catalog/",
    "/catalog/?words=井盖",
    "/catalog/schemes/city_management/",
    "/catalog/schemes/city_management/P01/",
    "/catalog/schemes/city_management/P0101/",
    "/catalog/schemes/cjt214_2007/E0401/",
    "/catalog/schemes/hotline_12345/H0101/",
    "/catalog/responsibilities/",
)
EDITOR_PAGES = ("/catalog/responsibilities/add/?scheme=city_management&class=P0101", "/catalog/quarantine/")


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def log_in(client: Client) -> Callable[..., Client]:
    """Log somebody in whose post grants the given acts everywhere."""

    def enter(*acts: str) -> Client:
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind = PostKind.objects.create(code=str(uuid7()), name="岗", grants=grants)
        post = Post.objects.create(kind=kind, unit=Unit.objects.get(code="城管局"))
        Holding.objects.create(account=account, post=post, starts_at=datetime(2020, 1, 1, tzinfo=UTC))
        for name in ("grants", "posts"):
            bump_now(name)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def entered(**more: object) -> dict[str, object]:
    """A filled form."""
    given = {
        "scheme": "city_management",
        "class_id": "P0101",
        "condition_id": "",
        "area_id": "泰山街道",
        "host_id": "水务局",
        "co_unit_ids": "街道办\n城管局",
        "basis": "三定方案",
        "valid_from": "2026-02-13",
        "valid_to": "",
    }
    return {**given, **more}


@pytest.mark.parametrize("page", PAGES)
def test_staff_browse_without_any_grant(city: City, log_in: Callable[..., Client], page: str) -> None:
    assert log_in().get(page).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, *EDITOR_PAGES])
def test_whoever_is_not_logged_in_goes_to_the_login_page(city: City, client: Client, page: str) -> None:
    answer = client.get(page)
    assert (answer.status_code, answer.headers["Location"][:7]) == (302, "/login/")


@pytest.mark.parametrize("page", EDITOR_PAGES)
def test_the_pages_that_change_something_are_for_editors(
    city: City, log_in: Callable[..., Client], page: str
) -> None:
    assert log_in().get(page).status_code == 403
    assert log_in("catalog.edit").get(page).status_code == 200


def test_a_class_shows_its_conditions_with_their_limits(city: City, log_in: Callable[..., Client]) -> None:
    shown = text(log_in().get("/catalog/schemes/city_management/P0101/"))
    assert "2 紧急工作时" in shown
    assert "5 工作日" in shown
    assert "指定责任单位" not in shown


def test_what_is_not_there_is_not_found(city: City, log_in: Callable[..., Client]) -> None:
    reader = log_in("catalog.edit")
    for page in (
        "/catalog/schemes/nothing/",
        "/catalog/schemes/city_management/P9999/",
        f"/catalog/responsibilities/{uuid7()}/",
        f"/catalog/quarantine/{uuid7()}/",
    ):
        assert reader.get(page).status_code == 404


def test_an_editor_adds_a_row_by_names(city: City, log_in: Callable[..., Client]) -> None:
    answer = log_in("catalog.edit").post("/catalog/responsibilities/add/", entered(condition_id="2"))
    assert answer.status_code == 302, text(answer)
    row = ResponsibilityRow.objects.get()
    assert row.condition is not None
    assert (row.area_id, row.host_unit_id) == (city.areas["泰山街道"], city.units["水务局"])
    assert row.co_unit_ids == [city.units["街道办"], city.units["城管局"]]
    assert (row.condition.ordinal, row.basis) == (2, "三定方案")


def test_a_tie_is_named_and_linked(city: City, log_in: Callable[..., Client]) -> None:
    there = add_responsibility(actor=EDITOR, at=AT, terms=city.terms("城管局", "P0101", "泰山街道"))
    answer = log_in("catalog.edit").post("/catalog/responsibilities/add/", entered())
    assert answer.status_code == 422
    assert f"/catalog/responsibilities/{there.id}/" in text(answer)
    assert "相持" in text(answer)
    assert ResponsibilityRow.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"area_id": "无此地"}, "没有这个区域"),
        ({"host_id": "无此单位"}, "没有名为“无此单位”的单位"),
        ({"class_id": "P9999"}, "没有代码为 P9999 的分类"),
        ({"condition_id": "99"}, "没有这个序号的立案条件"),
        ({"valid_to": "2026-02-13"}, "失效日期须晚于生效日期"),
        ({"co_unit_ids": "水务局"}, "主办单位不必再列为协办单位"),
    ],
)
def test_a_wrong_entry_is_said_beside_its_field(
    city: City, log_in: Callable[..., Client], more: dict[str, str], said: str
) -> None:
    answer = log_in("catalog.edit").post("/catalog/responsibilities/add/", entered(**more))
    assert answer.status_code == 422
    assert said in text(answer)


def test_an_editor_changes_and_ends_a_row(city: City, log_in: Callable[..., Client]) -> None:
    row = add_responsibility(actor=EDITOR, at=AT, terms=city.terms("城管局", "P0101", "泰山街道"))
    editor = log_in("catalog.edit")
    assert "城管局（城管局）" in text(editor.get(f"/catalog/responsibilities/{row.id}/"))
    day = timezone.localdate() + timedelta(days=30)
    changed = entered(valid_from=day.isoformat(), version="1")
    assert editor.post(f"/catalog/responsibilities/{row.id}/", changed).status_code == 302
    row.refresh_from_db()
    new = ResponsibilityRow.objects.exclude(id=row.id).get()
    assert (row.valid_to, new.valid_from, new.host_unit_id) == (day, day, city.units["水务局"])
    ended = {"valid_to": (day + timedelta(days=1)).isoformat(), "version": "1"}
    assert editor.post(f"/catalog/responsibilities/{new.id}/end/", ended).status_code == 302
    new.refresh_from_db()
    assert new.valid_to == day + timedelta(days=1)


def test_a_stale_page_is_told_so(city: City, log_in: Callable[..., Client]) -> None:
    row = add_responsibility(actor=EDITOR, at=AT, terms=city.terms("城管局", "P0101", "泰山街道"))
    ended = {"valid_to": "2026-12-31", "version": "0"}
    answer = log_in("catalog.edit").post(f"/catalog/responsibilities/{row.id}/end/", ended)
    assert answer.status_code == 409


def test_the_list_filters_by_unit_and_leaves_out_what_has_ended(
    city: City, log_in: Callable[..., Client]
) -> None:
    add_responsibility(actor=EDITOR, at=AT, terms=city.terms("城管局", "P0101", "泰山街道"))
    past = {"valid_to": AT.date() + timedelta(days=1)}
    add_responsibility(actor=EDITOR, at=AT, terms=city.terms("水务局", "P0102", **past))
    reader = log_in()
    assert "污水井盖" not in text(reader.get("/catalog/responsibilities/"))
    assert "污水井盖" in text(reader.get("/catalog/responsibilities/?past=on"))
    assert "上水井盖" not in text(reader.get("/catalog/responsibilities/?unit=水务局&past=on"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(
    city: City, log_in: Callable[..., Client], count: int, django_assert_num_queries: Callable
) -> None:
    for code in ("P0101", "P0102", "P0103")[:count]:
        add_responsibility(actor=EDITOR, at=AT, terms=city.terms("城管局", code, ordinal=1))
    reader = log_in()
    reader.get("/catalog/responsibilities/")
    with django_assert_num_queries(3):
        reader.get("/catalog/responsibilities/")


def held(limit: str = "尽快") -> LimitQuarantine:
    values = ("1", "公用设施", "1", "上水井盖", "盖子不见", "复原", limit, "部件")
    file = StandardFile(REQUIRED, [dict(zip(REQUIRED, values, strict=True))])
    import_standard(actor=EDITOR, at=AT, file=file, scheme_code="ours")
    return LimitQuarantine.objects.get()


def correction(row: LimitQuarantine, limit: str) -> dict[str, str]:
    filled = {**row.raw, "处置时限": limit}
    return {f"column_{n}": filled.get(name, "") for n, name in enumerate(CORRECTABLE)}


def test_an_editor_corrects_and_replays_a_row(city: City, log_in: Callable[..., Client]) -> None:
    row = held()
    editor = log_in("catalog.edit")
    assert "尽快" in text(editor.get(f"/catalog/quarantine/{row.id}/"))
    still = editor.post(f"/catalog/quarantine/{row.id}/", correction(row, "马上"))
    assert (still.status_code, "还不能重放" in text(still)) == (422, True)
    mended = {**correction(row, "2工作时"), "version": "0"}
    assert editor.post(f"/catalog/quarantine/{row.id}/", mended).status_code == 302
    index = catalog_index(timezone.now())
    node = index.class_by_code("ours", "P0101")
    assert node is not None
    assert [c.limit for c in index.conditions(node.id)] == [(2, "work_hour")]
    assert "已生成立案条件" in text(editor.get(f"/catalog/quarantine/{row.id}/"))


def test_a_limit_of_a_part_of_a_second_is_refused_beside_its_field(
    city: City, log_in: Callable[..., Client]
) -> None:
    row = held()
    answer = log_in("catalog.edit").post(
        f"/catalog/quarantine/{row.id}/", correction(row, "0.0011紧急工作时")
    )
    field = f"column_{CORRECTABLE.index('处置时限')}"
    assert answer.status_code == 422
    assert "小时须为整秒" in answer.context["form"].errors[field][0]


def test_an_editor_drops_a_row_with_a_reason(city: City, log_in: Callable[..., Client]) -> None:
    row = held()
    editor = log_in("catalog.edit")
    editor.post(f"/catalog/quarantine/{row.id}/drop/", {"decision": ""})
    row.refresh_from_db()
    assert row.state == "open"
    editor.post(f"/catalog/quarantine/{row.id}/drop/", {"decision": "重复", "version": "0"})
    row.refresh_from_db()
    assert (row.state, row.decision) == ("dropped", "重复")
    assert "尽快" not in text(editor.get("/catalog/quarantine/"))
    assert "上水井盖" in text(editor.get("/catalog/quarantine/?state="))
