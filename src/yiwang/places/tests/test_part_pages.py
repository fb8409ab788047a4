"""Pages of parts and addresses: what is in one's area is listed, kept, retired and imported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yiwang.accounts.models import Account
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry, bump_now
from yiwang.orgs.models import Area, Holding, Post, PostKind, Unit
from yiwang.places.models import Address, Part

from .factories import COMMUNITIES, area, at_point, load_city
from .test_parts import CODE, make

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
PAGES = ("/parts/", "/parts/?status=damaged&class_code=0102", "/addresses/", "/addresses/?words=路")
KEEPERS_PAGES = ("/parts/add/", "/parts/import/", "/addresses/add/", "/addresses/import/")


@pytest.fixture
def log_in(client: Client) -> Login:
    """Log somebody in whose post grants the given acts, everywhere or in one area."""

    def enter(*acts: str, within: str = "") -> Client:
        load_city()
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        scope = "area" if within else "everywhere"
        kind = PostKind.objects.create(
            code=str(uuid7()), name="岗", grants=[{"act": act, "scope": scope} for act in acts]
        )
        unit = Unit.objects.create(
            code="城管局",
            name="城管局",
            kind="department",
            valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
        )
        place = Area.objects.get(code=within) if within else None
        post = Post.objects.create(kind=kind, unit=unit, area=place)
        Holding.objects.create(account=account, post=post, starts_at=datetime(2020, 1, 1, tzinfo=UTC))
        for name in ("grants", "posts", "units"):
            bump_now(name)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def filled(**more: object) -> dict[str, object]:
    lon, lat = at_point(1, 1)
    given = {"code": CODE, "class_code": "0102", "status": "intact", "precision": "b", "owner": "城管局"}
    return {**given, "place_lon": lon, "place_lat": lat, "crs": "wgs84", **more}


@pytest.mark.parametrize("page", [*PAGES, *KEEPERS_PAGES])
def test_every_page_opens_for_a_keeper_and_asks_others_to_log_in(log_in: Login, page: str) -> None:
    assert Client().get(page).status_code == 302
    client = log_in("places.view", "places.maintain")
    make()
    assert client.get(page).status_code == 200


def test_who_may_only_view_keeps_nothing(log_in: Login) -> None:
    client = log_in("places.view")
    part = make()
    for page in (*KEEPERS_PAGES, f"/parts/{part.id}/edit/"):
        assert client.get(page).status_code == 403
    assert client.post(f"/parts/{part.id}/retire/").status_code == 403
    assert "/edit/" not in text(client.get(f"/parts/{part.id}/"))


def test_a_list_holds_only_what_lies_in_the_viewers_area(log_in: Login) -> None:
    client = log_in("places.view", within=COMMUNITIES[0])
    inside, outside = make(), make("3201990102000035", x=3)
    page = text(client.get("/parts/"))
    assert (inside.code in page, outside.code in page) == (True, False)
    assert client.get(f"/parts/{inside.id}/").status_code == 200
    assert client.get(f"/parts/{outside.id}/").status_code == 404
    assert client.get(f"/parts/{outside.id}/edit/").status_code == 403


def test_filters_narrow_by_class_status_area_code_and_use(log_in: Login) -> None:
    client = log_in("places.view", "places.maintain")
    first, second = make(), make("3201990203000001", x=3, status="damaged")
    client.post(f"/parts/{make('3201990102000077').id}/retire/")

    def listed(query: str) -> set[str]:
        page = text(client.get(f"/parts/?{query}"))
        return {code for code in (first.code, second.code, "3201990102000077") if code in page}

    assert listed("") == {first.code, second.code}
    assert listed("status=damaged") == {second.code}
    assert listed("code=32019902") == {second.code}
    assert listed(f"area={COMMUNITIES[0]}") == {first.code}
    assert listed("retired=on") == {"3201990102000077"}


def test_a_list_is_paged_by_key_within_few_queries(
    log_in: Login, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = log_in("places.view")
    for number in range(1, 53):
        make(f"3201990102{number:06d}")
    client.get("/parts/")
    with django_assert_max_num_queries(8):
        page = client.get("/parts/")
    rows = [row["part"].code for row in page.context["rows"]]
    following = client.get("/parts/", {"cursor": page.context["page"].next}).context["rows"]
    assert (len(rows), [row["part"].code for row in following]) == (
        50, ["3201990102000051", "3201990102000052"]
    )  # fmt: skip


def test_a_part_is_registered_changed_retired_and_restored_by_form(log_in: Login) -> None:
    client = log_in("places.view", "places.maintain")
    answer = client.post("/parts/add/", filled())
    part = Part.objects.get()
    assert (answer.status_code, part.code, part.owner.name) == (302, CODE, "城管局")
    page = text(client.get(f"/parts/{part.id}/"))
    assert all(word in page for word in ("3201990102000034", "西社区", "城管局"))
    lon, lat = at_point(3, 1)
    changed = filled(status="damaged", place_lon=lon, place_lat=lat, owner="", version=part.version)
    assert client.post(f"/parts/{part.id}/edit/", changed).status_code == 302
    part.refresh_from_db()
    assert (part.status, part.community_id, part.owner_id) == ("damaged", area(COMMUNITIES[1]), None)
    assert client.post(f"/parts/{part.id}/edit/", changed).status_code == 409
    client.post(f"/parts/{part.id}/retire/", {"version": part.version})
    assert "停用" in text(client.get(f"/parts/{part.id}/"))
    client.post(f"/parts/{part.id}/restore/")
    kinds = list(JournalEntry.objects.filter(stream=part.id).order_by("seq").values_list("kind", flat=True))
    assert kinds == [f"places.part_{act}" for act in ("added", "changed", "retired", "restored")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "123"}, "code"),
        ({"code": "3201980102000034"}, "code"),
        ({"code": "3201990103000034"}, "class_code"),
        ({"place_lon": "1", "place_lat": "1"}, "place_lon"),
        ({"place_lon": "abc"}, "place_lon"),
        ({"owner": "没有的单位"}, "owner"),
    ],
)
def test_a_wrong_field_is_named_beside_it(log_in: Login, wrong: dict[str, str], field: str) -> None:
    client = log_in("places.view", "places.maintain")
    answer = client.post("/parts/add/", filled(**wrong))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Part.objects.exists()


def test_an_address_is_entered_changed_and_retired_by_form(log_in: Login) -> None:
    client = log_in("places.view", "places.maintain")
    lon, lat = at_point(3, 3)
    given = {"text": "示例街道和平路 12 号", "place_lon": lon, "place_lat": lat, "crs": "wgs84"}
    assert client.post("/addresses/add/", given).status_code == 302
    address = Address.objects.get()
    assert "东社区" in text(client.get(f"/addresses/{address.id}/"))
    assert client.post("/addresses/add/", given).status_code == 422
    changed = {**given, "text": "示例街道和平路 14 号", "version": address.version}
    assert client.post(f"/addresses/{address.id}/edit/", changed).status_code == 302
    client.post(f"/addresses/{address.id}/retire/")
    assert "14 号" not in text(client.get("/addresses/"))
    assert "14 号" in text(client.get("/addresses/?retired=on"))
    client.post(f"/addresses/{address.id}/restore/")
    assert "14 号" in text(client.get("/addresses/?words=和平路"))


def test_a_file_is_imported_by_page_and_its_wrong_rows_are_named(log_in: Login) -> None:
    client = log_in("places.view", "places.maintain")
    lon, lat = at_point(1, 1)
    lines = ["标识码,经度,纬度,状态", f"{CODE},{lon},{lat},破损", f"3201990102000099,{lon},{lat},坏了"]

    def send(**more: str) -> str:
        file = SimpleUploadedFile("parts.csv", "\n".join(lines).encode("gb18030"))
        answer = client.post("/parts/import/", {"file": file, "crs": "wgs84", **more})
        assert answer.status_code == 200
        return text(answer)

    page = send(dry_run="on")
    assert "读取 2 行：接受 1，未变 0，有误 1。" in page
    assert not Part.objects.exists()
    page = send()
    assert all(word in page for word in ("状态应为完好、破损、丢失、占用、废弃之一。", "坏了"))
    assert Part.objects.get().status == "damaged"
    assert "接受 0，未变 1，有误 1。" in send()
    broken = SimpleUploadedFile("parts.csv", b"a,b\n1,2\n")
    answer = client.post("/parts/import/", {"file": broken, "crs": "wgs84"})
    assert (answer.status_code, "第一行缺少列：标识码、经度、纬度。" in text(answer)) == (422, True)


def test_the_menu_shows_both_lists_to_whoever_may_see_them(log_in: Login) -> None:
    page = text(log_in("places.view").get("/parts/"))
    assert all(f'href="{address}"' in page for address in ("/parts/", "/addresses/"))
