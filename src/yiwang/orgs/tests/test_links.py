"""Links between the two trees, areas on a page, zones that nobody has linked, leaders' ties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from yiwang.kernel.actor import Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry, check_ledger
from yiwang.orgs.models import Area, AreaLink, AreaTie
from yiwang.orgs.public import (
    AreaKind,
    AreaTree,
    TieKind,
    add_area,
    area_index,
    cancel_link,
    close_area,
    link_areas,
    link_many,
    load_divisions,
    nanjing_divisions,
    nanjing_links,
    resolve_actor,
    tie_leader,
    unlink_areas,
    untie_leader,
)
from yiwang.orgs.queries import unlinked_zones

from .factories import (
    AT,
    DAY,
    SYSTEM,
    area,
    communities,
    give,
    load_city,
    make_account,
    make_post,
    make_unit,
)
from .test_pages import administrator, assigner

pytestmark = pytest.mark.django_db
TOMORROW = DAY + timedelta(days=1)


def new_zone(code: str = "ZONE", name: str = "高新技术开发区") -> Area:
    """An operational area that nobody has linked."""
    return add_area(
        actor=SYSTEM,
        at=AT,
        code=code,
        name=name,
        kind=AreaKind.FUNCTIONAL_ZONE,
        tree=AreaTree.OPERATIONAL,
        parent_id=None,
        valid_from=date(2024, 1, 1),
    )


def link(zone: Area, code: str, *, valid_from: date = DAY) -> AreaLink:
    """Let a zone run a legal area."""
    return link_areas(actor=SYSTEM, at=AT, operational_id=zone.id, legal_id=area(code), valid_from=valid_from)


def test_a_post_in_a_zone_reaches_communities_from_the_day_of_its_link_to_the_day_it_ends() -> None:
    load_city()
    zone = new_zone()
    account = make_account("wang")
    give(account, make_post("dispatcher", make_unit("U", area_code="ZONE")))
    assert resolve_actor(account.id, AT).scope("cases.dispatch").is_empty
    made = link(zone, "3201011", valid_from=TOMORROW)
    link(zone, "3201022a", valid_from=TOMORROW)
    unlink_areas(actor=SYSTEM, at=AT, link_id=made.id, valid_to=TOMORROW + timedelta(days=1))

    def reach(days: int) -> frozenset:
        return resolve_actor(account.id, AT + timedelta(days=days)).scope("cases.dispatch").communities

    assert [reach(0), reach(1), reach(2)] == [
        frozenset(),
        communities("3201011", "3201022a"),
        communities("3201022a"),
    ]


def test_a_link_is_cancelled_only_until_the_day_it_begins() -> None:
    load_city()
    zone = new_zone()
    old, new = link(zone, "3201011", valid_from=DAY - timedelta(days=1)), link(zone, "3201021")
    cancel_link(actor=SYSTEM, at=AT, link_id=new.id)
    with pytest.raises(Conflict, match="已生效"):
        cancel_link(actor=SYSTEM, at=AT, link_id=old.id)
    assert [one.id for one in AreaLink.objects.filter(operational=zone)] == [old.id]
    assert JournalEntry.objects.filter(stream=zone.id).last().kind == "orgs.area_link_cancelled"


def test_a_link_ends_once_and_never_later_than_it_was_to_end() -> None:
    load_city()
    made = link(new_zone(), "3201011")
    unlink_areas(actor=SYSTEM, at=AT, link_id=made.id, valid_to=TOMORROW)
    with pytest.raises(Conflict, match="已自"):
        unlink_areas(actor=SYSTEM, at=AT, link_id=made.id, valid_to=TOMORROW + timedelta(days=9))
    with pytest.raises(Invalid):
        unlink_areas(actor=SYSTEM, at=AT, link_id=made.id, valid_to=DAY)


def test_links_are_made_by_whoever_governs_the_legal_side() -> None:
    load_city()
    zone = new_zone()
    local = Actor(account_id=uuid7(), grants={"orgs.edit": Scope(communities=communities("320101"))})
    given = {"actor": local, "at": AT, "operational_id": zone.id, "valid_from": DAY}
    with pytest.raises(Refused):
        link_areas(legal_id=area("3201021"), **given)
    made = link_areas(legal_id=area("3201011"), **given)
    with pytest.raises(Refused):
        cancel_link(actor=Actor(account_id=uuid7(), grants={}), at=AT, link_id=made.id)


def test_many_links_are_made_together_or_not_at_all() -> None:
    load_city()
    one, two = new_zone("Z1"), new_zone("Z2")
    pairs = [(one.id, area("3201011")), (two.id, area("3201012")), (two.id, area("3201011"))]
    with pytest.raises(Invalid):
        link_many(actor=SYSTEM, at=AT, pairs=[*pairs, (two.id, area("NEW"))], valid_from=DAY)
    assert not AreaLink.objects.filter(operational__in=[one, two]).exists()
    assert len(link_many(actor=SYSTEM, at=AT, pairs=[*pairs, pairs[0]], valid_from=DAY)) == 3


def test_nanjing_has_thirty_nine_zones_that_nobody_has_linked() -> None:
    load_divisions(actor=SYSTEM, at=AT, rows=nanjing_divisions(), links=nanjing_links(), source="test")
    found = unlinked_zones()
    assert len(found) == 39
    assert "江北新区" not in {zone.name for zone in found}


def test_closing_an_area_ends_its_links_and_ties_and_cancels_those_to_come() -> None:
    load_city()
    zone = new_zone()
    old = link(zone, "3201011")
    link(zone, "3201012", valid_from=DAY + timedelta(days=40))
    tie = tie_leader(
        actor=SYSTEM,
        at=AT,
        area_id=zone.id,
        kind=TieKind.DISTRICT_LEADER,
        valid_from=DAY,
        account_id=make_account("leader").id,
    )
    end = DAY + timedelta(days=30)
    close_area(actor=SYSTEM, at=AT, area_id=zone.id, valid_to=end)
    assert [(one.id, one.valid_to) for one in AreaLink.objects.filter(operational=zone)] == [(old.id, end)]
    assert AreaTie.objects.get(id=tie.id).valid_to == end
    with pytest.raises(Conflict):
        close_area(actor=SYSTEM, at=AT, area_id=zone.id, valid_to=end)
    with pytest.raises(Invalid, match="届时已撤销"):
        link(zone, "3201021", valid_from=end)
    assert check_ledger().problems == []


def test_an_area_where_a_unit_is_at_home_is_not_closed() -> None:
    load_city()
    zone = new_zone()
    make_unit("U", area_code="ZONE")
    with pytest.raises(Conflict, match="所在机构"):
        close_area(actor=SYSTEM, at=AT, area_id=zone.id, valid_to=TOMORROW)


def test_the_same_leader_is_tied_once_at_a_time() -> None:
    load_city()
    leader = make_account("leader")
    given = {"actor": SYSTEM, "at": AT, "area_id": area("3201011"), "account_id": leader.id}
    made = tie_leader(kind=TieKind.STREET_LEADER, valid_from=DAY, **given)
    with pytest.raises(Conflict, match="已挂联"):
        tie_leader(kind=TieKind.STREET_LEADER, valid_from=DAY, **given)
    tie_leader(kind=TieKind.DISTRICT_LEADER, valid_from=DAY, **given)
    untie_leader(actor=SYSTEM, at=AT, tie_id=made.id, valid_to=TOMORROW)
    with pytest.raises(Conflict, match="已自"):
        untie_leader(actor=SYSTEM, at=AT, tie_id=made.id, valid_to=TOMORROW)
    tie_leader(kind=TieKind.STREET_LEADER, valid_from=TOMORROW, **given)


def test_on_pages_an_operational_area_is_made_linked_and_closed() -> None:
    load_city()
    client = administrator("3201")
    local = administrator_of_the_city()
    made = {"code": " NEWZ ", "name": "临港经济开发区", "kind": "functional_zone", "valid_from": "2024-01-01"}
    assert client.post("/orgs/areas/", made).status_code == 403
    assert local.post("/orgs/areas/", {**made, "code": "NEW"}).status_code == 422
    zone = local.post("/orgs/areas/", made).headers["Location"]
    page = local.get(zone).content.decode()
    assert "看不到任何案件" in page
    assert "有 2 个功能区未挂接" not in page
    assert "有 1 个功能区未挂接" in local.get("/orgs/areas/").content.decode()
    wrong = local.post(zone, {"what": "link", "legal": "3201011、没有的街道"})
    assert (wrong.status_code, "没有法定区划“没有的街道”" in wrong.content.decode()) == (422, True)
    assert (
        local.post(zone, {"what": "link", "legal": "3201011 012街道", "valid_from": "2024-01-01"}).status_code
        == 302
    )
    assert "看不到任何案件" not in local.get(zone).content.decode()
    end = f"{zone}links/{AreaLink.objects.filter(operational__code='NEWZ').first().id}/end/"
    local.post(end, {"valid_to": "2023-01-01"})
    assert "失效日须晚于生效日" in local.get(zone).content.decode()
    local.post(end, {"valid_to": str(timezone.localdate())})
    assert "已终止" in local.get(zone).content.decode()
    part = {"what": "part", "code": "NEWZ1", "name": "临港一片", "kind": "shared_zone"}
    assert local.post(zone, part).status_code == 302
    assert "还有下级区域" in local.post(zone, {"what": "close"}).content.decode()
    child = f"/orgs/areas/{area_index().by_code['NEWZ1'].id}/"
    Area.objects.filter(code="NEWZ1").update(valid_from=date(2024, 1, 1))
    assert local.post(child, {"what": "close"}).status_code == 302
    assert "已自" in local.get(child).content.decode()
    assert local.post(child, {"what": "rename", "name": "再用"}).status_code == 403
    assert local.post(zone, {"what": "close"}).status_code == 302


def administrator_of_the_city():
    """Somebody who edits everywhere."""
    from .test_pages import enter

    account = make_account("city-admin")
    give(account, make_post("system_admin", make_unit("CITY", area_code="3201")))
    return enter(account)


def test_all_zones_without_links_are_linked_in_one_form() -> None:
    load_city()
    new_zone("320101900", "软件园")
    new_zone("320102900", "物流园")
    make_post("dispatcher", make_unit("U", area_code="320101900"))
    client = administrator_of_the_city()
    page = client.get("/orgs/areas/unlinked/").content.decode()
    assert "1 个岗位看不到案件" in page
    assert page.count("选择本区街道") == 2
    assert client.post("/orgs/areas/unlinked/", {}).status_code == 422
    given = {
        "320101900-streets": [str(area("3201011"))],
        "320101900-others": "022a社区",
        "320102900-others": "3201021b",
        "valid_from": "2024-01-01",
    }
    wrong = client.post("/orgs/areas/unlinked/", {**given, "320102900-others": "3201029"})
    assert (wrong.status_code, AreaLink.objects.filter(operational__code="320101900").count()) == (422, 0)
    assert client.post("/orgs/areas/unlinked/", given).status_code == 302
    zone = area_index().by_code["320101900"]
    assert area_index().communities_under(zone.id) == communities("3201011", "3201022a")
    assert "功能区都已挂接" in client.get("/orgs/areas/unlinked/").content.decode()


def test_a_local_administrator_is_offered_the_zones_of_his_district_only() -> None:
    load_city()
    new_zone("320101900", "软件园")
    new_zone("320102900", "物流园")
    page = administrator("320101").get("/orgs/areas/unlinked/").content.decode()
    assert ("软件园" in page, "物流园" in page) == (True, False)
    assert assigner("320101").get("/orgs/areas/unlinked/").status_code == 403


def test_ties_are_made_by_person_or_post_and_ended_on_the_page() -> None:
    load_city()
    client, street = assigner("320101"), area("3201011")
    make_account("leader")
    post = make_post("leader", make_unit("S", area_code="320101"))
    page = f"/orgs/areas/{street}/"
    tie = {"what": "tie", "kind": "street_leader", "valid_from": "2024-01-01"}
    assert client.post(page, tie).status_code == 422
    assert client.post(page, {**tie, "account": "leader"}).status_code == 302
    assert client.post(page, {**tie, "post": str(post.id)}).status_code == 302
    shown = client.get(page).content.decode()
    assert "leader氏" in shown
    assert "S单位 领导" in shown
    assert AreaTie.objects.count() == 2
    ended = AreaTie.objects.get(account__username="leader")
    address = f"/orgs/ties/{ended.id}/end/"
    assert administrator("320102").post(address).status_code == 403
    client.post(address, {"valid_to": str(timezone.localdate())})
    assert "leader氏" not in client.get(page).content.decode()
    assert client.post(f"/orgs/ties/{uuid7()}/end/").status_code == 404
