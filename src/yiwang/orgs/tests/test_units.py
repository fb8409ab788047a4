"""Units, areas by hand, leaders' ties, rosters, and what the package carries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from yiwang.kernel.errors import Conflict, Invalid, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.orgs.enums import AreaKind, AreaTree, TieKind
from yiwang.orgs.errors import OutsideScope, StillInUse
from yiwang.orgs.models import Area, PostKind, Unit
from yiwang.orgs.public import (
    UnitRow,
    add_area,
    area_index,
    close_area,
    close_unit,
    create_street_office,
    load_post_kinds,
    load_units,
    office_templates,
    on_duty,
    post_kinds,
    remove_duty,
    rename_area,
    roster_duty,
    save_post_kind,
    tie_leader,
    ties_of,
    unit_index,
    untie_leader,
)

from .factories import AT, DAY, SYSTEM, area, load_city, make_account, make_post, make_unit
from .test_holdings import admin_of

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db

POST_KINDS = [
    "seat_operator", "dispatcher", "supervisor", "duty_chief", "collection_inspector", "grid_worker",
    "exclusive_grid_worker", "fire_grid_worker", "grid_group", "grid_chief", "micro_grid_chief",
    "community_secretary", "first_secretary", "handler", "unit_leader", "callback_clerk", "assessor",
    "leader",
    "street_team_member", "street_principal", "enterprise_desk",
    "system_admin", "security_admin", "audit_admin", "integrator",
]  # fmt: skip


def test_the_package_carries_every_post_kind_and_loads_each_once() -> None:
    assert load_post_kinds(actor=SYSTEM, at=AT) == len(POST_KINDS)
    assert list(post_kinds()) == POST_KINDS
    save_post_kind(actor=SYSTEM, at=AT, code="leader", name="主官", grants=[])
    assert load_post_kinds(actor=SYSTEM, at=AT) == 0
    assert PostKind.objects.get(code="leader").name == "主官"


def test_only_an_administrator_holds_anything_about_posts_and_accounts() -> None:
    load_post_kinds(actor=SYSTEM, at=AT)
    guarded = {"orgs.assign", "orgs.grant", "orgs.edit", "accounts.manage", "ledger.audit"}
    holders = {code for code, kind in post_kinds().items() if guarded & {act for act, _ in kind.grants}}
    assert holders == {"system_admin", "security_admin", "audit_admin"}


@pytest.mark.parametrize(
    "grants",
    [
        [{"act": "dispatch", "scope": "area"}],
        [{"act": "cases.dispatch", "scope": "galaxy"}],
        [{"act": "cases.dispatch"}],
        ["cases.dispatch"],
    ],
)
def test_a_malformed_grant_is_refused(grants: list[dict[str, str]]) -> None:
    with pytest.raises(Invalid):
        save_post_kind(actor=SYSTEM, at=AT, code="x", name="某", grants=grants)


@pytest.mark.parametrize(("template", "members"), [("five_two", 8), ("seven_one", 9), ("eight_one", 9)])
def test_a_street_office_is_made_by_template(template: str, members: int) -> None:
    load_city()
    office = create_street_office(actor=SYSTEM, at=AT, area_id=area("3201011"), template=template)
    index = unit_index(DAY)
    assert office.name == "011街道办事处"
    assert [u.code for u in index.children(office.id)] == [f"S3201011{n:02d}" for n in range(1, members + 1)]
    assert all(u.is_example for u in index.children(office.id))
    assert len(office_templates()[template].members) == members
    with pytest.raises(Invalid):
        create_street_office(actor=SYSTEM, at=AT, area_id=area("3201011"), template=template)


def test_a_unit_list_loads_once_and_then_changes_in_place() -> None:
    load_city()
    rows = [
        UnitRow("B", "下级", "department", "A", "3201011"),
        UnitRow("A", "上级", "operations_centre", "", "320101"),
    ]
    assert load_units(actor=SYSTEM, at=AT, rows=rows).inserted == 2
    assert load_units(actor=SYSTEM, at=AT, rows=rows).unchanged == 2
    changed = load_units(actor=SYSTEM, at=AT, rows=[UnitRow("B", "新名", "department", "", "3201011")])
    assert (changed.inserted, changed.updated) == (0, 1)
    unit = Unit.objects.get(code="B")
    assert (unit.name, unit.parent_id, unit_index(DAY).name(unit.id)) == ("新名", None, "新名")
    with pytest.raises(Invalid) as caught:
        load_units(
            actor=SYSTEM, at=AT, rows=[UnitRow("C", "丙", "castle"), UnitRow("D", "丁", "police", "Q")]
        )
    assert [p.remedy for p in caught.value.problems] == ["类别“castle”不存在。", "上级代码“Q”不存在。"]


def test_a_unit_with_parts_or_posts_cannot_be_closed() -> None:
    load_city()
    parent = make_unit("U", area_code="320101")
    child = make_unit("U1", parent=parent)
    make_post("handler", child)
    tomorrow = DAY + timedelta(days=1)
    for unit in (parent, child):
        with pytest.raises(StillInUse):
            close_unit(actor=SYSTEM, at=AT, unit_id=unit.id, valid_to=tomorrow)
    alone = make_unit("V")
    close_unit(actor=SYSTEM, at=AT, unit_id=alone.id, valid_to=tomorrow)
    assert alone.code in unit_index(DAY).by_code
    assert alone.code not in unit_index(tomorrow).by_code
    assert unit_index(tomorrow).name(alone.id) == "V单位"


def test_an_area_added_by_hand_stands_below_its_parent_until_it_is_closed() -> None:
    load_city()
    made = add_area(
        actor=admin_of("320101"), at=AT, code="3201011c", name="新村", kind=AreaKind.COMMUNITY,
        tree=AreaTree.LEGAL, parent_id=area("3201011"), valid_from=DAY,
    )  # fmt: skip
    assert (made.path, made.style) == ("3201/320101/3201011/3201011c/", "village")
    assert made.id in area_index(DAY).communities_under(area("320101"))
    with pytest.raises(StillInUse):
        close_area(actor=SYSTEM, at=AT, area_id=area("3201011"), valid_to=date(2027, 1, 1))
    close_area(actor=SYSTEM, at=AT, area_id=made.id, valid_to=date(2027, 1, 1))
    assert made.id not in area_index(date(2027, 1, 1)).communities_under(area("320101"))
    with pytest.raises(OutsideScope):
        add_area(
            actor=admin_of("320101"), at=AT, code="x", name="外", kind=AreaKind.COMMUNITY,
            tree=AreaTree.LEGAL, parent_id=area("3201021"), valid_from=DAY,
        )  # fmt: skip


def test_two_who_rename_an_area_do_not_overwrite_each_other() -> None:
    load_city()
    seen = Area.objects.get(code="3201011").version
    rename_area(actor=SYSTEM, at=AT, area_id=area("3201011"), name="甲街道", expected=seen)
    with pytest.raises(StaleVersion):
        rename_area(actor=SYSTEM, at=AT, area_id=area("3201011"), name="乙街道", expected=seen)
    assert area_index(DAY).by_code["3201011"].name == "甲街道"


def test_leaders_are_tied_to_an_area_by_account_or_post_for_a_time() -> None:
    load_city()
    leader = make_account("wang")
    post = make_post("leader", make_unit("U", area_code="320101"))
    street = area("3201011")
    tie = tie_leader(
        actor=SYSTEM,
        at=AT,
        area_id=street,
        kind=TieKind.DISTRICT_LEADER,
        valid_from=DAY,
        account_id=leader.id,
    )
    tie_leader(
        actor=SYSTEM, at=AT, area_id=street, kind=TieKind.STREET_LEADER, valid_from=DAY, post_id=post.id
    )
    with pytest.raises(Invalid):
        tie_leader(
            actor=SYSTEM, at=AT, area_id=street, kind=TieKind.STREET_LEADER, valid_from=DAY, post_id=post.id,
            account_id=leader.id,
        )  # fmt: skip
    untie_leader(actor=SYSTEM, at=AT, tie_id=tie.id, valid_to=DAY + timedelta(days=7))
    assert [t.kind for t in ties_of(street, DAY)] == ["district_leader", "street_leader"]
    assert [t.kind for t in ties_of(street, DAY + timedelta(days=7))] == ["street_leader"]


def test_who_is_on_duty_is_found_here_or_at_the_nearest_level_above() -> None:
    load_city()
    city, street = make_unit("C", area_code="3201"), make_unit("S", area_code="3201011")
    inner = make_unit("S1", parent=street)
    chief, clerk = make_account("wang"), make_account("li")
    terms = {"actor": SYSTEM, "at": AT, "post_kind": "duty_chief"}
    roster_duty(unit_id=city.id, account_id=chief.id, starts_at=AT, ends_at=AT + 8 * HOUR, **terms)
    shift = roster_duty(
        unit_id=street.id, account_id=clerk.id, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR, **terms
    )
    community = area("3201011a")
    seen = [[d.account_id for d in on_duty(community, AT + n * HOUR)] for n in (0, 1, 2)]
    assert seen == [[chief.id], [clerk.id], [chief.id]]
    assert [d.account_id for d in on_duty(inner.id, AT + HOUR)] == [clerk.id]
    assert on_duty(area("320102"), AT + 9 * HOUR) == []
    remove_duty(actor=SYSTEM, at=AT, duty_id=shift.id)
    assert [d.account_id for d in on_duty(community, AT + HOUR)] == [chief.id]


def test_a_roster_refuses_overlaps_unknown_kinds_and_foreign_units() -> None:
    load_city()
    unit, clerk = make_unit("S", area_code="3201011"), make_account("li")
    terms = {"at": AT, "unit_id": unit.id, "account_id": clerk.id, "starts_at": AT, "ends_at": AT + HOUR}
    roster_duty(actor=SYSTEM, post_kind="duty_chief", **terms)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        roster_duty(actor=SYSTEM, post_kind="duty_chief", **terms)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        roster_duty(actor=SYSTEM, post_kind="wizard", **terms)  # type: ignore[arg-type]
    with pytest.raises(OutsideScope):
        roster_duty(actor=admin_of("320102"), post_kind="leader", **terms)  # type: ignore[arg-type]
    assert on_duty(uuid7(), AT) == []
