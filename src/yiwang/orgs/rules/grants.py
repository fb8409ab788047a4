"""Rules of grants 授权规则: from the posts somebody holds to named acts with their scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...kernel.actor import EVERYWHERE, NOWHERE, Scope

_ACT = re.compile(r"^[a-z][a-z_]*\.[a-z][a-z_]*$")
_SCOPES = ("everywhere", "area", "unit")


@dataclass(frozen=True, slots=True)
class GrantingPost:
    """A post in force: its grants, area and unit."""

    grants: tuple[tuple[str, str], ...]
    area_id: UUID | None
    unit_id: UUID


def read_grants(raw: object) -> tuple[tuple[str, str], ...]:
    """Pairs of act and scope from the stored list of `{"act", "scope"}`.

    Raises:
        ValueError: when the list is malformed; the message is Chinese and names the entry.
    """
    if not isinstance(raw, list):
        raise ValueError("授权须为列表。")
    return tuple(_read_grant(entry) for entry in raw)


def _read_grant(entry: Any) -> tuple[str, str]:
    if not isinstance(entry, Mapping) or set(entry) != {"act", "scope"}:
        raise ValueError(f"授权须写明 act 与 scope：{entry!r}")
    act, scope = entry["act"], entry["scope"]
    if not isinstance(act, str) or not _ACT.match(act):
        raise ValueError(f"权限名须为“应用.动作”：{act!r}")
    if scope not in _SCOPES:
        raise ValueError(f"授权范围须为 everywhere、area 或 unit：{scope!r}")
    return act, scope


def expand_grants(
    posts: Iterable[GrantingPost],
    *,
    communities_under: Callable[[UUID], frozenset[UUID]],
    units_under: Callable[[UUID], frozenset[UUID]],
) -> dict[str, Scope]:
    """Union of what the posts permit; acts whose scope is empty are left out.

    Args:
        communities_under: legal communities that an area covers now.
        units_under: a unit and everything below it now.
    """
    granted: dict[str, Scope] = {}
    for post in posts:
        by_kind = {
            "everywhere": EVERYWHERE,
            "area": Scope(communities=communities_under(post.area_id)) if post.area_id else NOWHERE,
            "unit": Scope(units=units_under(post.unit_id)),
        }
        for act, kind in post.grants:
            scope = by_kind[kind]
            if not scope.is_empty:
                granted[act] = granted[act].union(scope) if act in granted else scope
    return granted
