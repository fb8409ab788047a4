"""Factories 测试城市: a small city with two districts, streets, communities, units, posts and classes.

`make_city()` writes the rows; `City.actor("dispatcher")` is who acts in memory, `City.login("dispatcher")`
makes an account that holds such a post. Everything lies near 118.8°E 32.0°N and no boundary is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from yiwang.accounts.models import Account
from yiwang.cases.models import Case, Report
from yiwang.catalog.models import MatterClass, RegisteringCondition, Scheme
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Area, Holding, Post, PostKind, Unit

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # Monday 09:30 in Shanghai
BEGIN = date(2020, 1, 1)
PASSWORD = "correct-horse-47"
CACHES = ("areas", "units", "posts", "post_kinds", "grants", "catalog", "calendar", "policy")

#: Post kind: its Chinese name, where its acts hold, the acts (a suffix of `cases.`).
KINDS: dict[str, tuple[str, str, str]] = {
    "seat_operator": (
        "受理员", "area",
        "view receive accept answer reject void merge reveal_contact withdraw export",
    ),
    "dispatcher": (
        "派遣员", "area",
        "view accept dispatch review rework merge reopen void reveal_contact export register correct "
        "dispatch_first apply",
    ),
    "duty_chief": (
        "值班长", "area",
        "view urge supervise list receive register close rework void archive reopen view_sensitive export "
        "dispatch review recheck correct approve_correction request_erasure pass_up raise_level "
        "dispatch_first confirm_site control_risk apply confirm_application",
    ),
    "supervisor": ("督办员", "area", "view rework urge supervise list arbitrate raise_level"),
    "collection_inspector": ("采集监督员", "area", "view verify recheck"),
    "grid_worker": (
        "网格员", "area",
        "view receive verify recheck handle_on_the_spot confirm_site control_risk pass_up",
    ),
    "grid_group": ("网格组", "area", "view pass_up"),
    "grid_chief": ("网格长", "area", "view pass_up"),
    "handler": ("处置人员", "unit", "view handle ask_return apply"),
    "unit_leader": ("承办单位负责人", "unit", "view handle apply endorse_application"),
    "callback_clerk": ("回访员", "area", "view rate reveal_contact reopen"),
    "leader": ("领导", "area", "view urge supervise list"),
    "system_admin": ("系统管理员", "everywhere", "configure edit_phrases"),
    "security_admin": ("安全管理员", "everywhere", "erase"),
}  # fmt: skip


@dataclass
class City:
    """A small city; areas and units by short name.

    Attributes:
        areas: `city`, `east`, `west` (districts), `east_1`, `east_2`, `west_1` (streets), and two
            communities a street, such as `east_1_a`, `east_1_b`.
        units: `centre` (city), `east_centre`, `street` (of `east_1`), `other_street` (of `east_2`),
            `cleaning`, `gardens` (departments).
        classes: `part` (demands registering and review), `event` (no registering), `request`.
        condition: registering condition of `part`, 4 work hours.
    """

    areas: dict[str, Area] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    posts: dict[tuple[str, str], Post] = field(default_factory=dict)
    kinds: dict[str, PostKind] = field(default_factory=dict)
    classes: dict[str, MatterClass] = field(default_factory=dict)
    condition: RegisteringCondition = field(default_factory=RegisteringCondition)
    accounts: dict[str, Account] = field(default_factory=dict)

    def area(self, name: str) -> UUID:
        """Key of an area."""
        return self.areas[name].id

    def unit(self, name: str) -> UUID:
        """Key of a unit."""
        return self.units[name].id

    def post(self, kind: str, unit: str, area: str | None = None) -> Post:
        """The post of a kind in a unit, made when it is missing."""
        known = self.posts.get((kind, unit))
        if known is None:
            known = self.posts[kind, unit] = Post.objects.create(
                kind=self.kinds[kind], unit=self.units[unit], area=self.areas[area] if area else None
            )
            bump_now("posts")
        return known

    def login(
        self, kind: str, *, unit: str = "centre", area: str | None = None, username: str = ""
    ) -> Account:
        """An account with `PASSWORD` that holds a post of this kind."""
        name = username or kind
        account = Account(username=name, display_name=f"{KINDS[kind][0]}{name}", created_at=AT)
        account.set_password(PASSWORD)
        account.save()
        since = datetime(2020, 1, 1, tzinfo=UTC)
        Holding.objects.create(account=account, post=self.post(kind, unit, area), starts_at=since)
        bump_now("grants")
        self.accounts[name] = account
        return account

    def actor(self, kind: str, *, unit: str = "centre", area: str | None = None, username: str = "") -> Actor:
        """Who acts in such a post; the same account for the same user name."""
        from yiwang.orgs.public import resolve_actor

        name = username or kind
        account = self.accounts.get(name) or self.login(kind, unit=unit, area=area, username=name)
        return resolve_actor(account.id, AT)


_SYSTEM_ACTS = (
    "view receive accept verify register dispatch handle review recheck close answer handle_on_the_spot "
    "merge rate withdraw reopen void reject rework archive export reveal_contact correct request_erasure "
    "confirm_site control_risk dispatch_first"
)
SYSTEM = system_actor(
    "test", "clocks.edit", "catalog.edit", "orgs.edit", *(f"cases.{act}" for act in _SYSTEM_ACTS.split())
)


def make_city() -> City:
    """Write the small city and return it."""
    from yiwang.cases.public import load_defaults
    from yiwang.clocks.public import load_calendar

    city = City()
    _make_areas(city)
    _make_units(city)
    _make_kinds(city)
    _make_classes(city)
    for name in CACHES:
        bump_now(name)
    load_calendar(actor=SYSTEM, at=AT, years=(2026,))
    load_defaults(actor=SYSTEM, at=AT)
    return city


def _make_areas(city: City) -> None:
    rows = [
        ("city", None, "320100", "宁城市", "city"),
        ("east", "city", "320111", "东区", "district"),
        ("west", "city", "320112", "西区", "district"),
        ("east_1", "east", "320111001", "东一街道", "street"),
        ("east_2", "east", "320111002", "东二街道", "street"),
        ("west_1", "west", "320112001", "西一街道", "street"),
        ("east_1_a", "east_1", "320111001001", "梅园社区", "community"),
        ("east_1_b", "east_1", "320111001002", "桂园社区", "community"),
        ("east_2_a", "east_2", "320111002001", "松园社区", "community"),
        ("east_2_b", "east_2", "320111002002", "竹园社区", "community"),
        ("west_1_a", "west_1", "320112001001", "荷园社区", "community"),
        ("west_1_b", "west_1", "320112001002", "兰园社区", "community"),
    ]
    for name, parent, code, title, kind in rows:
        above = city.areas[parent] if parent else None
        path = f"{above.path if above else ''}{code}/"
        city.areas[name] = Area.objects.create(
            code=code, name=title, kind=kind, parent=above, path=path, valid_from=BEGIN
        )


def _make_units(city: City) -> None:
    rows = [
        ("centre", "C1", "宁城市城运中心", "operations_centre", "city"),
        ("east_centre", "C2", "东区城运中心", "operations_centre", "east"),
        ("street", "S1", "东一街道办事处", "street_office", "east_1"),
        ("other_street", "S2", "东二街道办事处", "street_office", "east_2"),
        ("cleaning", "D1", "东区环卫所", "department", "east"),
        ("gardens", "D2", "东区园林所", "department", "east"),
    ]
    for name, code, title, kind, home in rows:
        city.units[name] = Unit.objects.create(
            code=code, name=title, kind=kind, home_area=city.areas[home], valid_from=BEGIN
        )


def _make_kinds(city: City) -> None:
    for position, (code, (title, scope, acts)) in enumerate(KINDS.items()):
        grants = [{"act": f"cases.{act}", "scope": scope} for act in acts.split()]
        city.kinds[code] = PostKind.objects.create(code=code, name=title, grants=grants, position=position)


def _make_classes(city: City) -> None:
    managed = Scheme.objects.create(code="city_management", name="部件事件")
    hotline = Scheme.objects.create(code="hotline_12345", name="12345诉求分类")
    rows: list[tuple[str, Scheme, str, str, str, dict[str, Any]]] = [
        (
            "part",
            managed,
            "P0101",
            "上水井盖",
            "part",
            {"demands_registering": True, "review_required": True},
        ),
        ("event", managed, "E0201", "暴露垃圾", "event", {}),
        ("request", hotline, "R01", "物业管理", "request", {}),
    ]
    for name, scheme, code, title, kind, more in rows:
        city.classes[name] = MatterClass.objects.create(
            scheme=scheme, code=code, name=title, kind=kind, level="small",
            default_amount=5, default_unit="work_day", **more,
        )  # fmt: skip
    city.condition = RegisteringCondition.objects.create(
        matter_class=city.classes["part"], ordinal=1, text="井盖缺失、破损", closing_text="恢复原状",
        amount=4, unit="work_hour",
    )  # fmt: skip


def receive(city: City, **given: Any) -> tuple[Report, Case]:
    """Register a report in `east_1_a` (say `area="west_1_a"` for elsewhere) and open its case."""
    from yiwang.cases.public import ReportDraft, receive_report

    at, actor = given.pop("at", AT), given.pop("actor", SYSTEM)
    area = given.pop("area", "east_1_a")
    draft = ReportDraft(
        **{
            "channel": "12345",
            "text": "梅园社区三号楼门口垃圾成堆，请尽快清理。",
            "address": "梅园社区三号楼",
            "community": city.area(area) if area else None,
            "contact": {"name": "王小明", "phone": "13900001234"},
            **given,
        }
    )
    return receive_report(actor=actor, at=at, draft=draft)


def dispatched(city: City, *, unit: str = "cleaning", matter: str = "request", **given: Any) -> Case:
    """A case of a class that waits at a unit; `request` demands no pictures, `event` demands two."""
    from yiwang.cases.public import accept_case, dispatch_case

    _, case = receive(city, matter_class=city.classes[matter].id, **given)
    at = given.get("at", AT)
    accept_case(actor=SYSTEM, at=at, case_id=case.id)
    return dispatch_case(actor=SYSTEM, at=at + timedelta(minutes=5), case_id=case.id, host=city.unit(unit))


def picture(colour: str = "red") -> BytesIO:
    """A small JPEG as an uploaded file would be."""
    from PIL import Image

    stream = BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, "JPEG")
    stream.seek(0)
    stream.name = f"{colour}-{uuid7()}.jpg"
    return stream
