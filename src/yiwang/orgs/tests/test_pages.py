"""The pages of `orgs` in the hands of an administrator of the city, of a district, and of nobody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from yiwang.accounts.public import Account
from yiwang.orgs.models import Area, AreaTie, DutyRoster, Holding, Post, Unit
from yiwang.orgs.public import UnitKind, create_unit, save_post_kind

from .factories import AT, SYSTEM, area, give, load_city, make_account, make_post, make_unit

pytestmark = pytest.mark.django_db


def enter(account: Account) -> Client:
    """A client that is logged in."""
    client = Client(raise_request_exception=False)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def administrator(area_code: str) -> Client:
    """Somebody who edits areas, units and posts in one area."""
    return _officer("A", "orgs.edit", area_code)


def assigner(area_code: str) -> Client:
    """Somebody else who gives posts, ties leaders and keeps rosters in one area."""
    return _officer("B", "orgs.assign", area_code)


def _officer(letter: str, act: str, area_code: str) -> Client:
    code = f"area_{letter.lower()}"
    grants = [{"act": act, "scope": "area"}]
    save_post_kind(actor=SYSTEM, at=AT, code=code, name="分级管理员", grants=grants)
    account = make_account(f"{code}-{area_code}")
    unit = make_unit(f"{letter}{area_code}", area_code=area_code)
    give(account, make_post(code, unit))
    return enter(account)


def links(answer: HttpResponse, kind: str) -> set[str]:
    """Texts of the links to pages of a kind."""
    return set(re.findall(rf'<a href="/orgs/{kind}/[0-9a-f-]{{36}}/">([^<]+)</a>', answer.content.decode()))


PAGES = ["/orgs/areas/", "/orgs/units/", "/orgs/rosters/"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_administrators(path: str) -> None:
    load_city()
    assert Client().get(path).headers["Location"] == f"/login/?next={path}"
    assert enter(make_account("wang")).get(path).status_code == 403
    assert administrator("320101").get(path).status_code == 200


def test_both_trees_are_browsed_down_to_the_grid() -> None:
    load_city()
    client = administrator("3201")
    assert links(client.get("/orgs/areas/"), "areas") == {"宁州市", "江新区"}
    assert links(client.get(f"/orgs/areas/{area('3201')}/"), "areas") == {"01区", "02区"}
    assert links(client.get(f"/orgs/areas/{area('3201011a')}/"), "areas") >= {"011a网格"}
    assert "011街道" in links(client.get(f"/orgs/areas/{area('NEW')}/"), "areas")


def test_an_administrator_of_a_district_sees_the_way_to_it_and_nothing_of_the_other() -> None:
    load_city()
    make_unit("V", area_code="320102")
    client = administrator("320101")
    assert links(client.get(f"/orgs/areas/{area('3201')}/"), "areas") == {"01区"}
    assert client.get(f"/orgs/areas/{area('320102')}/").status_code == 404
    assert client.get(f"/orgs/areas/{area('320101')}/").status_code == 200
    assert links(client.get("/orgs/units/"), "units") == {"A320101单位"}
    other = Unit.objects.get(code="V")
    assert client.get(f"/orgs/units/{other.id}/").status_code == 404
    assert client.get(f"/orgs/units/{other.id}/roster/").status_code == 404
    assert client.get(f"/orgs/posts/{make_post('leader', other).id}/").status_code == 404
    renamed = client.post(f"/orgs/areas/{area('3201')}/", {"what": "rename", "name": "新名"})
    assert renamed.status_code == 403
    assert Area.objects.get(code="3201").name == "宁州市"


def test_an_area_is_renamed_tied_to_a_leader_and_given_an_office() -> None:
    load_city()
    client, second, street = administrator("320101"), assigner("320101"), area("3201011")
    make_account("leader")
    page = f"/orgs/areas/{street}/"
    assert client.post(page, {"what": "rename", "name": "新街道", "version": "0"}).status_code == 302
    assert client.post(page, {"what": "rename", "name": "旧街道", "version": "0"}).status_code == 409
    assert (
        second.post(page, {"what": "tie", "kind": "district_leader", "account": "nobody"}).status_code == 422
    )
    assert (
        second.post(page, {"what": "tie", "kind": "district_leader", "account": "leader"}).status_code == 302
    )
    assert client.post(page, {"what": "office", "template": "five_two"}).status_code == 302
    answer = client.get(page)
    assert Area.objects.get(id=street).name == "新街道"
    assert AreaTie.objects.get().area_id == street
    assert "新街道办事处" in links(answer, "units")
    assert "挂包" in answer.content.decode()
    assert client.post(page, {"what": "office", "template": "five_two"}).status_code == 422


def test_a_unit_gets_parts_and_posts_and_the_posts_get_people() -> None:
    load_city()
    client, second = administrator("320101"), assigner("320101")
    wang, li = make_account("wang"), make_account("li")
    made = {"code": "K", "name": "区城运中心", "kind": "operations_centre", "area": "320101"}
    assert client.post("/orgs/units/", {**made, "area": "320102"}).status_code == 403
    assert client.post("/orgs/units/", {**made, "area": "nowhere"}).status_code == 422
    assert client.post("/orgs/units/", made).status_code == 302
    unit = Unit.objects.get(code="K")
    page = f"/orgs/units/{unit.id}/"
    part = {"what": "part", "code": "K1", "name": "指挥科", "kind": "inner_office", "area": ""}
    assert client.post(page, part).status_code == 302
    assert (
        client.post(page, {"what": "post", "kind": "dispatcher", "area": "", "name": ""}).status_code == 302
    )
    post = Post.objects.get(unit=unit)
    assert links(client.get(page), "posts") == {"区城运中心 派遣员"}
    assert client.post(f"/orgs/posts/{post.id}/", {"account": "wang"}).status_code == 403
    assert second.post(f"/orgs/posts/{post.id}/", {"account": "wang"}).status_code == 302
    assert second.post(f"/orgs/posts/{post.id}/", {"account": "wang"}).status_code == 422
    holding = Holding.objects.get(account=wang)
    address = f"/orgs/holdings/{holding.id}/"
    now = timezone.localtime()
    terms = {
        "what": "deputise",
        "account": "li",
        "starts_at": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "reason": "培训",
    }
    assert second.post(address, {**terms, "reason": ""}).status_code == 422
    assert second.post(address, terms).status_code == 302
    assert Holding.objects.get(account=li).kind == "deputy"
    assert second.post(address, {"what": "hand_over", "account": "li"}).status_code == 302
    assert Holding.objects.get(account=li).kind == "regular"
    closing = f"/orgs/posts/{post.id}/close/"
    assert client.post(closing).status_code == 409
    assert second.post(f"/orgs/holdings/{Holding.objects.get(account=li).id}/end/").status_code == 302
    assert client.post(closing).status_code == 302


def test_no_two_things_on_a_page_share_an_id() -> None:
    load_city()
    clients = administrator("320101"), assigner("320101")
    unit = Unit.objects.get(code="A320101")
    post = make_post("leader", unit)
    holding = give(make_account("wang"), post)
    pages = (f"areas/{area('3201011')}", f"units/{unit.id}", f"posts/{post.id}", f"holdings/{holding.id}")
    for client in clients:
        for page in pages:
            ids = re.findall(r'\bid="([^"]+)"', client.get(f"/orgs/{page}/").content.decode())
            assert len(ids) == len(set(ids)), page


def test_a_roster_is_kept_and_shown() -> None:
    load_city()
    client = assigner("320101")
    make_account("wang")
    unit = Unit.objects.get(code="B320101")
    now = timezone.localtime()
    shift = {
        "post_kind": "duty_chief",
        "account": "wang",
        "starts_at": now.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (now + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
    }
    page = f"/orgs/units/{unit.id}/roster/"
    assert client.post(page, shift).status_code == 302
    assert client.post(page, shift).status_code == 422
    answer = client.get(page).content.decode()
    assert "wang氏" in answer
    assert "值班长" in answer
    duty = DutyRoster.objects.get()
    assert client.post(f"/orgs/shifts/{duty.id}/remove/").status_code == 302
    assert "B320101单位" in client.get("/orgs/rosters/").content.decode()


def test_of_many_rosters_one_is_found_by_its_units_name_and_the_others_stand_on_further_pages() -> None:
    load_city()
    client = assigner("320101")
    for number in range(60):
        make_unit(f"C{number:02}", area_code="320101")
    first = client.get("/orgs/rosters/").context["page"]
    assert (len(first.rows), first.has_next) == (50, True)
    second = client.get("/orgs/rosters/", {"cursor": first.next}).context["page"]
    assert {unit.code for unit in first.rows}.isdisjoint(unit.code for unit in second.rows)
    found = client.get("/orgs/rosters/", {"name": "C07"})
    assert [row["unit"].name for row in found.context["rows"]] == ["C07单位"]
    assert "没有符合条件的机构" in client.get("/orgs/rosters/", {"name": "没有这家"}).content.decode()


def test_somebody_with_two_posts_acts_in_the_one_he_chooses() -> None:
    load_city()
    wang = make_account("wang")
    unit = create_unit(
        actor=SYSTEM,
        at=AT,
        code="K",
        name="区城运中心",
        kind=UnitKind.OPERATIONS_CENTRE,
        home_area_id=area("320101"),
    )
    first, second, other = (make_post(kind, unit) for kind in ("dispatcher", "duty_chief", "leader"))
    give(wang, first)
    give(wang, second, starts_at=AT + timedelta(minutes=1))
    client = enter(wang)
    header = re.compile(r'dropdown-header">wang氏<br>([^<]+)<')
    assert header.search(client.get("/orgs/posts/mine/").content.decode())[1] == "区城运中心 派遣员"
    assert client.post(f"/orgs/posts/{other.id}/choose/").status_code == 404
    assert client.post(f"/orgs/posts/{second.id}/choose/").status_code == 302
    assert header.search(client.get("/orgs/posts/mine/").content.decode())[1] == "区城运中心 值班长"


def test_knowing_who_asks_costs_two_queries(django_assert_num_queries) -> None:
    load_city()
    client = administrator("320101")
    client.get("/orgs/areas/")
    with django_assert_num_queries(2):
        assert client.get("/orgs/areas/").status_code == 200


def test_somebody_without_a_post_is_told_so_and_may_still_log_out() -> None:
    client = enter(make_account("wang"))
    answer = client.get("/orgs/posts/mine/").content.decode()
    assert "您目前没有岗位" in answer
    assert 'action="/logout/"' in answer
