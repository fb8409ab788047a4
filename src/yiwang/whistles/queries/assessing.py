"""Assessment 吹哨考核: counts and rates by street and month; what the page, the API and an export show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, F, Q, Sum

from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...kernel.working_time import SHANGHAI
from ...orgs.public import area_index
from ..enums import ClockStage, RatingSide
from ..models import Whistle, WhistleClock, WhistleRating, WhistleTask
from ..rules.assessing import Share, frequency_words
from ..states import ASSESS, RECALLED
from .parties import name_of
from .rulebook import rulebook
from .whistles import at_home

#: Clocks whose share on time is told.
STAGES = (ClockStage.SIGN, ClockStage.CONTACT, ClockStage.REPORT, ClockStage.FINISH)
#: Years that a month may be of.
_YEARS = (2000, 2100)


@dataclass(slots=True)
class StreetMonth:
    """What one street whistled in one month 街道月度.

    Attributes:
        frequency: `few`, `usual` or `many` by the thresholds of the month's first day.
        on_time: of the clocks of each stage that ended or are late, how many were met in time.
        solved: of the whistles that ended or were whistled again, how many were solved.
        response, attitude, result: averages of what units said of the whistler (双考核); None without any.
    """

    street: UUID | None
    name: str
    blown: int = 0
    frequency: str = "usual"
    refused: int = 0
    again: int = 0
    raised: int = 0
    solved: Share = field(default_factory=Share)
    on_time: dict[str, Share] = field(default_factory=dict)
    response: float | None = None
    attitude: float | None = None
    result: float | None = None


@dataclass(slots=True)
class UnitScore:
    """How one unit reported in one month 报到单位; points are averages of what whistlers gave."""

    party: UUID
    name: str
    tasks: int = 0
    declined: int = 0
    powerless: int = 0
    late: int = 0
    on_time: dict[str, Share] = field(default_factory=dict)
    response: float | None = None
    attitude: float | None = None
    result: float | None = None


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """What all shown streets whistled in one month together 月度合计.

    Attributes:
        few, many: how many streets whistled too rarely and too often.
        solved: as of one street.
        came: of the limits of reporting that are decided, how many were met in time.
    """

    blown: int
    few: int
    many: int
    solved: Share
    came: Share


def month_totals(streets: Iterable[StreetMonth]) -> MonthTotals:
    """The figures of some streets together."""
    rows = list(streets)
    return MonthTotals(
        blown=sum(one.blown for one in rows),
        few=sum(one.frequency == "few" for one in rows),
        many=sum(one.frequency == "many" for one in rows),
        solved=_together(one.solved for one in rows),
        came=_together(one.on_time.get(ClockStage.REPORT, Share()) for one in rows),
    )


def _together(shares: Iterable[Share]) -> Share:
    rows = list(shares)
    return Share(sum(one.part for one in rows), sum(one.whole for one in rows))


def month_bounds(month: str) -> tuple[datetime, datetime, date]:
    """Begin and end of a month `2026-03` in Shanghai time, and its first day.

    Raises:
        Invalid: the text is no month.
    """
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        first = date.min
    if not _YEARS[0] <= first.year <= _YEARS[1]:
        raise invalid("month", month, "请按 2026-03 的格式填写月份。")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    since, until = (datetime.combine(day, time.min, SHANGHAI) for day in (first, after))
    return since, until, first


def _blown(actor: Actor, since: datetime, until: datetime) -> Any:
    if not actor.may_anywhere(ASSESS):
        return Whistle.objects.none()
    return Whistle.objects.filter(at_home(actor, ASSESS), blown_at__gte=since, blown_at__lt=until)


def streets_of_month(actor: Actor, month: str) -> list[StreetMonth]:
    """Every street in the actor's scope that whistled in a month, and those that did not (too few show too).

    Raises:
        Invalid: the text is no month.
    """
    since, until, first = month_bounds(month)
    rule = rulebook().frequency_on(first)
    found = {key: StreetMonth(key, area_index().by_id[key].name) for key in _streets_in(actor)}
    counted = _blown(actor, since, until).values("street").annotate(
        blown=Count("pk"),
        refused=Count("pk", filter=Q(state="refused")),
        again=Count("pk", filter=Q(rung__gt=1)),
        raised=Count("pk", filter=Q(raised_at__isnull=False)),
        solved=Count("pk", filter=Q(is_solved=True)),
        over=Count("pk", filter=Q(is_solved__isnull=False)),
    )  # fmt: skip
    for row in counted:
        street = row["street"]
        node = area_index().by_id.get(street) if street else None
        one = found.setdefault(street, StreetMonth(street, node.name if node else ""))
        one.blown, one.refused = row["blown"], row["refused"]
        one.again, one.raised = row["again"], row["raised"]
        one.solved = Share(row["solved"], row["over"])
    for street, shares in _on_time(_blown(actor, since, until), "task__whistle__street").items():
        if street in found:
            found[street].on_time = shares
    _add_points(found, _blown(actor, since, until), "whistle__street", RatingSide.UNIT)
    for one in found.values():
        if rule is not None:
            one.frequency = frequency_words(one.blown, least=rule.least, most=rule.most)
    return sorted(found.values(), key=lambda one: (-one.blown, one.name))


def _streets_in(actor: Actor) -> set[UUID]:
    scope, index = actor.scope(ASSESS), area_index()
    if scope.everywhere:
        return {node.id for node in index.by_code.values() if node.kind == "street"}
    keys = {index.chain(community).street_id for community in scope.communities}
    return {key for key in keys if key is not None}


def _on_time(whistles: Any, by: str, **more: Any) -> dict[Any, dict[str, Share]]:
    """By a column, the share of each stage's clocks that were met in time among those decided."""
    rows = (
        WhistleClock.objects.filter(task__whistle__in=whistles, stage__in=STAGES, **more)
        .filter(Q(is_met=True) | Q(late_at__isnull=False))
        .values_list(by, "stage")
        .annotate(whole=Count("pk"), part=Count("pk", filter=Q(is_met=True, late_at=None)))
    )
    found: dict[Any, dict[str, Share]] = {}
    for key, stage, whole, part in rows:
        found.setdefault(key, {})[stage] = Share(part, whole)
    return found


