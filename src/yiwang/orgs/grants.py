"""Resolving an actor 行为人解析: from an account and an instant to the grants in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from ..accounts.public import TokenIdentity
from ..kernel.actor import Actor
from ..ledger.public import VersionedCache
from .enums import HoldingKind
from .models import Holding
from .queries import area_index, unit_index
from .rules.grants import GrantingPost, expand_grants, read_grants


@dataclass(frozen=True, slots=True)
class _HeldRow:
    starts_at: datetime
    ends_at: datetime | None
    kind: str
    post_id: UUID
    unit_id: UUID
    area_id: UUID | None
    home_area_id: UUID | None
    closed_at: datetime | None
    grants: list[dict[str, str]]
    account_id: UUID

    @property
    def end(self) -> datetime | None:
        """When it stops granting: its own end or the closing of the post."""
        known = [instant for instant in (self.ends_at, self.closed_at) if instant is not None]
        return min(known) if known else None

    def holds_at(self, at: datetime) -> bool:
        """Whether it grants at an instant."""
        return self.starts_at <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class _Resolved:
    since: datetime
    until: datetime
    actor: Actor
    posts: dict[UUID, UUID]

    def covers(self, at: datetime) -> bool:
        return self.since <= at < self.until


_grants: VersionedCache[dict[UUID, _Resolved]] = VersionedCache("grants", dict)


def resolve_actor(account_id: UUID, at: datetime, *, post_id: UUID | None = None) -> Actor:
    """The actor 行为人 that an account is at an instant: union of the grants of the posts it holds then.

    Area scopes expand to legal communities, unit scopes to the unit and those below, as of that day.
    An inactive account, and one without posts, gets an actor without grants. The answer is kept until a
    holding starts or ends, the day changes, or somebody bumps `grants`.

    Args:
        post_id: the held post to act in; ignored when it is not held. By default the earliest regular one.
    """
    kept = _grants.get()
    found = kept.get(account_id)
    if found is None or not found.covers(at):
        found = kept[account_id] = _resolve(account_id, at)
    if post_id is not None and post_id != found.actor.post_id and post_id in found.posts:
        return replace(found.actor, post_id=post_id, unit_id=found.posts[post_id])
    return found.actor


def held_posts(account_id: UUID, at: datetime) -> list[UUID]:
    """Keys of the posts that an account holds at an instant, the default one first."""
    resolve_actor(account_id, at)
    return list(_grants.get()[account_id].posts)


def actor_for_token(identity: TokenIdentity, at: datetime) -> Actor:
    """The actor behind an API token: the account's grants narrowed to the token's acts, kind `token`."""
    person = resolve_actor(identity.account_id, at)
    grants = {act: scope for act, scope in person.grants.items() if identity.allows(act)}
    return replace(person, kind="token", grants=grants)


def _resolve(account_id: UUID, at: datetime) -> _Resolved:
    day = timezone.localdate(at)
    zone = timezone.get_default_timezone()
    day_start = datetime.combine(day, time.min, tzinfo=zone)
    day_end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    rows = _held_rows(account_id, day_start, day_end)
    current = [row for row in rows if row.holds_at(at)]
    turns = [turn for row in rows for turn in (row.starts_at, row.end) if turn is not None]
    areas, units = area_index(day), unit_index(day)
    granted = expand_grants(
        (
            GrantingPost(read_grants(row.grants), row.area_id or row.home_area_id, row.unit_id)
            for row in current
        ),
        communities_under=areas.communities_under,
        units_under=units.with_descendants,
    )
    first = current[0] if current else None
    return _Resolved(
        since=max([day_start, *(turn for turn in turns if turn <= at)]),
        until=min([day_end, *(turn for turn in turns if turn > at)]),
        actor=Actor(
            account_id=account_id,
            post_id=first.post_id if first else None,
            unit_id=first.unit_id if first else None,
            grants=granted,
        ),
        posts={row.post_id: row.unit_id for row in current},
    )


def _held_rows(account_id: UUID, day_start: datetime, day_end: datetime) -> Sequence[_HeldRow]:
    """Holdings that touch the day, regular ones first, then by start."""
    rows = (
        Holding.objects.filter(account_id=account_id, account__is_active=True, starts_at__lt=day_end)
        .filter(Q(ends_at=None) | Q(ends_at__gt=day_start))
        .order_by("starts_at", "id")
        .values_list(
            "starts_at", "ends_at", "kind", "post_id", "post__unit_id", "post__area_id",
            "post__unit__home_area_id", "post__closed_at", "post__kind__grants", "account_id",
        )
    )  # fmt: skip
    held = [_HeldRow(*row) for row in rows]
    return sorted(held, key=lambda row: row.kind != HoldingKind.REGULAR)
