"""Views 哨页面: everything the page of one whistle shows, with the acts that the actor may do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ...cases.public import Case
from ...cases.public import visible_to as visible_cases
from ...files.public import Attachment, attachments_of
from ...interface.public import Happening, kind_label
from ...kernel.actor import Actor
from ...kernel.states import Transition
from ...ledger.public import JournalEntry
from ...orgs.public import area_index, post_label, unit_index
from ..enums import RatingQuestion, RatingSide
from ..models import (
    TASK_FILES,
    WHISTLE_FILES,
    CheckIn,
    Whistle,
    WhistleClock,
    WhistleItem,
    WhistleMinutes,
    WhistleRating,
    WhistleRemark,
    WhistleTask,
    WorkStage,
)
from ..permissions import act_of, may_at_home, may_attach, may_report
from ..rules.guards import WhistleFacts
from ..states import (
    ANSWERING_STATES,
    CONTACTED,
    FED_BACK,
    OPEN_STATES,
    RATED_STATES,
    REPORT,
    REPORT_TASK,
    RUNNING_STATES,
    SIGNED,
    WHISTLE,
)
from .facts import came_of, facts_of, is_zone, missing_of, unrated_of
from .parties import name_of, party_name
from .rulebook import rulebook
from .whistles import visible_to

#: Rows of the tables that are no button: they happen with another act, or have a form elsewhere.
_WITHOUT_BUTTON = frozenset({"finish", "arrive", "recall", "recall_unit"})
#: Acts whose guards look at what their own form says.
_BY_FORM = frozenset({"judge", "add_units"})
_MOST_ENTRIES = 300


@dataclass(frozen=True, slots=True)
class RatingView:
    """One rating in words: of each question what was said and its points."""

    rating: WhistleRating
    marks: list[tuple[str, str, int]]


@dataclass(slots=True)
class TaskView:
    """One unit's task as the page shows it.

    Attributes:
        acts: rows of the task's table that the actor may carry out now.
        blocked: why an act that the actor could do is not offered yet, in words.
        escalated: name of the unit above that heard of a failure, when there is one.
        may_decide: whether the actor may say whether a check-in that waits counts.
        link: address of the outside unit's page, for whoever may hand it over; empty when it has expired.
        link_until: until when the link holds, or held; None for who may not hand it over.
        may_rate, may_rate_whistler: whether a rating is due that the actor may give.
    """

    task: WhistleTask
    name: str
    clocks: list[WhistleClock] = field(default_factory=list)
    check_ins: list[CheckIn] = field(default_factory=list)
    items: list[WhistleItem] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    ratings: list[RatingView] = field(default_factory=list)
    acts: list[Transition] = field(default_factory=list)
    blocked: str = ""
    escalated: str = ""
    may_decide: bool = False
    is_mine: bool = False
    link: str = ""
    link_until: datetime | None = None
    may_rate: bool = False
    may_rate_whistler: bool = False

    @property
    def is_late(self) -> bool:
        """Whether any of its limits has passed without the act."""
        return any(clock.late_at for clock in self.clocks)


@dataclass(frozen=True, slots=True)
class StageColumn:
    """One stage of the work 整治阶段 with its items and whose they are."""

    stage: WorkStage
    items: list[tuple[WhistleItem, str]]

    @property
    def done(self) -> int:
        """How many of its items are done."""
        return sum(item.done_at is not None for item, _name in self.items)


@dataclass(slots=True)
class WhistleView:
    """The page of one whistle."""

    whistle: Whistle
    tasks: list[TaskView]
    minutes: list[WhistleMinutes]
    stages: list[StageColumn]
    cases: list[Case]
    hidden_cases: int
    files: list[Attachment]
    happenings: list[Happening]
    others: list[Whistle]
    acts: list[Transition]
    blocked: list[str]
    may_organise: bool
    may_attach: bool
    may_judge: bool
    whistler: str
    area: str
    zone: str
    proposed: list[str]
    street: str

    @property
    def is_running(self) -> bool:
        """Whether units that were called may act."""
        return self.whistle.state in ANSWERING_STATES


def whistle_view(actor: Actor, whistle: Whistle) -> WhistleView:
    """Everything the page shows; the caller has checked that the actor may see the whistle."""
    tasks = task_views(actor, whistle)
    acts, blocked = acts_on(actor, whistle, _facts(actor, whistle, tasks))
    items = [item for view in tasks for item in view.items]
    links = list(whistle.case_links.values_list("case", flat=True))
    cases = list(visible_cases(actor).filter(pk__in=links)) if links else []
    area = area_index().by_id.get(whistle.area) if whistle.area else None
    street = area_index().by_id.get(whistle.street) if whistle.street else None
    related = visible_to(actor).filter(Q(parent=whistle) | Q(children=whistle))
    return WhistleView(
        whistle=whistle,
        tasks=tasks,
        minutes=list(WhistleMinutes.objects.filter(whistle=whistle)),
        stages=_columns(items, {view.task.id: view.name for view in tasks}),
        cases=cases,
        hidden_cases=len(links) - len(cases),
        files=attachments_of(WHISTLE_FILES, whistle.id),
        happenings=happenings_of(whistle),
        others=list(related.select_related("kind").order_by("rung", "id")),
        acts=acts,
        blocked=blocked,
        may_organise=may_at_home(actor, "whistles.organise", whistle),
        may_attach=whistle.state in OPEN_STATES and may_attach(actor, whistle),
        may_judge=may_at_home(actor, "whistles.judge", whistle),
        whistler=whistle.enterprise or unit_index().name(whistle.whistler_unit),
        area=area.name if area else "",
        zone=area.name if area and is_zone(whistle.area) else "",
        proposed=[name_of(key) for key in whistle.proposed_units],
        street=street.name if street else "",
    )


def _facts(actor: Actor, whistle: Whistle, tasks: Sequence[TaskView]) -> WhistleFacts:
    """What the guards look at, as the page knows it."""
    rows = [view.task for view in tasks]
    rated = {v.task.id for v in tasks if any(r.rating.side == RatingSide.WHISTLER for r in v.ratings)}
    return facts_of(
        whistle, actor=actor, came=came_of(rows), unrated=unrated_of(rows, rated), missing=missing_of(whistle)
    )


def acts_on(actor: Actor, whistle: Whistle, facts: WhistleFacts) -> tuple[list[Transition], list[str]]:
    """Rows of the whistle's table that the actor may carry out now, and why others have to wait, in words."""
    kind = rulebook().kind(whistle.kind_id)
    own = actor.account_id is not None and actor.account_id == whistle.created_by
    found, blocked = [], []
    for row in WHISTLE.open_from(whistle.state):
        if row.action in _WITHOUT_BUTTON:
            continue
        act = kind.blow_act if row.action == "change" else act_of(row.permission, kind)
        drafts = row.action == "change" and (own or may_at_home(actor, row.permission, whistle))
        if not (drafts or may_at_home(actor, act, whistle)):
            continue
        refusal = _refusal(row, facts)
        if refusal is None:
            found.append(row)
        elif row.action != "withdraw":
            blocked.append(refusal)
    return found, list(dict.fromkeys(blocked))