def units_of_month(actor: Actor, month: str) -> list[UnitScore]:
    """How each unit that was called reported: refusals, people without power, lateness, points.

    A task that was taken back is no task of the unit any more, but what it refused or missed before stays.

    Raises:
        Invalid: the text is no month.
    """
    since, until, _ = month_bounds(month)
    whistles = _blown(actor, since, until)
    found: dict[UUID, UnitScore] = {}
    rows = WhistleTask.objects.filter(whistle__in=whistles).values_list("unit", "outside").annotate(
        count=Count("pk", filter=~Q(state=RECALLED)), declined=Sum("declined_count"),
        powerless=Sum("powerless_count"),
    )  # fmt: skip
    for unit, outside, count, declined, powerless in rows:
        key = unit or outside
        found[key] = UnitScore(key, name_of(key), count, declined, powerless)
    for column in ("unit", "outside"):
        for key, shares in _on_time(whistles, f"task__{column}").items():
            if key in found:
                found[key].on_time = shares
                found[key].late = sum(share.whole - share.part for share in shares.values())
        _add_points(found, whistles, column, RatingSide.WHISTLER)
    found = {key: one for key, one in found.items() if one.tasks or one.declined or one.powerless or one.late}
    return sorted(found.values(), key=lambda one: (-one.tasks, one.name))


def _add_points(found: Mapping[Any, StreetMonth | UnitScore], whistles: Any, column: str, side: str) -> None:
    """Averages of the points that one side gave, by a column of the task."""
    rows = (
        WhistleRating.objects.filter(task__whistle__in=whistles, side=side)
        .values(key=F(f"task__{column}"))
        .annotate(
            response=Avg("response_points"), attitude=Avg("attitude_points"), result=Avg("result_points")
        )
    )
    for row in rows:
        score = found.get(row["key"])
        if score is not None:
            score.response, score.attitude = row["response"], row["attitude"]
            score.result = row["result"]
