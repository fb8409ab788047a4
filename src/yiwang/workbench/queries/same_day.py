"""Same-day board 当日清零: what is still open today by place or unit, and who is asked to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from ...cases import public as cases
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.working_time import SHANGHAI
from .. import names

OLDEST = Order("oldest", "asked_at")
GROUPS = ("street", "community", "unit")
#: Most open cases that the board shows; more than this is no board but a list.
MOST = 400


@dataclass(frozen=True, slots=True)
class OpenHazard:
    """One open case of the board.

    Attributes:
        is_confirmed: somebody has found it real.
        is_carried: it was found on an earlier day.
        needs_control: a late find whose risk is not controlled yet.
    """

    row: cases.SameDay
    case: cases.Case
    place: str
    host: str
    is_confirmed: bool
    is_carried: bool
    is_late: bool
    needs_control: bool


@dataclass(frozen=True, slots=True)
class HazardGroup:
    """The open cases of one street, community or unit."""

    label: str
    hazards: list[OpenHazard] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Board:
    """The board 当日清零看板 of an actor at an instant.

    Attributes:
        found: discovered today; `carried` from earlier days and still open.
        cleared: ended today in time; `late` ended today after their cut-off.
    """

    groups: Sequence[HazardGroup]
    found: int
    still_open: int
    unconfirmed: int
    controlled: int
    carried: int
    cleared: int
    late: int
    is_cut: bool


def board_of(actor: Actor, *, at: datetime, group: str = "street") -> Board:
    """The board as the actor may see it; three queries."""
    today = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = cases.visible_to(actor)
    looks = cases.SiteConfirmation.objects.filter(case=OuterRef("case"), result="real")
    rows = (
        cases.SameDay.objects.filter(state="open", case__in=seen)
        .select_related("case")
        .annotate(is_confirmed=Exists(looks))
        .order_by("due_at", "id")[: MOST + 1]
    )
    open_ones = [_hazard(row, today, at) for row in rows]
    ended = list(
        cases.SameDay.objects.filter(
            case__in=seen, ended_at__gte=today, state__in=("cleared", "late")
        ).values_list("state", "found_at")[:MOST]
    )
    return Board(
        groups=_grouped(open_ones[:MOST], group),
        found=sum(not each.is_carried for each in open_ones) + sum(found >= today for _state, found in ended),
        still_open=len(open_ones[:MOST]),
        unconfirmed=sum(each.row.must_confirm and not each.is_confirmed for each in open_ones),
        controlled=sum(each.row.controlled_at is not None for each in open_ones),
        carried=sum(each.is_carried for each in open_ones),
        cleared=sum(state == "cleared" for state, _found in ended),
        late=sum(state == "late" for state, _found in ended),
        is_cut=len(open_ones) > MOST,
    )


def _hazard(row: cases.SameDay, today: datetime, at: datetime) -> OpenHazard:
    return OpenHazard(
        row=row,
        case=row.case,
        place=names.place_line(row.case),
        host=names.unit_name(row.case.host),
        is_confirmed=bool(row.is_confirmed),  # type: ignore[attr-defined]
        is_carried=row.found_at < today,
        is_late=at > row.due_at,
        needs_control=row.control_due_at is not None and row.controlled_at is None,
    )


def _grouped(hazards: Sequence[OpenHazard], group: str) -> list[HazardGroup]:
    """By street, community or unit, those whose first case is due soonest first."""
    found: dict[UUID | None, HazardGroup] = {}
    for each in hazards:
        key = {"street": each.case.street, "community": each.case.community, "unit": each.case.host}[group]
        if key not in found:
            name = names.unit_name(key) if group == "unit" else names.area_name(key)
            found[key] = HazardGroup(name or (_("尚未派遣") if group == "unit" else _("未定位")))
        found[key].hazards.append(each)
    return list(found.values())


def waiting_looks(actor: Actor, *, cursor: str = "") -> Page[cases.SiteConfirmation]:
    """Looks on the spot 现场确认 that wait and that the actor may take, oldest first."""
    rows = cases.SiteConfirmation.objects.filter(
        result="pending", case__in=cases.visible_to(actor, "cases.confirm_site").filter(
            state__in=cases.OPEN_STATES, same_day_due_at__isnull=False
        ),
    ).select_related("case")  # fmt: skip
    return page_by_key(rows, OLDEST, cursor=cursor or None)
