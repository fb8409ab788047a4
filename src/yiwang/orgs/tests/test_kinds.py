"""What post kinds permit: in words, changed by the security officer, seen by the audit officer."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given as given_
from hypothesis import strategies as st

from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.orgs.acts import ACTS
from yiwang.orgs.enums import OfficerBranch
from yiwang.orgs.models import PostKind
from yiwang.orgs.public import load_post_kinds, open_post, post_kinds, resolve_actor, save_post_kind
from yiwang.orgs.queries import grant_changes
from yiwang.orgs.rules.officers import BRANCH_OF_ACT, are_separate, branches_of

from .factories import AT, SYSTEM, give, load_city, make_account, make_post, make_unit
from .test_pages import enter

db = pytest.mark.django_db


def officer(kind: str, name: str = "") -> Client:
    """One of the three officers."""
    account = make_account(name or kind)
    give(account, make_post(kind, make_unit(f"U-{name or kind}", area_code="3201")))
    return enter(account)


def grants(*pairs: str) -> list[dict[str, str]]:
    """Grants from `act:scope`."""
    return [dict(zip(("act", "scope"), pair.split(":"), strict=True)) for pair in pairs]


def test_the_branches_of_the_rule_are_those_of_the_enum() -> None:
    assert set(BRANCH_OF_ACT.values()) == set(OfficerBranch.values)


@given_(st.sets(st.sampled_from(sorted([*BRANCH_OF_ACT, "cases.view", "cases.close"]))))
def test_acts_are_separate_from_others_exactly_when_together_they_are_one_branch(acts: set[str]) -> None:
    branches = {BRANCH_OF_ACT[act] for act in acts if act in BRANCH_OF_ACT}
    assert branches_of(acts) == branches
    assert are_separate(branches, ()) == (len(branches) <= 1)


@db
def test_every_act_that_the_package_grants_stands_in_the_catalogue_of_acts() -> None:
    load_post_kinds(actor=SYSTEM, at=AT)
    known = {act for acts in ACTS.values() for act in acts}
    granted = {act for kind in post_kinds().values() for act, _ in kind.grants}
    assert sorted(granted - known) == [], "name the act in orgs/acts.py"


@db
def test_the_packaged_kinds_keep_the_three_officers_apart() -> None:
    load_post_kinds(actor=SYSTEM, at=AT)
    assert {code: set(kind.branches) for code, kind in post_kinds().items() if kind.branches} == {
        "system_admin": {"system"},
        "security_admin": {"security"},
        "audit_admin": {"audit"},
    }


@db
@pytest.mark.parametrize(
    "pairs",
    [
        ("orgs.edit:area", "orgs.assign:area"),
        ("orgs.grant:everywhere", "ledger.audit:everywhere"),
        ("accounts.manage:everywhere", "ledger.check:everywhere", "cases.view:area"),
    ],
)
def test_no_kind_holds_the_acts_of_two_officers(pairs: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match="三员分立"):
        save_post_kind(actor=SYSTEM, at=AT, code="both", name="两员", grants=grants(*pairs))
    assert not PostKind.objects.exists()


@db
def test_two_officers_are_never_one_person_even_through_kinds_that_name_no_exclusion() -> None:
    load_city()
    save_post_kind(actor=SYSTEM, at=AT, code="sys2", name="区级管理员", grants=grants("orgs.edit:area"))
    account, unit = make_account("wang"), make_unit("U", area_code="3201")
    give(account, make_post("sys2", unit))
    with pytest.raises(Conflict, match="区级管理员"):
        give(account, make_post("audit_admin", unit))
    give(account, make_post("dispatcher", unit))


@db
def test_grants_that_would_make_somebody_two_officers_are_refused() -> None:
    load_city()
    account, unit = make_account("wang"), make_unit("U", area_code="3201")
    give(account, make_post("audit_admin", unit))
    give(account, make_post("leader", unit))
    with pytest.raises(Conflict, match="1 人"):
        save_post_kind(actor=SYSTEM, at=AT, code="leader", name="领导", grants=grants("orgs.edit:area"))
    with pytest.raises(Conflict, match="1 人"):
        save_post_kind(
            actor=SYSTEM, at=AT, code="leader", name="领导", grants=[], exclusive_with=["audit_admin"]
        )
    save_post_kind(actor=SYSTEM, at=AT, code="leader", name="领导", grants=grants("ledger.audit:area"))


@db
def test_nobody_changes_the_kind_that_he_holds() -> None:
    load_city()
    account = make_account("wang")
    give(account, make_post("security_admin", make_unit("U", area_code="3201")))
    actor = resolve_actor(account.id, AT)
    with pytest.raises(Refused, match="本人所任"):
        save_post_kind(actor=actor, at=AT, code="security_admin", name="安全管理员", grants=[])
    save_post_kind(actor=actor, at=AT, code="leader", name="领导", grants=[])
    local = Actor(account_id=account.id, grants={"orgs.edit": EVERYWHERE})
    with pytest.raises(Refused):
        save_post_kind(actor=local, at=AT, code="leader", name="领导", grants=[])


@db
@pytest.mark.parametrize(("code", "name"), [("Leader", "领导"), ("2nd", "领导"), ("a-b", "领导"), ("x", " ")])
def test_a_kind_needs_a_plain_code_and_a_name(code: str, name: str) -> None:
    with pytest.raises(Invalid):
        save_post_kind(actor=SYSTEM, at=AT, code=code, name=name, grants=[])


@db
def test_the_journal_tells_what_each_change_added_and_removed() -> None:
    load_post_kinds(actor=SYSTEM, at=AT)
    before = set(post_kinds()["leader"].grants)
    save_post_kind(actor=SYSTEM, at=AT, code="leader", name="领导", grants=grants("cases.view:everywhere"))
    newest, first = grant_changes(post_kinds()["leader"].id)
    assert (newest.added, newest.removed) == ({("cases.view", "everywhere")}, before)
    assert (first.is_first, first.added) == (True, before)


@db
def test_a_change_on_the_page_is_in_force_at_once_and_seen_by_the_auditor() -> None:
    load_city()
    wang = make_account("wang")
    give(wang, make_post("leader", make_unit("U", area_code="320101")))
    security, audit = officer("security_admin"), officer("audit_admin")
    page = "/orgs/kinds/of/leader/"
    shown = security.get(page).content.decode()
    assert "查看案件" in shown
    assert "本区域：" in shown
    version = PostKind.objects.get(code="leader").version
    fields = {"name": "领导", "position": "17", "version": str(version)}
    wanted = {**fields, "grant": ["cases.void:everywhere"]}
    assert audit.post(page, wanted).status_code == 403
    assert security.post(page, wanted).status_code == 302
    assert resolve_actor(wang.id, AT).grants == {"cases.void": EVERYWHERE}
    assert security.post(page, wanted).status_code == 409
    seen = audit.get("/orgs/kinds/changes/").content.decode()
    assert "作废（全域）" in seen
    assert "security_admin单位 安全管理员" in seen
    assert "作废" in audit.get(page).content.decode()
    assert "修改授权" not in audit.get(page).content.decode()


@db
def test_the_page_refuses_what_the_rule_refuses_and_keeps_the_ticks() -> None:
    load_city()
    security = officer("security_admin")
    wanted = {"name": "领导", "position": "1", "grant": ["orgs.edit:area", "ledger.audit:everywhere"]}
    answer = security.post("/orgs/kinds/of/leader/", wanted)
    assert (answer.status_code, "三员分立：" in answer.content.decode()) == (422, True)
    assert 'value="ledger.audit:everywhere" checked' in answer.content.decode()
    own = {**wanted, "grant": ["orgs.assign:everywhere"]}
    assert security.post("/orgs/kinds/of/security_admin/", own).status_code == 403
    assert security.post("/orgs/kinds/of/leader/", {**wanted, "grant": ["no.act:area"]}).status_code == 422


@db
def test_a_kind_is_added_on_the_page_and_posts_of_it_opened() -> None:
    load_city()
    security = officer("security_admin")
    wanted = {
        "code": "drone_pilot",
        "name": "无人机巡查员",
        "position": "40",
        "grant": ["cases.receive:area"],
    }
    assert security.post("/orgs/kinds/new/", {**wanted, "code": "leader"}).status_code == 422
    assert security.post("/orgs/kinds/new/", {**wanted, "exclusive_with": ["leader"]}).status_code == 302
    assert "无人机巡查员" in security.get("/orgs/kinds/").content.decode()
    kind = post_kinds()["drone_pilot"]
    assert (kind.grants, kind.exclusive_with) == ((("cases.receive", "area"),), {"leader"})
    open_post(actor=SYSTEM, at=AT, kind_code="drone_pilot", unit_id=make_unit("U").id)


@db
@pytest.mark.parametrize("path", ["", "changes/", "of/leader/", "new/"])
def test_grants_are_read_by_the_security_and_the_audit_officer_only(path: str) -> None:
    load_city()
    expected = 403 if path == "new/" else 200
    assert officer("audit_admin").get(f"/orgs/kinds/{path}").status_code == expected
    assert officer("security_admin").get(f"/orgs/kinds/{path}").status_code == 200
    assert officer("system_admin").get(f"/orgs/kinds/{path}").status_code == 403
    assert enter(make_account("nobody")).get(f"/orgs/kinds/{path}").status_code == 403
    assert officer("security_admin", "other").get("/orgs/kinds/of/none/").status_code == 404
