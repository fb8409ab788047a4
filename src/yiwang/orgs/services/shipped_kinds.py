"""Shipped post kinds 随附岗位类别: loading them, bringing them up to date, and how a city's kind differs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import JournalEntry
from ..errors import ExclusivePosts
from ..models import PostKind
from ..rules.grants import read_grants
from .posts import demand_holders_apart, save_post_kind

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KindSetting:
    """What a post kind says 岗位设定: its name, what it permits and which kinds it excludes."""

    name: str
    grants: frozenset[Pair]
    exclusive_with: frozenset[str]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> KindSetting:
        """From the stored form `{"name", "grants", "exclusive_with"}`."""
        return cls(raw["name"], frozenset(read_grants(raw["grants"])), frozenset(raw["exclusive_with"]))


@dataclass(frozen=True, slots=True)
class ShippedDifference:
    """How a kind differs from what the package says now 与随附设定的差别.

    `lacking` are grants that the package has and the kind has not, `extra` the other way round; the rest is
    empty when it is the same.
    """

    lacking: frozenset[Pair]
    extra: frozenset[Pair]
    name: str
    exclusive_with: frozenset[str] | None


@cache
def _package() -> tuple[dict[str, Any], ...]:
    return tuple(shipped_yaml("yiwang.orgs", "data/post_kinds.yaml"))


def standard_post_kinds() -> list[dict[str, Any]]:
    """Post kinds of the package, as keyword arguments of `save_post_kind`."""
    return [
        {
            "code": raw["code"],
            "name": raw["name"],
            "grants": [{"act": a, "scope": s} for s, acts in raw["grants"].items() for a in acts],
            "exclusive_with": raw.get("exclusive_with", []),
            "position": position,
        }
        for position, raw in enumerate(_package(), start=1)
    ]


def load_post_kinds(*, actor: Actor, at: datetime) -> int:
    """Bring the post kinds up to the package 载入岗位类别; returns how many were added or changed.

    Kinds that are missing are added. One that nobody has edited since it was loaded gets what the package
    says now, unless somebody would then hold two officers' acts or two exclusive posts (三员分立). A kind
    that the city has edited keeps what it says; its page shows the difference.

    Raises:
        Refused: without `orgs.grant` everywhere. SelfGrant: the actor holds a post of a kind that changes.
    """
    known = {kind.code: kind for kind in PostKind.objects.all()}
    changed = 0
    for wanted in standard_post_kinds():
        kind = known.get(wanted["code"])
        if kind is not None:
            if not _follows(kind, KindSetting.read(wanted), at):
                continue
            wanted |= {"position": kind.position, "expected": kind.version}
        save_post_kind(actor=actor, at=at, as_shipped=True, **wanted)
        changed += 1
    return changed


def shipped_difference(kind: PostKind) -> ShippedDifference | None:
    """How a kind differs from the package; None when it does not, or when the package has no such kind."""
    wanted = next((KindSetting.read(raw) for raw in standard_post_kinds() if raw["code"] == kind.code), None)
    now = _setting(kind)
    if wanted is None or wanted == now:
        return None
    return ShippedDifference(
        wanted.grants - now.grants,
        now.grants - wanted.grants,
        wanted.name if wanted.name != now.name else "",
        wanted.exclusive_with if wanted.exclusive_with != now.exclusive_with else None,
    )


def adopt_shipped_kind(*, actor: Actor, at: datetime, code: str, expected: int | None = None) -> PostKind:
    """Give a kind what the package says of it 采用随附设定; from then on it follows the package again.

    Raises:
        NotFound: the package has no such kind. Conflict: there is no difference.
        As `save_post_kind` otherwise.
    """
    wanted = next((raw for raw in standard_post_kinds() if raw["code"] == code), None)
    kind = PostKind.objects.filter(code=code).first()
    if wanted is None or kind is None:
        raise NotFound("随附设定中没有这个岗位类别。")
    if shipped_difference(kind) is None:
        raise Conflict("该岗位类别与随附设定相同。", code="orgs.kind_as_shipped")
    return save_post_kind(
        actor=actor, at=at, as_shipped=True, expected=expected, **(wanted | {"position": kind.position})
    )


def _setting(kind: PostKind) -> KindSetting:
    return KindSetting(kind.name, frozenset(read_grants(kind.grants)), frozenset(kind.exclusive_with))


def _follows(kind: PostKind, wanted: KindSetting, at: datetime) -> bool:
    """Whether a standing kind is to get what the package says now."""
    shipped = None if kind.shipped is None else KindSetting.read(kind.shipped)
    now = _setting(kind)
    if shipped == wanted or not (now in (shipped, wanted) or (shipped is None and _loaded_only(kind))):
        return False
    try:
        demand_holders_apart(kind.code, wanted.grants, wanted.exclusive_with, at)
    except ExclusivePosts:
        return False
    return True


def _loaded_only(kind: PostKind) -> bool:
    """Whether a kind from before `shipped` was recorded was saved once only, by the system."""
    entries = JournalEntry.objects.filter(stream=kind.id, kind="orgs.post_kind_saved")
    return list(entries.values_list("actor", flat=True)[:2]) == [None]
