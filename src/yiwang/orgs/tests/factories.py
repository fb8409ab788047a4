"""Small cities and people for the tests of `orgs`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from yiwang.accounts.public import Account
from yiwang.kernel.actor import Actor, system_actor
from yiwang.orgs.public import (
    AreaRow,
    Holding,
    LinkRow,
    Post,
    Unit,
    UnitKind,
    area_index,
    assign_post,
    create_unit,
    load_divisions,
    load_post_kinds,
    open_post,
    post_kinds,
)

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
DAY = date(2026, 2, 13)
SYSTEM: Actor = system_actor("test", "orgs.edit", "orgs.assign", "orgs.grant", "accounts.manage")

#: A city of two districts with two streets each, two communities a street, a grid in each community.
ROWS = [
    AreaRow("3201", "宁州市", "city"),
    *(AreaRow(f"3201{d}", f"{d}区", "district", "3201") for d in ("01", "02")),
    *(AreaRow(f"3201{d}{s}", f"{d}{s}街道", "street", f"3201{d}") for d in ("01", "02") for s in "12"),
    *(
        AreaRow(f"3201{d}{s}{c}", f"{d}{s}{c}社区", "community", f"3201{d}{s}")
        for d in ("01", "02")
        for s in "12"
        for c in "ab"
    ),
    *(
        AreaRow(f"3201{d}{s}{c}G", f"{d}{s}{c}网格", "grid", f"3201{d}{s}{c}")
        for d in ("01", "02")
        for s in "12"
        for c in "ab"
    ),
    AreaRow("NEW", "江新区", "functional_zone", tree="operational"),
    AreaRow("NEW1", "江新区一片", "shared_zone", "NEW", tree="operational"),
]
LINKS = [LinkRow("NEW", "3201011"), LinkRow("NEW1", "3201022")]


def load_city(valid_from: date = date(2023, 6, 30)) -> None:
    """Load the small city, its zone and the post kinds of the package."""
    load_divisions(actor=SYSTEM, at=AT, rows=ROWS, links=LINKS, source="tests", valid_from=valid_from)
    load_post_kinds(actor=SYSTEM, at=AT)


def area(code: str) -> UUID:
    """Key of an area of the small city."""
    return area_index(DAY).by_code[code].id


def communities(*codes: str) -> frozenset[UUID]:
    """Keys of the communities of the small city whose code begins with any of `codes`."""
    index = area_index(DAY)
    return frozenset(
        node.id
        for node in index.by_id.values()
        if node.kind == "community" and node.tree == "legal" and node.code.startswith(codes)
    )


def make_account(username: str) -> Account:
    """An account with a known password, made without the service's validators."""
    account = Account(username=username, display_name=f"{username}氏")
    account.set_password("korrekt-Pferd-7")
    account.save(force_insert=True)
    return account


def make_unit(code: str, *, area_code: str | None = None, parent: Unit | None = None) -> Unit:
    """A unit at home in an area of the small city."""
    return create_unit(
        actor=SYSTEM,
        at=AT,
        code=code,
        name=f"{code}单位",
        kind=UnitKind.DEPARTMENT,
        parent_id=parent.id if parent else None,
        home_area_id=area(area_code) if area_code else None,
    )


def make_post(kind: str, unit: Unit, *, area_code: str | None = None) -> Post:
    """A post of a kind in a unit."""
    return open_post(
        actor=SYSTEM,
        at=AT,
        kind_code=kind,
        unit_id=unit.id,
        area_id=area(area_code) if area_code else None,
    )


def give(account: Account, post: Post, *, starts_at: datetime = AT, days: int | None = None) -> Holding:
    """Let an account hold a post."""
    return assign_post(
        actor=SYSTEM,
        at=AT,
        post_id=post.id,
        account_id=account.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=days) if days else None,
    )


def kind_grants(code: str) -> set[str]:
    """Acts that a packaged post kind permits."""
    return {act for act, _ in post_kinds()[code].grants}
