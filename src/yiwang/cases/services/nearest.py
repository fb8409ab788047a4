"""Nearest on duty 就近在岗人员: who may do an act near a case, is on the roster, and stands nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, hypot, radians
from uuid import UUID

from ...orgs.public import DutyRoster, Holding, area_index, post_index, post_kinds
from ...places.public import extent_of
from ..models import Case

VERIFY = "cases.verify"
_METRES = 111_320.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on duty who may look at a case 候选网格员.

    Attributes:
        nearness: 0 for the grid's own, 1 for another grid of the community, 2 for a wider area.
        metres: from the case to the middle of the area.
    """

    nearness: int
    metres: float
    account_id: UUID


def nearest_on_duty(case: Case, at: datetime, *, act: str = VERIFY) -> Candidate | None:
    """Who on duty is nearest to a case and may do `act` to it 就近在岗人员; None when nobody is.

    On duty is who holds the post and stands on its roster at that instant.
    """
    if case.community is None:
        return None
    posts = _posts_around(case, act)
    if not posts:
        return None
    holdings = Holding.objects.filter(post_id__in=posts, starts_at__lte=at).exclude(ends_at__lte=at)
    held = list(holdings.values_list("account_id", "post_id"))
    rostered = set(
        DutyRoster.objects.filter(
            account_id__in={account for account, _ in held}, starts_at__lte=at, ends_at__gt=at
        ).values_list("account_id", "post_kind__code")
    )
    kinds = {post_id: post_index()[post_id].kind_code for post_id in posts}
    found = [
        Candidate(*posts[post_id], account)
        for account, post_id in held
        if (account, kinds[post_id]) in rostered
    ]
    return min(found, key=lambda one: (one.nearness, one.metres, str(one.account_id)), default=None)


def _posts_around(case: Case, act: str) -> dict[UUID, tuple[int, float]]:
    """Open posts that may do the act in the case's community: nearness and metres."""
    assert case.community is not None
    able = {kind.code for kind in post_kinds().values() if any(name == act for name, _ in kind.grants)}
    index = area_index()
    grids = {node.id for node in index.children(case.community)}
    wider = {node.id for node in index.ancestors(case.community)}
    found: dict[UUID, tuple[int, float]] = {}
    for post in post_index().values():
        if post.closed_at is not None or post.kind_code not in able or post.area_id is None:
            continue
        if post.area_id == case.grid:
            found[post.id] = (0, 0.0)
        elif post.area_id in grids:
            found[post.id] = (1, _metres(case, post.area_id))
        elif post.area_id in wider:
            found[post.id] = (2 + _steps(post.area_id, case.community), 0.0)
    return found


def _steps(area_id: UUID, community: UUID) -> int:
    """How many levels an area lies above the community."""
    line: Sequence[UUID] = [node.id for node in area_index().ancestors(community)]
    return line.index(area_id)


def _metres(case: Case, area_id: UUID) -> float:
    """From the case to the middle of an area; far away when either is unknown."""
    extent = extent_of([area_id])
    if extent is None or case.lon is None or case.lat is None:
        return float("inf")
    west, south, east, north = extent
    x = ((west + east) / 2 - case.lon) * cos(radians(case.lat))
    return hypot(x, (south + north) / 2 - case.lat) * _METRES
