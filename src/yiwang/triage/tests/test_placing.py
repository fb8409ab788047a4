"""The place stage against a city in the database: bulk, API, page, other names, versions of the reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.test import Client

from yiwang.accounts.models import Account
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, Post, PostKind, Unit
from yiwang.places.public import create_part, import_addresses, record_address, retire_address
from yiwang.places.tests.factories import ACTOR, AT, COMMUNITIES, STREET, area, at_point, load_city
from yiwang.triage.models import PlaceName
from yiwang.triage.placing_commands import register
from yiwang.triage.rules.placing.tagged import TaggedAddress
from yiwang.triage.rules.proposals import PlaceOutcome, PlaceProposal
from yiwang.triage.rules.said import Said
from yiwang.triage.services.placing import place
from yiwang.triage.services.placing_models import (
    record_place_name,
    retire_place_name,
    train_address_model,
    use_address_model,
)
from yiwang.triage.tests.test_placing_rules import made_addresses

pytestmark = pytest.mark.django_db
CONFIGURER = system_actor("test", "triage.configure")
HOUSE = "宁州市示例区示例街道桥北路12号"


def said(text: str, **more: Any) -> Said:
    return Said(uuid7(), text, AT, **more)


def one(text: str, **more: Any) -> PlaceProposal:
    return place([said(text, **more)], at=AT)[0]


@pytest.fixture
def city() -> None:
    load_city()
    lon, lat = at_point(1, 1)
    record_address(actor=ACTOR, at=AT, text=HOUSE, lon=lon, lat=lat)


@pytest.mark.usefixtures("city")
def test_a_report_finds_its_address_and_the_community_around_it() -> None:
    found = one("示例街道桥北路十二号门口有人占道经营")
    assert (found.outcome, found.precision) == (PlaceOutcome.FOUND, "house")
    assert found.area_id == area(COMMUNITIES[0])
    assert (found.lon, found.lat) == at_point(1, 1)


@pytest.mark.usefixtures("city")
def test_an_address_entered_or_retired_later_counts_at_once() -> None:
    assert one("江东路3号漏水").outcome is PlaceOutcome.UNKNOWN
    lon, lat = at_point(3, 1)
    made = record_address(actor=ACTOR, at=AT, text="示例街道江东路3号", lon=lon, lat=lat)
    assert one("江东路3号漏水").address_id == made.id
    retire_address(actor=ACTOR, at=AT + timedelta(days=1), address_id=made.id)
    assert one("江东路3号漏水").outcome is PlaceOutcome.UNKNOWN
    content = f"地址,经度,纬度\n示例街道石门路5号,{lon},{lat}\n".encode()
    import_addresses(actor=ACTOR, at=AT, content=content, crs="wgs84")
    assert one("石门路5号漏水").outcome is PlaceOutcome.FOUND


@pytest.mark.usefixtures("city")
def test_coordinates_come_first_and_outside_is_named() -> None:
    lon, lat = at_point(3, 1)
    assert one("路灯不亮", lon=lon, lat=lat).area_id == area(COMMUNITIES[1])
    against = one("桥北路12号路灯不亮", lon=lon, lat=lat)
    assert "place.contradiction" in [reason.code for reason in against.reasons]
    assert one("路灯不亮", lon=110.0, lat=30.0).outcome is PlaceOutcome.OUTSIDE


@pytest.mark.usefixtures("city")
def test_a_parts_code_gives_the_place_of_the_part() -> None:
    lon, lat = at_point(3, 1)
    part = create_part(actor=ACTOR, at=AT, class_code="0101", lon=lon, lat=lat)
    assert one(f"井盖坏了，编号{part.code}").area_id == area(COMMUNITIES[1])
    assert one("井盖坏了", part_code=part.code).area_id == area(COMMUNITIES[1])


@pytest.mark.usefixtures("city")
def test_many_reports_ask_the_database_no_more_often_than_one(django_assert_num_queries: Any) -> None:
    one("桥北路12号")
    reports = [said(f"示例街道桥北路{number}号") for number in range(50)]
    with django_assert_num_queries(0):
        found = place(reports, at=AT)
    assert [number for number, one_ in enumerate(found) if one_.outcome is PlaceOutcome.FOUND] == [12]


@pytest.mark.django_db
def test_a_city_without_boundaries_goes_by_the_text_alone() -> None:
    load_city(drawn=False)
    found = place([said("示例街道西社区垃圾", lon=118.7, lat=32.0)], at=AT)[0]
    assert (found.outcome, found.area_id) == (PlaceOutcome.FOUND, area(COMMUNITIES[0]))
    assert one("示例街道有人乱倒").area_id == area(STREET)


@pytest.mark.usefixtures("city")
def test_another_name_counts_until_it_is_retired() -> None:
    row = record_place_name(actor=CONFIGURER, at=AT, name="大桥路", stands_for="桥北路")
    assert one("大桥路12号").outcome is PlaceOutcome.FOUND
    with pytest.raises(Conflict):
        record_place_name(actor=CONFIGURER, at=AT, name="大桥路", stands_for="桥北路")
    retire_place_name(actor=CONFIGURER, at=AT, name_id=row.id)
    assert one("大桥路12号").outcome is PlaceOutcome.UNKNOWN
    with pytest.raises(Invalid):
        record_place_name(actor=CONFIGURER, at=AT, name="桥北路", stands_for="桥北路")
    with pytest.raises(Refused):
        record_place_name(actor=ACTOR, at=AT, name="老桥路", stands_for="桥北路")


@pytest.fixture
def log_in(city: None) -> Callable[..., Client]:
    """A browser of somebody whose post grants the given acts everywhere."""

    def enter(*acts: str) -> Client:
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind = PostKind.objects.create(code=str(uuid7()), name="岗", grants=grants)
        unit = Unit.objects.create(
            code=str(uuid7())[:20], name="中心", kind="city_centre", valid_from=date(2020, 1, 1)
        )
        post = Post.objects.create(kind=kind, unit=unit)
        Holding.objects.create(account=account, post=post, starts_at=AT - timedelta(days=900))
        for name in ("grants", "posts", "post_kinds", "units"):
            bump_now(name)
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def test_the_page_shows_parts_match_and_reasons_and_keeps_nothing(log_in: Callable[..., Client]) -> None:
    client = log_in("cases.view")
    assert client.get("/triage/place/").status_code == 200
    page = client.post("/triage/place/", {"text": "示例街道桥北路十二号门口有人占道经营"})
    shown = page.content.decode()
    assert page.status_code == 200
    for words in ("已找到", "十二号", "门牌号", "示例街道西社区", "门牌“桥北路12号”在地址库中"):
        assert words in shown
    assert client.post("/triage/place/", {"text": ""}).status_code == 422
    assert client.get("/triage/place/names/").status_code == 403


def test_names_are_entered_and_ended_on_their_page(log_in: Callable[..., Client]) -> None:
    client = log_in("cases.view", "triage.configure")
    entered = client.post("/triage/place/names/", {"name": "大桥路", "stands_for": "桥北路"})
    assert entered.status_code == 302
    assert "大桥路" in client.get("/triage/place/names/").content.decode()
    assert client.post("/triage/place/names/", {"name": "大桥路", "stands_for": "桥北路"}).status_code == 422
    row = PlaceName.objects.get()
    client.post(f"/triage/place/names/{row.id}/end/")
    row.refresh_from_db()
    assert row.retired_at is not None


def test_the_api_places_many_reports_in_order(log_in: Callable[..., Client]) -> None:
    client = log_in("cases.view")
    lon, lat = at_point(3, 1)
    body = {"reports": [{"text": "桥北路12号"}, {"text": "合肥市桥北路12号"}, {"lon": lon, "lat": lat}]}
    answer = client.post("/api/v1/triage/place", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    places = answer.json()["places"]
    assert [one_["outcome"] for one_ in places] == ["found", "outside", "found"]
    assert places[0]["parts"] == [{"tag": "road", "text": "桥北路"}, {"tag": "roadno", "text": "12号"}]
    half = {"reports": [{"text": "桥北路12号", "lon": lon}]}
    assert (
        client.post("/api/v1/triage/place", json.dumps(half), content_type="application/json").status_code
        == 422
    )
    assert (
        Client().post("/api/v1/triage/place", json.dumps(body), content_type="application/json").status_code
        == 401
    )


def test_a_reader_is_published_only_when_it_is_better_and_can_be_taken_back() -> None:
    addresses = odd_addresses()
    first = train_address_model(actor=CONFIGURER, at=AT, addresses=addresses, iterations=10)
    assert (first.number, first.in_use) == (1, True)
    assert first.span_f1 > first.beaten_f1
    again = train_address_model(actor=CONFIGURER, at=AT, addresses=addresses, iterations=10)
    assert (again.number, again.in_use, again.beaten_f1) == (2, False, first.span_f1)
    used = use_address_model(actor=CONFIGURER, at=AT, number=2)
    first.refresh_from_db()
    assert (used.in_use, first.in_use) == (True, False)
    with pytest.raises(Conflict):
        use_address_model(actor=CONFIGURER, at=AT, number=2)
    with pytest.raises(NotFound):
        use_address_model(actor=CONFIGURER, at=AT, number=9)


def odd_addresses() -> list[TaggedAddress]:
    """Addresses that the grammar misreads: their estates carry no ending that it knows."""
    return [
        TaggedAddress(
            tuple("锦" if token == "花" else "绣" if token == "园" else token for token in address.tokens),
            address.tags,
        )
        for address in made_addresses(260)
    ]


def test_training_needs_addresses_and_the_permission() -> None:
    with pytest.raises(Invalid):
        train_address_model(actor=CONFIGURER, at=AT, addresses=made_addresses(20))
    with pytest.raises(Refused):
        train_address_model(actor=ACTOR, at=AT, addresses=made_addresses(260))


def test_the_command_evaluates_files_without_a_database(tmp_path: Path) -> None:
    for name, addresses in (("train", made_addresses(200)), ("test", made_addresses(230)[200:])):
        lines = ("\n".join(map(" ".join, zip(a.tokens, a.tags, strict=True))) for a in addresses)
        (tmp_path / name).write_text("\n\n".join(lines), encoding="utf-8")
    cli = click.Group("yiwang", commands={"evaluate": click.Group("evaluate")})
    register(cli)
    arguments = ["evaluate", "address", "--train", str(tmp_path / "train"), "--test", str(tmp_path / "test")]
    shown = json.loads(CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert (shown["addresses"], shown["training_addresses"]) == (30, 200)
    assert shown["span_f1"] > 0.95
    assert set(shown["by_tag"]) == {"town", "road", "roadno", "poi", "houseno"}
    (tmp_path / "test").write_text("浙 B-street\n", encoding="utf-8")
    failed = CliRunner().invoke(cli, arguments)
    assert failed.exit_code == 1
    assert "第 1 行的标签" in failed.output
