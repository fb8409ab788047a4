"""Reads of `orgs`: the versioned indexes of areas, units and posts, and lists for the pages."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from ..ledger.public import JournalEntry, VersionedCache
from .enums import AreaKind, AreaTree
from .models import Area, AreaLink, AreaTie, DutyRoster, Holding, Post, PostKind, Unit
from .rules.areas import AreaIndex, AreaNode, LinkNode
from .rules.grants import read_grants
from .rules.officers import branches_of
from .rules.units import UnitIndex, UnitNode

_DAYS_KEPT = 4


@dataclass(slots=True)
class _AreaHistory:
    nodes: dict[UUID, AreaNode]
    links: list[LinkNode]
    by_day: dict[date, AreaIndex] = field(default_factory=dict)


@dataclass(slots=True)
class _UnitHistory:
    nodes: list[UnitNode]
    by_day: dict[date, UnitIndex] = field(default_factory=dict)


def _read_areas() -> _AreaHistory:
    rows = Area.objects.values_list(
        "id", "code", "name", "kind", "parent_id", "tree", "style", "path", "valid_from", "valid_to"
    )
    links = AreaLink.objects.values_list("operational_id", "legal_id", "valid_from", "valid_to")
    return _AreaHistory({row[0]: AreaNode(*row) for row in rows}, [LinkNode(*row) for row in links])


def _read_units() -> _UnitHistory:
    rows = Unit.objects.values_list(
        "id", "code", "name", "kind", "parent_id", "home_area_id", "is_example", "valid_from", "valid_to"
    )
    return _UnitHistory([UnitNode(*row) for row in rows])


_areas: VersionedCache[_AreaHistory] = VersionedCache("areas", _read_areas)
_units: VersionedCache[_UnitHistory] = VersionedCache("units", _read_units)


def area_index(on: date | None = None) -> AreaIndex:
    """Index of all areas 区域索引 as they stand on a day (Shanghai date; by default today)."""
    kept = _areas.get()
    day = on or timezone.localdate()
    index = kept.by_day.get(day)
    if index is None:
        if len(kept.by_day) >= _DAYS_KEPT:
            kept.by_day.clear()
        index = kept.by_day[day] = AreaIndex(kept.nodes, kept.links, day)
    return index


def unit_index(on: date | None = None) -> UnitIndex:
    """Index of all units 机构索引 as they stand on a day (Shanghai date; by default today)."""
    kept = _units.get()
    day = on or timezone.localdate()
    index = kept.by_day.get(day)
    if index is None:
        if len(kept.by_day) >= _DAYS_KEPT:
            kept.by_day.clear()
        index = kept.by_day[day] = UnitIndex(kept.nodes, day)
    return index


def legal_areas_named(text: str) -> list[AreaNode]:
    """Legal areas in force today that a code or a whole name names; several when a name is common."""
    index = area_index()
    node = index.by_code.get(text)
    if node is not None:
        return [node] if node.tree == AreaTree.LEGAL else []
    return sorted(
        (one for one in index.by_code.values() if one.name == text and one.tree == AreaTree.LEGAL),
        key=lambda one: one.code,
    )


def unlinked_zones() -> list[AreaNode]:
    """Functional zones 未挂接的功能区 that reach no community today, by code: their posts see nothing."""
    index = area_index()
    return sorted(
        (
            node
            for node in index.by_code.values()
            if node.kind == AreaKind.FUNCTIONAL_ZONE and not index.communities_under(node.id)
        ),
        key=lambda node: node.code,
    )


def links_of(area_id: UUID) -> list[AreaLink]:
    """Every link 区域对应关系 of an area of either tree, those past and to come included, newest first."""
    return list(
        AreaLink.objects.filter(Q(operational_id=area_id) | Q(legal_id=area_id))
        .select_related("operational", "legal")
        .order_by("-valid_from", "legal__code", "id")
    )


def ties_open(area_id: UUID, on: date) -> list[AreaTie]:
    """Ties 挂联 of an area in force or to come, earliest first."""
    return list(
        AreaTie.objects.filter(area_id=area_id)
        .exclude(valid_to__lte=on)
        .select_related("account")
        .order_by("kind", "valid_from", "id")
    )


@dataclass(frozen=True, slots=True)
class PostNode:
    """One post 岗位 as plain values; `label` reads `江宁区城运中心 派遣员`.

    `code` reads `unit/kind`, and `unit/kind/area` for a post with an area of its own; posts alike share it.
    """

    id: UUID
    kind_id: UUID
    kind_code: str
    unit_id: UUID
    area_id: UUID | None
    label: str
    closed_at: datetime | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class PostKindNode:
    """One post kind 岗位类别 with its grants as pairs of act and scope."""

    id: UUID
    code: str
    name: str
    grants: tuple[tuple[str, str], ...]
    exclusive_with: frozenset[str]
    position: int

    @property
    def branches(self) -> frozenset[str]:
        """The officers' branches 三员 its acts belong to; one at most."""
        return branches_of(act for act, _ in self.grants)