def _refusal(row: Transition, facts: WhistleFacts) -> str | None:
    """What the guards of a row would say."""
    if row.action in _BY_FORM:
        return None
    return next((said for guard in row.guards if (said := guard(facts)) is not None), None)


def task_views(actor: Actor, whistle: Whistle, *, only: UUID | None = None) -> list[TaskView]:
    """Every unit's task with what belongs to it, in a fixed number of queries.

    Args:
        only: key of the one task to show, as to an outside unit.
    """
    rows = (
        WhistleTask.objects.filter(whistle=whistle)
        .select_related("outside")
        .order_by("-role", "sent_at", "id")
    )
    if only is not None:
        rows = rows.filter(pk=only)
    views = {}
    for task in rows:
        task.whistle = whistle
        views[task.id] = TaskView(task, party_name(task))
    for clock in WhistleClock.objects.filter(task__in=views).order_by("due_at", "id"):
        views[clock.task_id].clocks.append(clock)
    for row in CheckIn.objects.filter(task__in=views).order_by("at", "id"):
        views[row.task_id].check_ins.append(row)
    for item in WhistleItem.objects.filter(task__in=views).select_related("stage"):
        views[item.task_id].items.append(item)
    for rating in WhistleRating.objects.filter(task__in=views).order_by("at"):
        views[rating.task_id].ratings.append(RatingView(rating, _marks(rating)))
    kept = Attachment.objects.filter(owner_type=TASK_FILES, owner_id__in=views, erased_at=None)
    for file in kept.order_by("uploaded_at", "id"):
        views[file.owner_id].files.append(file)
    for view in views.values():
        _permit(actor, whistle, view)
    return list(views.values())


