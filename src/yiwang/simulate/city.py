"""A city to play in 演示城市: Nanjing's real divisions with invented people, loaded by the services.

Safe to run again: every loader adds only what is missing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..accounts.public import create_account
from ..cases.public import load_defaults, set_fallback_owner
from ..catalog.public import (
    AdmissionRule,
    ResponsibilityTerms,
    add_responsibility,
    catalog_index,
    load_catalog,
    save_admission_rule,
)
from ..clocks.public import load_calendar
from ..intake.public import add_key, publish_channel, shipped_definitions, switch_channel
from ..kernel.actor import system_actor
from ..kernel.errors import Conflict, Invalid
from ..kernel.yaml_files import parse_yaml
from ..notify.public import load_templates
from ..orgs.public import (
    Holding,
    UnitRow,
    area_index,
    assign_post,
    create_street_office,
    load_divisions,
    load_post_kinds,
    load_units,
    nanjing_divisions,
    nanjing_links,
    nanjing_zone_units,
    open_post,
    post_index,
    unit_index,
)
from ..places.public import load_nanjing_boundaries
from ..whistles.public import load_whistle_rules
from .addresses import load_addresses

#: The instant at which the institutions of the demo begin.
FOUNDED = datetime(2024, 1, 2, 1, 0, tzinfo=UTC)
STREET = "东山街道"
_OPEN311 = "open311_city"
#: File beside the passwords that keeps the demo's Open311 key.
OPEN311_KEY = "demo-open311-key"
TEMPLATES = ("five_two", "seven_one", "eight_one")
FOUNDER = system_actor(
    "setup",
    "orgs.edit", "orgs.assign", "orgs.grant", "accounts.manage", "catalog.edit", "clocks.edit",
    "places.import", "intake.channels", "whistles.configure", "cases.configure",
    "notify.configure", "places.maintain", "triage.configure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """One login of the demo."""

    login: str
    name: str
    role: str


@cache
def cast() -> dict[str, Any]:
    """People, departments and responsibility rows of the demo, with the codes filled in."""
    text = files("yiwang.simulate").joinpath("data/people.yaml").read_text(encoding="utf-8")
    street = next(n.code for n in area_index().by_id.values() if n.name == STREET and n.kind == "street")
    return parse_yaml(text.replace("{street}", street))


def load_city(tell: Callable[[str], object], *, passwords: Path) -> None:
    """Load Nanjing: divisions, boundaries, calendar, catalog, units, posts, people.

    Args:
        tell: called with a Chinese line before each step.
        passwords: file that keeps the demo's generated password (0600).
    """
    at = FOUNDED
    tell("载入区划（11 区 101 街镇 1255 社区）")
    load_post_kinds(actor=FOUNDER, at=at)
    load_divisions(
        actor=FOUNDER, at=at, rows=nanjing_divisions(), links=nanjing_links(), source="statistics 2023"
    )
    tell("载入边界（街道、社区、网格为示意）")
    load_nanjing_boundaries(actor=FOUNDER, at=at)
    tell("载入工作日历、事项目录和办理规则")
    load_calendar(actor=FOUNDER, at=at, years=(2024, 2025, 2026))
    load_catalog(actor=FOUNDER, at=at)
    _check_by_examples(at)
    load_defaults(actor=FOUNDER, at=at)
    load_whistle_rules(actor=FOUNDER, at=at)
    load_templates(actor=FOUNDER, at=at)
    tell("设立机构、岗位和演示账号")
    _load_units(at)
    _load_offices(at)
    _load_people(at, demo_password(passwords))
    _load_responsibility(at)
    _load_fallback(at)
    tell("载入地址库（道路、小区均为虚构）")
    load_addresses(actor=FOUNDER, at=at)
    tell("载入渠道目录（公众表单、预警文件和 Open311 启用，其余待配置凭证后启用）")
    _load_channels(at, passwords.with_name(OPEN311_KEY))


def demo_password(path: Path) -> str:
    """The demo's password: generated once, kept in a 0600 file of the instance."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"yiwang-{secrets.token_hex(4)}")
    return path.read_text().strip()


def logins() -> list[Login]:
    """The logins of the demo with the names of their roles, in the order of the loop."""
    from ..orgs.public import post_kinds

    kinds = post_kinds()
    return [Login(p["login"], p["name"], kinds[p["kind"]].name) for p in cast()["people"]]