def _read_posts() -> dict[UUID, PostNode]:
    rows = Post.objects.values_list(
        "id", "kind_id", "kind__code", "unit_id", "area_id", "unit__name", "name", "kind__name", "closed_at",
        "unit__home_area_id", "unit__code", "area__code",
    )  # fmt: skip
    return {
        row[0]: PostNode(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4] or row[9],
            f"{row[5]} {row[6] or row[7]}",
            row[8],
            "/".join(filter(None, (row[10], row[2], row[11]))),
        )
        for row in rows
    }


def _read_post_kinds() -> dict[str, PostKindNode]:
    rows = PostKind.objects.order_by("position", "code")
    return {
        row.code: PostKindNode(
            row.id, row.code, row.name, read_grants(row.grants), frozenset(row.exclusive_with), row.position
        )
        for row in rows
    }


_posts: VersionedCache[dict[UUID, PostNode]] = VersionedCache("posts", _read_posts)
_post_kinds: VersionedCache[dict[str, PostKindNode]] = VersionedCache("post_kinds", _read_post_kinds)


def post_index() -> dict[UUID, PostNode]:
    """Every post 岗位 by key, closed ones included."""
    return _posts.get()


def post_kinds() -> dict[str, PostKindNode]:
    """Every post kind 岗位类别 by code, in display order."""
    return _post_kinds.get()