def _marks(rating: WhistleRating) -> list[tuple[str, str, int]]:
    """Question, answer and points; an option that is used no more still has its name."""
    names = {(option.question, option.code): option.label for option in rulebook().options}
    return [
        (
            str(label),
            names.get((question, getattr(rating, question)), ""),
            getattr(rating, f"{question}_points"),
        )
        for question, label in RatingQuestion.choices
    ]


def _permit(actor: Actor, whistle: Whistle, view: TaskView) -> None:
    """What the actor may do to a task; a unit's own acts need a whistle that units are at work on."""
    view.is_mine = may_report(actor, view.task)
    view.escalated = unit_index().name(view.task.escalated_to)
    undone = sum(item.done_at is None and item.dropped_at is None for item in view.items)
    for row in REPORT_TASK.open_from(view.task.state):
        states = ANSWERING_STATES if row.permission == REPORT else RUNNING_STATES
        if row.action in _WITHOUT_BUTTON or whistle.state not in states:
            continue
        allowed = view.is_mine if row.permission == REPORT else may_at_home(actor, row.permission, whistle)
        refusal = _refusal(row, WhistleFacts(open_items=undone))
        if allowed and refusal is None:
            view.acts.append(row)
        elif allowed:
            view.blocked = refusal or ""
    if whistle.state in RUNNING_STATES and may_at_home(actor, "whistles.judge", whistle):
        view.acts += [r for r in REPORT_TASK.open_from(view.task.state) if _is_recall(r, view.task)]
    _permit_judgement(actor, whistle, view)


def _permit_judgement(actor: Actor, whistle: Whistle, view: TaskView) -> None:
    """Who says whether a unit came, and how it did: nobody who may act for it."""
    rated = {one.rating.side for one in view.ratings}
    came = view.task.state == FED_BACK
    view.may_decide = (
        view.task.state in {SIGNED, CONTACTED} and whistle.state in ANSWERING_STATES and not view.is_mine
        and may_at_home(actor, "whistles.organise", whistle)
    )  # fmt: skip
    view.may_rate = (
        came and whistle.state == "rating" and RatingSide.WHISTLER not in rated and not view.is_mine
        and may_at_home(actor, "whistles.rate", whistle)
    )  # fmt: skip
    view.may_rate_whistler = (
        came and view.is_mine and RatingSide.UNIT not in rated
        and rulebook().kind(whistle.kind_id).rates_both and whistle.state in RATED_STATES
    )  # fmt: skip


def _is_recall(row: Transition, task: WhistleTask) -> bool:
    return row.action == "recall" and task.role == "co"


def _columns(items: Sequence[WhistleItem], names: dict[UUID, str]) -> list[StageColumn]:
    """The board: stages that have items, in the order of the stages."""
    found: dict[UUID, StageColumn] = {}
    for item in sorted(items, key=lambda i: (i.stage.order, i.order, i.id)):
        if item.dropped_at is None:
            column = found.setdefault(item.stage_id, StageColumn(item.stage, []))
            column.items.append((item, names.get(item.task_id, "")))
    return list(found.values())


def happenings_of(whistle: Whistle) -> list[Happening]:
    """What was done, oldest first: by which post, never by whom."""
    texts = dict(WhistleRemark.objects.filter(whistle=whistle).values_list("seq", "text"))
    entries = JournalEntry.objects.filter(stream=whistle.id).order_by("seq")[:_MOST_ENTRIES]
    return [
        Happening(entry.at, kind_label(entry.kind), by=_by(entry), text=texts.get(entry.seq, ""))
        for entry in entries
    ]


def _by(entry: JournalEntry) -> str:
    if entry.agent == "outside-unit":
        unit = json.loads(entry.body).get("unit")
        return _("%s（链接办理）") % name_of(UUID(unit)) if unit else _("外部单位（链接办理）")
    return post_label(entry.post) or (_("系统") if entry.actor is None else "")
