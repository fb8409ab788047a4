"""Applications 申请 as pages show them: what waits for whom, what an approval moved; posts, not persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...cases import public as cases
from ...cases.public import applications as wishes
from ...files.public import Attachment
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...orgs.public import area_index, post_label
from .. import names
from .told_applications import reason_words
from .wishes import said_at

_OLDEST = Order("oldest", "asked_at")
_LAST_LAPSED = Order("lapsed", "decided_at", descending=True)
#: What a step of an approval is called, by the act that it needs.
STEP_LABELS = {
    "cases.endorse_application": gettext_lazy("单位初审"),
    "cases.review": gettext_lazy("中心审批"),
    "cases.confirm_application": gettext_lazy("复核"),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of an approval: its name, and who did it when with which words; not done yet without `at`."""

    label: str
    by: str = ""
    at: datetime | None = None
    words: str = ""
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class MoveView:
    """One due instant that an application moved; `until_then` is empty while it rests."""

    what: str
    before: datetime
    after: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application in words.

    Attributes:
        is_late: it waits, and its answer is due.
        may_decide: the actor may decide the step that it waits for.
        is_own: the actor asked for it.
        own_step: the actor has approved an earlier step, so another has to go on.
        shows_case: the actor may see the case; a unit that was taken off it no longer may.
    """

    row: wishes.Application
    unit: str
    asked_by: str
    reason: str
    words: str
    files: Sequence[Attachment]
    steps: Sequence[StepView]
    moves: Sequence[MoveView]
    is_late: bool
    may_decide: bool
    is_own: bool
    own_step: bool
    shows_case: bool = True

    @property
    def waits(self) -> bool:
        """Whether it is not decided yet."""
        return bool(self.row.state == wishes.ASKED)

    @property
    def has_lapsed(self) -> bool:
        """Whether its task ended before anybody had decided."""
        return bool(self.row.state == wishes.LAPSED)

    @property
    def may_appeal_later(self) -> bool:
        """Whether a unit that fed back without an answer is told that lateness may be appealed against."""
        extension = self.row.kind == wishes.ApplicationKind.EXTENSION
        return extension and bool(self.row.lapse_cause == wishes.LapseCause.DONE)


def case_applications(actor: Actor, case: cases.Case, at: datetime) -> list[ApplicationView]:
    """The applications of a case, the newest first; five queries."""
    rows = list(wishes.Application.objects.filter(case=case).order_by("-asked_at", "-id"))
    for row in rows:
        row.case = case
    return application_views(actor, rows, at)


def application_views(
    actor: Actor, rows: Iterable[wishes.Application], at: datetime
) -> list[ApplicationView]:
    """Applications in words; three queries for steps, words and files of all."""
    found = list(rows)
    steps: dict[UUID, list[wishes.ApplicationApproval]] = {}
    approvals = wishes.ApplicationApproval.objects.filter(application__in=found).order_by("step")
    for step in approvals:
        steps.setdefault(step.application_id, []).append(step)
    keys = [(row.case_id, row.asked_seq) for row in found]
    keys += [(row.case_id, s.seq) for row in found for s in steps.get(row.id, [])]
    said = said_at(keys)
    files = {
        file.id: file
        for file in Attachment.objects.filter(pk__in=[key for row in found for key in row.evidence])
    }
    return [_view(actor, row, steps.get(row.id, []), said, files, at=at) for row in found]


def _view(
    actor: Actor,
    row: wishes.Application,
    done: Sequence[wishes.ApplicationApproval],
    said: dict[tuple[UUID, int], str],
    files: dict[UUID, Attachment],
    *,
    at: datetime,
) -> ApplicationView:
    waits = row.state == wishes.ASKED
    return ApplicationView(
        row=row,
        unit=names.unit_name(row.unit),
        asked_by=post_label(row.asked_post) or _("系统"),
        reason=reason_words(row.kind, row.reason_code),
        words=said.get((row.case_id, row.asked_seq), ""),
        files=[files[key] for key in row.evidence if key in files and files[key].erased_at is None],
        steps=_steps(row, done, said),
        moves=_moves(row),
        is_late=waits and row.answer_due_at is not None and row.answer_due_at < at,
        may_decide=wishes.may_decide(actor, row.case, row),
        is_own=row.asked_by is not None and row.asked_by == actor.account_id,
        own_step=any(step.by == actor.account_id for step in done),
    )


def _steps(
    row: wishes.Application,
    done: Sequence[wishes.ApplicationApproval],
    said: dict[tuple[UUID, int], str],
) -> list[StepView]:
    views = [
        StepView(
            step_label(step.act), post_label(step.post) or _("系统"), step.at,
            said.get((row.case_id, step.seq), ""), not step.is_approval,
        )
        for step in done
    ]  # fmt: skip
    left = row.approvals[len(done) :] if row.state == wishes.ASKED else []
    return [*views, *(StepView(step_label(act)) for act in left)]


def step_label(act: str) -> str:
    """What a step is called."""
    return str(STEP_LABELS.get(act, act))


def _moves(row: wishes.Application) -> list[MoveView]:
    return [
        MoveView(
            _("任务时限") if moved["task"] else _("办理时限"),
            datetime.fromisoformat(moved["due_before"]),
            datetime.fromisoformat(moved["due_at"]) if moved["due_at"] else None,
        )
        for moved in row.moved
    ]


def waiting_applications(
    actor: Actor,
    *,
    mine: bool,
    kind: str = "",
    unit: UUID | None = None,
    area: UUID | None = None,
    cursor: str = "",
) -> Page[wishes.Application]:
    """Applications that wait, oldest first: all that the actor may see, or (`mine`) that wait for it."""
    rows = decidable_applications(actor) if mine else _visible(actor)
    return page_by_key(_narrowed(rows, kind, unit, area), _OLDEST, cursor=cursor or None)


def _narrowed(
    rows: QuerySet[wishes.Application], kind: str, unit: UUID | None, area: UUID | None
) -> QuerySet[wishes.Application]:
    if kind in wishes.ApplicationKind.values:
        rows = rows.filter(kind=kind)
    if unit is not None:
        rows = rows.filter(unit=unit)
    if area is not None:
        rows = rows.filter(case__community__in=area_index().communities_under(area))
    return rows.select_related("case")


def lapsed_applications(
    actor: Actor, *, kind: str = "", unit: UUID | None = None, area: UUID | None = None, cursor: str = ""
) -> Page[wishes.Application]:
    """Applications that lapsed with their task, the last first: of cases that the actor sees, and its own."""
    own = Q(asked_by=actor.account_id) if actor.account_id is not None else Q(pk__in=[])
    rows = wishes.Application.objects.filter(state=wishes.LAPSED).filter(
        Q(case__in=cases.visible_to(actor)) | own
    )
    return page_by_key(_narrowed(rows, kind, unit, area), _LAST_LAPSED, cursor=cursor or None)


def lapsed_views(actor: Actor, rows: Sequence[wishes.Application], at: datetime) -> list[ApplicationView]:
    """Lapsed applications in words; whose asker no longer sees the case reads nothing of the case itself."""
    keys = {row.case_id for row in rows}
    seen = set(cases.visible_to(actor).filter(pk__in=keys).values_list("pk", flat=True))
    return [replace(view, shows_case=view.row.case_id in seen) for view in application_views(actor, rows, at)]


def decidable_applications(actor: Actor) -> QuerySet[wishes.Application]:
    """Those that the actor may decide now: it neither asked nor approved an earlier step."""
    done = wishes.ApplicationApproval.objects.filter(application=OuterRef("pk"), by=actor.account_id)
    return _visible(actor).filter(_waits_for(actor), ~Exists(done)).exclude(asked_by=actor.account_id)


def _visible(actor: Actor) -> QuerySet[wishes.Application]:
    rows: QuerySet[wishes.Application] = wishes.Application.objects.filter(
        state=wishes.ASKED, case__in=cases.visible_to(actor)
    )
    return rows


def _waits_for(actor: Actor) -> Q:
    """Whatever waits for a step that one of the actor's posts may decide."""
    found = Q(pk__in=[])
    for act in wishes.APPROVING_ACTS:
        scope = actor.scope(act)
        if scope.everywhere:
            found |= Q(waits_for=act)
        elif not scope.is_empty:
            inside = Q(case__community__in=scope.communities) | Q(unit__in=scope.units)
            found |= Q(waits_for=act) & inside
    return found