def _load_units(at: datetime) -> None:
    districts = [n for n in area_index().by_id.values() if n.kind == "district"]
    rows = [UnitRow("CC320100", "南京市城市运行管理中心", "operations_centre", area_code="320100")]
    rows += [
        UnitRow(
            f"CC{d.code}", f"{d.name}城市运行管理中心", "operations_centre", parent_code="CC320100",
            area_code=d.code,
        )
        for d in sorted(districts, key=lambda d: d.code)
    ]  # fmt: skip
    rows += [
        UnitRow(d["code"], d["name"], d["kind"], area_code=d.get("area", "320115"))
        for d in cast()["departments"]
    ]
    load_units(actor=FOUNDER, at=at, rows=[*rows, *nanjing_zone_units()], source="demo")


def _load_channels(at: datetime, key_file: Path) -> None:
    """The shipped definitions; forms and files of alerts are open at once, Open311 with a key to try it."""
    for definition in shipped_definitions():
        channel = publish_channel(actor=FOUNDER, at=at, text=definition.text)
        is_open = definition.door == "form" or definition.code in {"weather_cap", _OPEN311}
        if is_open and not channel.is_enabled:
            switch_channel(actor=FOUNDER, at=at, channel_id=channel.id, on=True)
        if definition.code == _OPEN311 and not key_file.exists():
            _, secret = add_key(actor=FOUNDER, at=at, channel_id=channel.id, kind="api_key")
            key_file.touch(mode=0o600)
            key_file.write_text(secret)


def _load_offices(at: datetime) -> None:
    known = unit_index().by_code
    streets = sorted((n for n in area_index().by_id.values() if n.kind == "street"), key=lambda n: n.code)
    for number, street in enumerate(streets):
        if f"S{street.code}" not in known:
            create_street_office(
                actor=FOUNDER, at=at, area_id=street.id, template=TEMPLATES[number % len(TEMPLATES)]
            )


def _load_people(at: datetime, password: str) -> None:
    areas, units = area_index().by_code, unit_index().by_code
    taken = set(Holding.objects.values_list("account__username", flat=True))
    posts = {(p.kind_code, p.unit_id): p.id for p in post_index().values()}
    for person in cast()["people"]:
        if person["login"] in taken:
            continue
        unit = units[person["unit"]].id
        area = areas[person["area"]].id if person.get("area") else None
        post = posts.get((person["kind"], unit))
        if post is None:
            post = open_post(actor=FOUNDER, at=at, kind_code=person["kind"], unit_id=unit, area_id=area).id
        account = create_account(
            actor=FOUNDER, at=at, username=person["login"], display_name=person["name"],
            password=password, must_change_password=False,
        )  # fmt: skip
        assign_post(actor=FOUNDER, at=at, post_id=post, account_id=account.id)


def _check_by_examples(at: datetime) -> None:
    """The demo works by the packaged examples of admitted lists as if the city had admitted them itself."""
    for rule in AdmissionRule.objects.filter(area=None, mode="auto"):
        save_admission_rule(
            actor=FOUNDER, at=at, level=rule.level, area_id=None, mode="on",
            exemption_hours=rule.exemption_hours, basis="示例：演示城市按内置示例清单校验",
        )  # fmt: skip


def _load_fallback(at: datetime) -> None:
    """Who takes what nobody owns in the district of the demo."""
    set_fallback_owner(
        actor=FOUNDER, at=at, area=area_index().by_code["320115"].id, unit=unit_index().by_code["DURBAN"].id,
        basis="示例：演示用兜底单位（职责不清但能定区的，由区兜底）",
    )  # fmt: skip


def _load_responsibility(at: datetime) -> None:
    catalog, units = catalog_index(), unit_index().by_code
    area = area_index().by_code["320115"].id
    for row in cast()["responsibility"]:
        scheme = catalog.schemes[row["scheme"]]
        node = catalog.class_by_code(row["scheme"], row["class"]) if row.get("class") else None
        terms = ResponsibilityTerms(
            scheme_id=scheme.id,
            class_id=node.id if node else None,
            area_id=area,
            host_id=units[row["host"]].id,
            co_unit_ids=[units[code].id for code in row.get("co", [])],
            basis="示例：演示用权责清单",
        )
        try:
            add_responsibility(actor=FOUNDER, at=at, terms=terms)
        except (Conflict, Invalid) as error:
            if not error.code.endswith("tie"):
                raise
