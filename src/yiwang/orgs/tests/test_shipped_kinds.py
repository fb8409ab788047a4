"""Post kinds follow the package when nobody has edited them, and tell how they differ when somebody has."""

from __future__ import annotations

from typing import Any

import pytest

from yiwang.ledger.public import JournalEntry
from yiwang.orgs.models import PostKind
from yiwang.orgs.public import load_post_kinds, post_kinds, resolve_actor, save_post_kind
from yiwang.orgs.services import shipped_kinds

from .factories import AT, SYSTEM, give, load_city, make_account, make_post, make_unit
from .test_kinds import grants, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Change what the package ships: `ship("leader", "everywhere", "cases.void")` adds an act."""

    def change(code: str, scope: str, *acts: str) -> None:
        package = [
            raw
            if raw["code"] != code
            else {**raw, "grants": {**raw["grants"], scope: [*raw["grants"].get(scope, ()), *acts]}}
            for raw in shipped_kinds._package()
        ]
        monkeypatch.setattr(shipped_kinds, "_package", lambda: tuple(package))

    return change


def load() -> int:
    return load_post_kinds(actor=SYSTEM, at=AT)


def test_an_upgrade_gives_newly_shipped_grants_to_a_kind_that_nobody_edited(ship: Any) -> None:
    load_city()
    wang = make_account("wang")
    give(wang, make_post("leader", make_unit("U", area_code="320101")))
    before = set(post_kinds()["leader"].grants)
    ship("leader", "everywhere", "cases.void")
    assert load() == 1
    assert set(post_kinds()["leader"].grants) == before | {("cases.void", "everywhere")}
    assert resolve_actor(wang.id, AT).scope("cases.void").everywhere
    newest = JournalEntry.objects.filter(stream=post_kinds()["leader"].id).order_by("-seq")[0]
    assert ('"as_shipped":true' in newest.body, "cases.void" in newest.body) == (True, True)
    assert load() == 0


def test_a_kind_that_somebody_edited_keeps_what_it_says(ship: Any) -> None:
    load()
    save_post_kind(actor=SYSTEM, at=AT, code="leader", name="领导", grants=grants("cases.view:area"))
    ship("leader", "everywhere", "cases.void")
    assert load() == 0
    assert post_kinds()["leader"].grants == (("cases.view", "area"),)


def test_an_edit_that_was_taken_back_counts_as_none(ship: Any) -> None:
    load()
    kind = PostKind.objects.get(code="leader")
    for wanted in ([], kind.grants):
        save_post_kind(actor=SYSTEM, at=AT, code="leader", name="领导", grants=wanted, position=17)
    ship("leader", "everywhere", "cases.void")
    assert load() == 1


@pytest.mark.parametrize(("edits", "follows"), [(0, 1), (1, 0)])
def test_a_kind_from_before_the_record_follows_when_the_journal_knows_its_loading_only(
    edits: int, follows: int, ship: Any
) -> None:
    load()
    for _ in range(edits):
        save_post_kind(actor=SYSTEM, at=AT, code="leader", name="局长", grants=grants("cases.view:area"))
    PostKind.objects.filter(code="leader").update(shipped=None)
    ship("leader", "everywhere", "cases.void")
    assert load() == follows


def test_an_upgrade_never_makes_one_person_two_officers(ship: Any) -> None:
    load_city()
    account, unit = make_account("wang"), make_unit("U", area_code="3201")
    give(account, make_post("audit_admin", unit))
    give(account, make_post("leader", unit))
    ship("leader", "area", "orgs.edit")
    assert load() == 0
    assert "orgs.edit" not in {act for act, _ in post_kinds()["leader"].grants}
    shown = officer("security_admin").get("/orgs/kinds/of/leader/").content.decode()
    assert "与随附设定不同" in shown


def test_the_page_shows_the_difference_and_adopting_it_ends_it(ship: Any) -> None:
    load_city()
    security, audit = officer("security_admin"), officer("audit_admin")
    save_post_kind(actor=SYSTEM, at=AT, code="leader", name="主官", grants=grants("cases.view:everywhere"))
    ship("leader", "everywhere", "cases.void")
    assert security.get("/orgs/kinds/").content.decode().count("与随附设定不同") == 1
    page = "/orgs/kinds/of/leader/"
    shown = audit.get(page).content.decode()
    assert ("作废（全域）" in shown, "随附名称：领导" in shown) == (True, True)
    assert "采用随附设定" not in shown
    version = PostKind.objects.get(code="leader").version
    assert audit.post(f"{page}adopt/", {"version": version}).status_code == 403
    assert security.post(f"{page}adopt/", {"version": version - 1}).status_code == 409
    assert security.post(f"{page}adopt/", {"version": version}).status_code == 302
    assert post_kinds()["leader"].name == "领导"
    assert "与随附设定不同" not in security.get(page).content.decode()
    assert security.post(f"{page}adopt/", {"version": version + 1}).status_code == 409
    assert security.post("/orgs/kinds/of/none/adopt/", {}).status_code == 404


def test_nobody_adopts_the_kind_that_he_holds() -> None:
    load_city()
    security = officer("security_admin")
    save_post_kind(
        actor=SYSTEM, at=AT, code="security_admin", name="安全员", grants=grants("orgs.grant:everywhere")
    )
    version = PostKind.objects.get(code="security_admin").version
    answer = security.post("/orgs/kinds/of/security_admin/adopt/", {"version": version})
    assert answer.status_code == 403


def test_a_kind_of_the_city_s_own_has_nothing_to_differ_from() -> None:
    load()
    save_post_kind(actor=SYSTEM, at=AT, code="drone_pilot", name="无人机巡查员", grants=[])
    assert shipped_kinds.shipped_difference(PostKind.objects.get(code="drone_pilot")) is None
