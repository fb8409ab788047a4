"""Views 哨页面: everything the page of one whistle shows, with the acts that the actor may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
from ..enums import CheckInResult, RatingSide
from ..models import (
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
from ..permissions import act_of, may_at_home, may_report
from ..states import FED_BACK, REPORT, REPORT_TASK, RUNNING_STATES, WHISTLE
from .parties import name_of, party_name
from .rulebook import rulebook
from .whistles import visible_to

#: Owner types of files; the same as those of `services.moving`.
WHISTLE_FILES, TASK_FILES = "whistles.whistle", "whistles.task"
#: Rows of the tables that are no button: they happen with another act, or have a form elsewhere.
_WITHOUT_BUTTON = frozenset({"finish", "arrive", "recall"})
_MOST_ENTRIES = 300


@dataclass(slots=True)
class TaskView:
    """One unit's task as the page shows it.

    Attributes:
        acts: rows of the task's table that the actor may carry out now.
        link: path of the outside unit's page, for whoever may hand it over; else empty.
        may_rate, may_rate_whistler: whether a rating is due that the actor may give.
    """

    task: WhistleTask
    name: str
    clocks: list[WhistleClock] = field(default_factory=list)
    check_ins: list[CheckIn] = field(default_factory=list)
    items: list[WhistleItem] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    ratings: list[WhistleRating] = field(default_factory=list)
    acts: list[Transition] = field(default_factory=list)
    is_mine: bool = False
    link: str = ""
    may_rate: bool = False
    may_rate_whistler: bool = False

    @property
    def is_late(self) -> bool:
        """Whether any of its limits has passed without the act."""
        return any(clock.late_at for clock in self.clocks)

    @property
    def waiting(self) -> list[CheckIn]:
        """Check-ins that the whistler has to decide on."""
        return [row for row in self.check_ins if row.result == CheckInResult.WAITING]


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
    may_organise: bool
    may_judge: bool
    whistler: str
    area: str
    proposed: list[str]
    street: str

    @property
    def actions(self) -> frozenset[str]:
        """Names of the acts, for the template."""
        return frozenset(row.action for row in self.acts)


def whistle_view(actor: Actor, whistle: Whistle) -> WhistleView:
    """Everything the page shows; the caller has checked that the actor may see the whistle."""
    tasks = task_views(actor, whistle)
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
        acts=acts_on(actor, whistle),
        may_organise=may_at_home(actor, "whistles.organise", whistle),
        may_judge=may_at_home(actor, "whistles.judge", whistle),
        whistler=whistle.enterprise or unit_index().name(whistle.whistler_unit),
        area=area.name if area else "",
        proposed=[name_of(key) for key in whistle.proposed_units],
        street=street.name if street else "",
    )


def acts_on(actor: Actor, whistle: Whistle) -> list[Transition]:
    """Rows of the whistle's table that the actor may carry out now, in its order."""
    kind = rulebook().kind(whistle.kind_id)
    own = actor.account_id is not None and actor.account_id == whistle.created_by
    found = []
    for row in WHISTLE.open_from(whistle.state):
        if row.action in _WITHOUT_BUTTON or row.action == "recall_unit":
            continue
        act = kind.blow_act if row.action == "change" else act_of(row.permission, kind)
        drafts = row.action == "change" and (own or may_at_home(actor, row.permission, whistle))
        if drafts or may_at_home(actor, act, whistle):
            found.append(row)
    return found


def task_views(actor: Actor, whistle: Whistle, *, only: UUID | None = None) -> list[TaskView]:
    """Every unit's task with what belongs to it, in a fixed number of queries.

    Args:
        only: key of the one task to show, as to an outside unit.
    """
    rows = WhistleTask.objects.filter(whistle=whistle).select_related("outside").order_by("sent_at", "id")
    if only is not None:
        rows = rows.filter(pk=only)
    views = {task.id: TaskView(task, party_name(task)) for task in rows}
    for clock in WhistleClock.objects.filter(task__in=views).order_by("due_at", "id"):
        views[clock.task_id].clocks.append(clock)
    for row in CheckIn.objects.filter(task__in=views).order_by("at", "id"):
        views[row.task_id].check_ins.append(row)
    for item in WhistleItem.objects.filter(task__in=views).select_related("stage"):
        views[item.task_id].items.append(item)
    for rating in WhistleRating.objects.filter(task__in=views).order_by("at"):
        views[rating.task_id].ratings.append(rating)
    kept = Attachment.objects.filter(owner_type=TASK_FILES, owner_id__in=views, erased_at=None)
    for file in kept.order_by("uploaded_at", "id"):
        views[file.owner_id].files.append(file)
    for view in views.values():
        _permit(actor, whistle, view)
    return list(views.values())


def _permit(actor: Actor, whistle: Whistle, view: TaskView) -> None:
    """What the actor may do to a task; a unit's own acts need a whistle that runs."""
    view.is_mine = may_report(actor, view.task)
    for row in REPORT_TASK.open_from(view.task.state):
        if row.action in _WITHOUT_BUTTON or whistle.state not in RUNNING_STATES:
            continue
        allowed = view.is_mine if row.permission == REPORT else may_at_home(actor, row.permission, whistle)
        if allowed:
            view.acts.append(row)
    if whistle.state in RUNNING_STATES and may_at_home(actor, "whistles.judge", whistle):
        view.acts += [r for r in REPORT_TASK.open_from(view.task.state) if _is_recall(r, view.task)]
    rated = {rating.side for rating in view.ratings}
    came = view.task.state == FED_BACK
    view.may_rate = (
        came and whistle.state == "rating" and RatingSide.WHISTLER not in rated
        and may_at_home(actor, "whistles.rate", whistle)
    )  # fmt: skip
    view.may_rate_whistler = (
        came and view.is_mine and RatingSide.UNIT not in rated
        and rulebook().kind(whistle.kind_id).rates_both and whistle.state in {"rating", "ended"}
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
        return _("外部单位（链接办理）")
    return post_label(entry.post) or (_("系统") if entry.actor is None else "")
