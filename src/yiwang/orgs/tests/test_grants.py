"""Resolving actors: scopes over both trees, dates, caches, and equality with brute force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from yiwang.accounts.public import TokenIdentity, deactivate_account
from yiwang.kernel.actor import EVERYWHERE, NOWHERE, Scope
from yiwang.kernel.ids import uuid7
from yiwang.orgs.models import AreaLink
from yiwang.orgs.public import (
    actor_for_token,
    deputise,
    end_holding,
    held_posts,
    link_areas,
    post_label,
    rename_unit,
    resolve_actor,
    save_post_kind,
    unlink_areas,
)
from yiwang.orgs.rules.areas import AreaIndex, AreaNode, LinkNode
from yiwang.orgs.rules.grants import GrantingPost, expand_grants

from .factories import (
    AT,
    SYSTEM,
    area,
    communities,
    give,
    kind_grants,
    load_city,
    make_account,
    make_post,
    make_unit,
)


@pytest.mark.django_db
def test_a_dispatcher_of_a_district_may_dispatch_in_its_communities_only() -> None:
    load_city()
    account = make_account("wang")
    give(account, make_post("dispatcher", make_unit("D1", area_code="320101")))
    actor = resolve_actor(account.id, AT)
    assert set(actor.grants) == kind_grants("dispatcher")
    assert actor.scope("cases.dispatch") == Scope(communities=communities("320101"))


@pytest.mark.django_db
def test_a_post_in_a_zone_reaches_the_streets_the_zone_runs_on_that_day() -> None:
    load_city()
    account = make_account("wang")
    give(account, make_post("dispatcher", make_unit("Z", area_code="NEW")))
    assert resolve_actor(account.id, AT).scope("cases.view").communities == communities("3201011", "3201022")
    link = AreaLink.objects.get(operational_id=area("NEW"))
    unlink_areas(actor=SYSTEM, at=AT, link_id=link.id, valid_to=date(2026, 3, 1))
    link_areas(
        actor=SYSTEM, at=AT, operational_id=area("NEW"), legal_id=area("3201012"), valid_from=date(2026, 3, 1)
    )
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)
    before, after = midnight - timedelta(seconds=1), midnight
    assert resolve_actor(account.id, before).scope("cases.view").communities == communities(
        "3201011", "3201022"
    )
    assert resolve_actor(account.id, after).scope("cases.view").communities == communities(
        "3201012", "3201022"
    )


@pytest.mark.django_db
def test_a_unit_scope_covers_the_unit_and_those_below() -> None:
    load_city()
    parent = make_unit("U", area_code="320101")
    child = make_unit("U1", parent=parent)
    make_unit("V", area_code="320101")
    account = make_account("wang")
    give(account, make_post("handler", parent))
    assert resolve_actor(account.id, AT).scope("cases.handle") == Scope(
        units=frozenset([parent.id, child.id])
    )


@pytest.mark.django_db
def test_grants_of_several_posts_add_up() -> None:
    load_city()
    account = make_account("wang")
    unit = make_unit("U", area_code="320101")
    give(account, make_post("dispatcher", unit, area_code="3201011"))
    give(account, make_post("grid_worker", unit, area_code="3201022bG"))
    actor = resolve_actor(account.id, AT)
    assert actor.scope("cases.view") == Scope(
        communities=communities("3201011", "3201022b"), units=frozenset([unit.id])
    )
    assert actor.scope("cases.dispatch").communities == communities("3201011")


@pytest.mark.django_db
def test_a_holding_counts_from_its_start_until_just_before_its_end() -> None:
    load_city()
    account = make_account("wang")
    start = AT + timedelta(hours=2)
    give(account, make_post("dispatcher", make_unit("U", area_code="320101")), starts_at=start, days=1)
    second = timedelta(seconds=1)
    moments = [start - second, start, start + timedelta(days=1) - second, start + timedelta(days=1)]
    assert [resolve_actor(account.id, at).may_anywhere("cases.view") for at in moments] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.django_db
def test_a_resolved_actor_costs_no_query_until_something_changes() -> None:
    load_city()
    account = make_account("wang")
    unit = make_unit("U", area_code="320101")
    holding = give(account, make_post("dispatcher", unit))
    resolve_actor(account.id, AT)
    with CaptureQueriesContext(connection) as seen:
        first = resolve_actor(account.id, AT)
        assert resolve_actor(account.id, AT + timedelta(minutes=5)) is first
    assert len(seen) == 0
    end_holding(actor=SYSTEM, at=AT + timedelta(minutes=6), holding_id=holding.id)
    assert resolve_actor(account.id, AT + timedelta(minutes=6)).grants == {}


@pytest.mark.django_db
def test_changing_what_a_kind_permits_reaches_its_holders() -> None:
    load_city()
    account = make_account("wang")
    give(account, make_post("leader", make_unit("U", area_code="320101")))
    assert not resolve_actor(account.id, AT).may_anywhere("cases.dispatch")
    save_post_kind(
        actor=SYSTEM,
        at=AT,
        code="leader",
        name="领导",
        grants=[{"act": "cases.dispatch", "scope": "everywhere"}],
    )
    assert resolve_actor(account.id, AT).grants == {"cases.dispatch": EVERYWHERE}


@pytest.mark.django_db
def test_a_deactivated_account_has_no_grants() -> None:
    load_city()
    account = make_account("wang")
    give(account, make_post("leader", make_unit("U", area_code="320101")))
    assert resolve_actor(account.id, AT).grants
    deactivate_account(actor=SYSTEM, at=AT, account_id=account.id)
    assert resolve_actor(account.id, AT).grants == {}


@pytest.mark.django_db
def test_the_post_of_an_act_is_the_earliest_regular_one_unless_another_held_one_is_named() -> None:
    load_city()
    account, colleague = make_account("wang"), make_account("li")
    unit = make_unit("U", area_code="320101")
    first, second, third = (make_post(kind, unit) for kind in ("leader", "dispatcher", "assessor"))
    other = give(colleague, second, starts_at=AT - timedelta(days=2))
    deputise(
        actor=SYSTEM, at=AT, holding_id=other.id, account_id=account.id, starts_at=AT - timedelta(days=1),
        ends_at=AT + timedelta(days=1), reason="培训",
    )  # fmt: skip
    give(account, first)
    assert held_posts(account.id, AT) == [first.id, second.id]
    assert resolve_actor(account.id, AT).post_id == first.id
    assert resolve_actor(account.id, AT, post_id=second.id).post_id == second.id
    assert resolve_actor(account.id, AT, post_id=third.id).post_id == first.id


@pytest.mark.django_db
def test_the_label_of_a_post_names_unit_and_post_and_follows_a_renaming() -> None:
    load_city()
    unit = make_unit("U", area_code="320101")
    post = make_post("dispatcher", unit)
    assert post_label(post.id) == "U单位 派遣员"
    rename_unit(actor=SYSTEM, at=AT, unit_id=unit.id, name="江宁区城运中心")
    assert post_label(post.id) == "江宁区城运中心 派遣员"
    assert (post_label(uuid7()), post_label(None)) == ("", "")


@pytest.mark.django_db
def test_a_token_narrows_its_account_and_never_widens_it() -> None:
    load_city()
    account = make_account("wang")
    give(account, make_post("dispatcher", make_unit("U", area_code="320101")))
    identity = TokenIdentity(uuid7(), account.id, frozenset({"read", "cases.dispatch", "cases.close"}))
    actor = actor_for_token(identity, AT)
    assert actor.kind == "token"
    viewing = {act for act in kind_grants("dispatcher") if act.endswith(".view")}
    assert set(actor.grants) == viewing | {"cases.dispatch"}
    assert actor.scope("cases.close") == NOWHERE


# -- equal to brute force ------------------------------------------------------------------------

_KINDS = ("city", "district", "street", "community", "grid")
_DAY = date(2026, 2, 13)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[UUID, AreaNode], list[LinkNode]]:
    """A random legal tree, a random operational tree and random dated links, some of them over."""
    nodes: dict[UUID, AreaNode] = {}
    level: list[UUID | None] = [None]
    for depth, kind in enumerate(_KINDS):
        made: list[UUID] = []
        for parent in level:
            for _ in range(draw(st.integers(1 if depth == 0 else 0, 1 if depth == 0 else 3))):
                key = UUID(int=len(nodes) + 1)
                over = draw(st.integers(0, 7)) == 0
                nodes[key] = AreaNode(
                    key, str(key.int), "", kind, parent, "legal", "", "", date(2020, 1, 1),
                    date(2026, 2, 13) if over else None,
                )  # fmt: skip
                made.append(key)
        level = list(made)
    legal = list(nodes)
    zones: list[UUID] = []
    for _ in range(draw(st.integers(1, 4))):
        key = UUID(int=1000 + len(zones))
        parent = draw(st.sampled_from([None, *zones]))
        nodes[key] = AreaNode(
            key, str(key.int), "", "functional_zone", parent, "operational", "", "", date(2020, 1, 1), None
        )
        zones.append(key)
    links = [
        LinkNode(
            draw(st.sampled_from(zones)),
            draw(st.sampled_from(legal)),
            draw(st.sampled_from([date(2020, 1, 1), date(2026, 2, 13), date(2026, 2, 14)])),
            draw(st.sampled_from([None, date(2026, 2, 15)])),
        )
        for _ in range(draw(st.integers(0, 6)))
    ]
    return nodes, links


def brute_force(nodes: dict[UUID, AreaNode], links: list[LinkNode], area_id: UUID) -> frozenset[UUID]:
    """For each community ask on its own whether the area reaches it by parents and links in force."""

    def line(key: UUID | None) -> list[UUID]:
        found = []
        while key is not None:
            found.append(key)
            key = nodes[key].parent_id
        return found

    def stands(key: UUID) -> bool:
        return nodes[key].stands_on(_DAY)

    def reaches(start: UUID, community: UUID) -> bool:
        up = line(community)
        if start in up:
            return all(stands(key) for key in up[: up.index(start) + 1])
        return community in line(start) and stands(start) and stands(community)

    if nodes[area_id].tree == "operational":
        starts = [
            link.legal_id
            for link in links
            if link.valid_from <= _DAY and (link.valid_to is None or link.valid_to > _DAY)
            if area_id in line(link.operational_id)
        ]
    else:
        starts = [area_id]
    return frozenset(
        key
        for key, node in nodes.items()
        if node.kind == "community" and any(reaches(s, key) for s in starts)
    )


@given(worlds())
def test_expanding_a_scope_equals_asking_each_community(
    world: tuple[dict[UUID, AreaNode], list[LinkNode]],
) -> None:
    nodes, links = world
    index = AreaIndex(nodes, links, _DAY)
    for key in nodes:
        granted = expand_grants(
            [GrantingPost((("cases.view", "area"),), key, uuid7())],
            communities_under=index.communities_under,
            units_under=lambda unit: frozenset([unit]),
        )
        found = granted.get("cases.view", NOWHERE).communities
        assert found == brute_force(nodes, links, key)
