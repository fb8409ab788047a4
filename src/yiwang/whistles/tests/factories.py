"""Factories 测试城市 for whistles: the small city of `cases` with leaders, a community and outside units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from yiwang.accounts.models import Account
from yiwang.cases.public import Picture
from yiwang.cases.tests.factories import AT, BEGIN, PASSWORD, City, make_city, picture
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, PostKind, Unit
from yiwang.orgs.public import resolve_actor
from yiwang.whistles.models import OutsideUnit, Whistle, WhistleKind, WhistleMatter, WhistleTask
from yiwang.whistles.public import (
    WhistleDraft,
    approve_whistle,
    blow_whistle,
    check_in,
    contact_whistler,
    draft_whistle,
    judge_whistle,
    load_whistle_rules,
    sign_report,
)

ADMIN = system_actor("test", "whistles.configure")
#: Where the KTV of the tests stands.
HERE = (118.8, 32.0)
#: Post kinds: Chinese name, where the acts hold, the acts.
KINDS = {
    "w_member": ("党政班子成员", "unit", "view draft blow organise rate"),
    "w_principal": ("书记、主任", "unit", "view draft blow blow_hard approve organise rate"),
    "w_centre": ("研判员", "area", "view judge assess"),
    "w_department": ("部门", "unit", "view report"),
    "w_leader": ("区领导", "area", "view coordinate assess"),
    "w_secretary": ("社区书记", "unit", "view blow_community approve_community organise rate"),
    "w_worker": ("社区工作者", "unit", "view blow_community"),
    "w_desk": ("企业服务", "unit", "view blow_enterprise admit_enterprise organise rate"),
    "w_team": ("班子成员（报到）", "unit", "view organise rate report"),
    "w_admin": ("哨种管理", "everywhere", "configure"),
}


@dataclass
class Town:
    """The small city with who whistles and who reports; made by `make_town`."""

    city: City
    member: Actor
    principal: Actor
    centre: Actor
    cleaning: Actor
    gardens: Actor
    leader: Actor
    metro: OutsideUnit

    def kind(self, code: str = "work") -> WhistleKind:
        """The row of a kind."""
        return WhistleKind.objects.get(code=code)

    def matter(self, name: str = "噪声扰民") -> UUID:
        """A matter of the list."""
        return WhistleMatter.objects.get(name=name).id

    def draft(self, **given: Any) -> WhistleDraft:
        """A whistle that may be blown."""
        return WhistleDraft(
            **{
                "kind": "work", "title": "喜年中心KTV噪声扰民", "reasons": "深夜噪声，居民多次反映",
                "tried": "街道三次上门劝导无效", "wanted": "联合检查", "matter": self.matter(),
                "lon": HERE[0], "lat": HERE[1], "area": self.city.area("east_1_a"), "address": "喜年中心",
                **given,
            }
        )  # fmt: skip


def make_town() -> Town:
    """Write the small city with the rules of whistles and return it."""
    city = make_city()
    for position, (code, (title, scope, acts)) in enumerate(KINDS.items(), start=100):
        grants = [{"act": f"whistles.{act}", "scope": scope} for act in acts.split()]
        grants += [{"act": "cases.view", "scope": scope}]
        city.kinds[code] = PostKind.objects.create(code=code, name=title, grants=grants, position=position)
    city.units["bureau"] = Unit.objects.create(
        code="D0", name="东区城管局", kind="department", home_area=city.areas["east"], valid_from=BEGIN
    )
    Unit.objects.filter(code="D1").update(parent=city.units["bureau"])
    city.units["committee"] = Unit.objects.create(
        code="K1", name="梅园社区居委会", kind="community_committee", home_area=city.areas["east_1_a"],
        parent=city.units["street"], valid_from=BEGIN,
    )  # fmt: skip
    load_whistle_rules(actor=ADMIN, at=AT)
    metro = OutsideUnit.objects.create(name="地铁公安（示例）", system="铁路公安")
    for name in ("units", "post_kinds", "whistles"):
        bump_now(name)
    return Town(
        city,
        member=holder(city, "w_member", "street"),
        principal=holder(city, "w_principal", "street"),
        centre=holder(city, "w_centre", "east_centre"),
        cleaning=holder(city, "w_department", "cleaning"),
        gardens=holder(city, "w_department", "gardens"),
        leader=holder(city, "w_leader", "east_centre"),
        metro=metro,
    )


def holder(city: City, kind: str, unit: str, *, username: str = "") -> Actor:
    """Who acts in a post of a kind in a unit, with an account of its own."""
    name = username or f"{kind}_{unit}"
    account = Account(username=name, display_name=name, created_at=AT)
    account.set_password(PASSWORD)
    account.save()
    since = datetime(2020, 1, 1, tzinfo=UTC)
    Holding.objects.create(account=account, post=city.post(kind, unit), starts_at=since)
    bump_now("grants")
    city.accounts[name] = account
    return resolve_actor(account.id, AT)


def photo() -> Picture:
    """A photo of the spot."""
    stream = picture()
    return Picture("scene", stream, f"{uuid7()}.jpg")


def drafted(town: Town, *, at: datetime = AT, actor: Actor | None = None, **given: Any) -> Whistle:
    """A draft."""
    return draft_whistle(actor=actor or town.member, at=at, draft=town.draft(**given))


def blown(town: Town, *, at: datetime = AT, **given: Any) -> Whistle:
    """A whistle that waits for its approval."""
    whistle = drafted(town, at=at, **given)
    return blow_whistle(actor=given.get("actor", town.member), at=at, whistle_id=whistle.id)


def sent(town: Town, *, at: datetime = AT, co: tuple[UUID, ...] = (), **given: Any) -> Whistle:
    """A whistle sent to the cleaning company as host, and perhaps to others."""
    whistle = blown(town, at=at, **given)
    approve_whistle(actor=town.principal, at=at, whistle_id=whistle.id)
    return judge_whistle(
        actor=town.centre, at=at, whistle_id=whistle.id, host=town.city.unit("cleaning"), co_units=co
    )


def task_of(whistle: Whistle, party: UUID | None = None) -> WhistleTask:
    """The task of a unit, or the host's."""
    rows = WhistleTask.objects.filter(whistle=whistle).exclude(state="recalled").order_by("sent_at", "id")
    found = [row for row in rows if (row.party == party if party else row.role == "host")]
    return found[-1]


def reported(town: Town, whistle: Whistle, actor: Actor, *, at: datetime = AT) -> WhistleTask:
    """The actor's unit signs, makes contact and stands on the spot, ten minutes each."""
    assert actor.unit_id is not None
    task = task_of(whistle, actor.unit_id)
    given = {"actor": actor, "whistle_id": whistle.id, "task_id": task.id}
    sign_report(at=at + timedelta(minutes=10), **given)  # type: ignore[arg-type]
    contact_whistler(at=at + timedelta(minutes=20), text="已与街道沟通，明日到场", **given)  # type: ignore[arg-type]
    check_in(
        at=at + timedelta(minutes=30), pictures=[photo()], representative="section", lon=HERE[0], lat=HERE[1],
        **given,  # type: ignore[arg-type]
    )  # fmt: skip
    task.refresh_from_db()
    return task