def post_label(post_id: UUID | None) -> str:
    """Unit and post, such as `江宁区城运中心 派遣员`; empty for None and for an unknown key."""
    node = _posts.get().get(post_id) if post_id is not None else None
    return node.label if node is not None else ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One person on duty 值班: who, for which unit, as what, until when."""

    account_id: UUID
    unit_id: UUID
    post_kind: str
    starts_at: datetime
    ends_at: datetime


def on_duty(unit_or_area_id: UUID, at: datetime) -> list[Duty]:
    """Who is on duty 值班 at an instant for a unit, or for the units whose home is an area.

    When nobody is rostered there, the nearest unit or area above that has somebody answers.
    """
    day = timezone.localdate(at)
    units = unit_index(day)
    if unit_or_area_id in units.by_id:
        levels = [[node.id] for node in units.ancestors(unit_or_area_id)]
    else:
        levels = [
            [unit.id for unit in units.in_area(area.id)]
            for area in area_index(day).ancestors(unit_or_area_id)
        ]
    rows = DutyRoster.objects.filter(
        unit_id__in=[unit for level in levels for unit in level], starts_at__lte=at, ends_at__gt=at
    ).order_by("starts_at", "id")
    found = [
        Duty(*row)
        for row in rows.values_list("account_id", "unit_id", "post_kind__code", "starts_at", "ends_at")
    ]
    for level in levels:
        here = [duty for duty in found if duty.unit_id in level]
        if here:
            return here
    return []


def ties_of(area_id: UUID, on: date) -> list[AreaTie]:
    """Leaders tied to an area 挂包挂钩 on a day."""
    return list(
        AreaTie.objects.filter(area_id=area_id, valid_from__lte=on)
        .filter(Q(valid_to=None) | Q(valid_to__gt=on))
        .select_related("account")
        .order_by("kind", "valid_from", "id")
    )


def posts_named(text: str) -> list[PostNode]:
    """Open posts that a code or key names: none, one, or several that are alike."""
    try:
        node = _posts.get().get(UUID(text))
    except ValueError:
        return _posts_by_code.get().get(text, [])
    return [node] if node is not None else []


@dataclass(frozen=True, slots=True)
class GrantChange:
    """One version of what a post kind permits 授权变更, as the journal has it, beside the one before.

    `by` is the post it was done in, empty for the system.
    """

    at: datetime
    kind_id: UUID
    by: str
    added: frozenset[tuple[str, str]]
    removed: frozenset[tuple[str, str]]
    is_first: bool


def grant_changes(kind_id: UUID | None = None, *, limit: int = 200) -> list[GrantChange]:
    """Changes of grants, newest first: of one kind, or of all of them."""
    streams = [kind_id] if kind_id else [kind.id for kind in post_kinds().values()]
    entries = JournalEntry.objects.filter(stream__in=streams, kind="orgs.post_kind_saved")
    before: dict[UUID, frozenset[tuple[str, str]]] = {}
    found = []
    for entry in entries.order_by("stream", "seq"):
        now = frozenset(read_grants(json.loads(entry.body)["grants"]))
        last = before.get(entry.stream)
        known = last or frozenset()
        found.append(
            GrantChange(
                entry.at, entry.stream, post_label(entry.post), now - known, known - now, last is None
            )
        )
        before[entry.stream] = now
    found.reverse()
    return sorted(found, key=lambda change: change.at, reverse=True)[:limit]


def holders_by_kind(at: datetime) -> dict[UUID, int]:
    """How many people hold a post of each kind at an instant."""
    rows = (
        Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)
        .values_list("post__kind_id")
        .annotate(people=Count("account_id", distinct=True))
    )
    return dict(rows)


def _read_posts_by_code() -> dict[str, list[PostNode]]:
    found: dict[str, list[PostNode]] = defaultdict(list)
    for node in _posts.get().values():
        if node.closed_at is None:
            found[node.code].append(node)
    return dict(found)


_posts_by_code: VersionedCache[dict[str, list[PostNode]]] = VersionedCache("posts", _read_posts_by_code)


def holdings_of_post(post_id: UUID, at: datetime) -> list[Holding]:
    """Holdings of a post that are in force or still to come, earliest first."""
    return list(
        Holding.objects.filter(post_id=post_id)
        .filter(Q(ends_at=None) | Q(ends_at__gt=at))
        .select_related("account")
        .order_by("starts_at", "id")
    )


def holdings_of_account(account_id: UUID, at: datetime) -> list[Holding]:
    """Holdings of an account that are in force at an instant, earliest first."""
    return list(
        Holding.objects.filter(account_id=account_id, starts_at__lte=at)
        .exclude(ends_at__lte=at)
        .select_related("post")
        .order_by("starts_at", "id")
    )


def posts_of_unit(unit_id: UUID) -> list[PostNode]:
    """Open posts of a unit, by label."""
    found = [post for post in _posts.get().values() if post.unit_id == unit_id and post.closed_at is None]
    return sorted(found, key=lambda post: post.label)


def duty_of_unit(unit_id: UUID, since: datetime, until: datetime) -> list[DutyRoster]:
    """Shifts of a unit that touch a period [since, until), earliest first."""
    return list(
        DutyRoster.objects.filter(unit_id=unit_id, starts_at__lt=until, ends_at__gt=since)
        .select_related("account", "post_kind")
        .order_by("starts_at", "id")
    )
