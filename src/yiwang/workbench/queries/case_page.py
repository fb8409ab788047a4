"""Case page 案件页: everything the page of one case shows, inside what the actor may know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ...cases import public as cases
from ...files.public import attachments_of
from ...interface.public import Happening, enumerated, kind_label
from ...kernel.actor import Actor
from ...ledger.public import JournalEntry
from ...orgs.public import post_label
from .. import names
from .wishes import CorrectionView, correction_views

TIMELINE_LIMIT = 300
_TONES = {
    "cases.close": "good",
    "cases.answer": "good",
    "cases.handle_on_the_spot": "good",
    "cases.pass_recheck": "good",
    "cases.fail_recheck": "bad",
    "cases.overdue": "bad",
    "cases.rework": "warning",
    "cases.reject": "bad",
    "cases.void": "bad",
    "cases.dispatch": "active",
    "cases.received": "active",
    "cases.corrected": "warning",
    "cases.report_erased": "warning",
    "cases.marked_sensitive": "warning",
}
_ICONS = {
    "cases.received": "inbox",
    "cases.dispatch": "send",
    "cases.close": "circle-check",
    "cases.answer": "message",
    "cases.merge": "git-merge",
    "cases.absorbed": "git-merge",
    "cases.overdue": "alert-triangle",
    "cases.rate": "star",
    "cases.contact_revealed": "eye",
    "cases.claimed": "hand-stop",
    "cases.task_done": "check",
    "cases.correction_requested": "pencil",
    "cases.corrected": "pencil",
    "cases.correction_refused": "ban",
    "cases.erasure_requested": "trash",
    "cases.report_erased": "trash",
    "cases.marked_sensitive": "lock",
    "cases.unmarked_sensitive": "lock",
    "cases.access_granted": "key",
    "cases.access_revoked": "key",
}


#: Entries whose line begins with the unit that they are about.
_OF_A_UNIT = {
    "cases.signed", "cases.task_done", "cases.return_asked", "cases.return_granted", "cases.return_refused",
    "cases.give_back", "cases.arbitration_asked", "cases.arbitration_view", "cases.first_asked",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as the page shows it.

    Attributes:
        contact: masked name and phone; empty when there is none or it is hidden.
        is_hidden: the reporter is hidden from this actor.
        may_reveal: the actor may ask for the contact, with a purpose.
        history: cases of earlier reports with the same phone that the actor may see, newest first.
        erasure: the request to erase it that waits, if any.
    """

    report: cases.Report
    contact: dict[str, str]
    is_hidden: bool
    may_reveal: bool
    follow_ups: Sequence[cases.FollowUp]
    rating: cases.Rating | None
    rating_text: str
    history: Sequence[cases.Case]
    erasure: cases.ErasureRequest | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with the names it needs."""

    task: cases.Task
    unit: str
    is_own: bool


@dataclass(slots=True)
class CasePage:
    """What the page of one case shows 案件页."""

    case: cases.Case
    tasks: list[TaskView]
    reports: list[ReportView]
    happenings: list[Happening]
    attachments: Sequence[Any]
    rechecks: Sequence[cases.Recheck]
    absorbed: Sequence[cases.Case]
    survivor: cases.Case | None
    claimed_by: str = ""
    claimed_by_me: bool = False
    corrections: Sequence[CorrectionView] = ()

    @property
    def waiting_correction(self) -> CorrectionView | None:
        """The correction that waits for a second person, if any."""
        return next((view for view in self.corrections if view.row.state == "asked"), None)

    @property
    def explanation(self) -> str:
        """Why the case is due when it is: of the host's newest task."""
        found = [view.task.due_explanation for view in self.tasks if view.task.round == self.case.round]
        return found[0] if found else ""

    @property
    def waiting_sample(self) -> cases.Recheck | None:
        """The drawn sample recheck that waits, if any."""
        return next((r for r in self.rechecks if r.result == cases.RecheckResult.PENDING), None)


def case_page(actor: Actor, case: cases.Case) -> CasePage:
    """The page of a case that the actor may see (checked by the caller through `case_for`)."""
    units = actor.scope("cases.handle").units
    tasks = sorted(
        cases.Task.objects.filter(case=case),
        key=lambda t: (-t.round, t.role != cases.TaskRole.HOST, str(t.id)),
    )
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("-seq")[:TIMELINE_LIMIT])
    merged = cases.Case.objects.filter(Q(merged_into=case.id) | Q(pk=case.merged_into))
    related = list(merged.order_by("number"))
    claim = next((e for e in entries if e.kind == "cases.claimed"), None)
    corrections = correction_views(cases.Correction.objects.filter(case=case).order_by("-asked_at", "-id"))
    return CasePage(
        case=case,
        tasks=[TaskView(t, names.unit_name(t.unit), t.unit in units) for t in tasks],
        reports=_reports(actor, case),
        happenings=_happenings(case, entries, corrections),
        attachments=attachments_of(cases.EVIDENCE_OWNER, case.id),
        rechecks=list(cases.Recheck.objects.filter(case=case).order_by("-opened_at")),
        absorbed=[row for row in related if row.merged_into == case.id],
        survivor=next((row for row in related if row.id == case.merged_into), None),
        claimed_by=(post_label(claim.post) or _("其他人员")) if claim and case.claimed_by else "",
        claimed_by_me=case.claimed_by is not None and case.claimed_by == actor.account_id,
        corrections=corrections,
    )


def reaches_by_area(actor: Actor, act: str, case: cases.Case) -> bool:
    """Whether the actor reaches the case by its place and not only through a unit that works on it."""
    return actor.may(act, community=case.community)


def _reports(actor: Actor, case: cases.Case) -> list[ReportView]:
    found = list(cases.reports_of(case).prefetch_related("follow_ups"))
    ratings = {
        row.report_id: row
        for row in cases.Rating.objects.filter(case=case, report__in=found).order_by("round")
    }
    erasures = {row.report_id: row for row in cases.ErasureRequest.objects.filter(case=case, state="asked")}
    by_area = reaches_by_area(actor, "cases.view", case)
    may_reveal = cases.may(actor, "cases.reveal_contact", case)
    views = []
    for report in found:
        hidden = cases.is_hidden(report, case) and not by_area
        views.append(
            ReportView(
                report=report,
                contact={} if hidden else cases.masked_contact(report),
                is_hidden=hidden,
                may_reveal=may_reveal and not hidden and report.contact is not None,
                follow_ups=sorted(report.follow_ups.all(), key=lambda f: f.at),
                rating=ratings.get(report.id),
                rating_text=_rating_text(ratings.get(report.id)),
                history=earlier_cases(actor, cases.earlier_reports(report)) if by_area and may_reveal else (),
                erasure=erasures.get(report.id),
            )
        )
    return views


def _rating_text(rating: cases.Rating | None) -> str:
    """The chosen options in words."""
    if rating is None:
        return ""
    chosen = []
    for question, code in (("outcome", rating.outcome), ("satisfaction", rating.satisfaction)):
        options = cases.rating_options(question, rating.at)
        chosen += [option.label for option in options if option.code == code]
    return "，".join(chosen)


def earlier_cases(actor: Actor, reports: Sequence[cases.Report]) -> list[cases.Case]:
    """来电历史: the cases of some reports that the actor may see, newest first."""
    if not reports:
        return []
    links = cases.ReportLink.objects.filter(report__in=reports, until=None)
    return list(cases.visible_to(actor).filter(pk__in=links.values("case")).order_by("-created_at")[:20])


def _happenings(
    case: cases.Case, entries: Sequence[JournalEntry], corrections: Sequence[CorrectionView]
) -> list[Happening]:
    remarks = dict(cases.Remark.objects.filter(case=case).values_list("seq", "text"))
    changes = {str(view.row.id): _change_text(view) for view in corrections}
    return [
        Happening(
            at=entry.at,
            title=kind_label(entry.kind),
            by=post_label(entry.post) or ("" if entry.actor else _("系统或诉求人")),
            text=" ".join(part for part in (_detail(entry, changes), remarks.get(entry.seq, "")) if part),
            icon=_ICONS.get(entry.kind, "point"),
            tone=_TONES.get(entry.kind, "neutral"),  # type: ignore[arg-type]
        )
        for entry in entries
    ]


def _change_text(view: CorrectionView) -> str:
    """What a correction changes, in one line."""
    return "；".join(f"{c.label}：{c.before} → {c.after}" for c in view.changes)


def _detail(entry: JournalEntry, changes: dict[str, str]) -> str:
    """Which units an entry names, and what a correction changes."""
    body = json.loads(entry.body)
    if entry.kind in {"cases.correction_requested", "cases.corrected"}:
        return changes.get(body.get("correction", ""), "")
    if entry.kind in {"cases.dispatch", "cases.arbitrate", "cases.take_fallback", "cases.hand_over"}:
        units = [body.get("host"), *body.get("co_units", [])]
        return _("派往：%(units)s。") % {"units": enumerated(_unit(key) for key in units if key)}
    if entry.kind in _OF_A_UNIT:
        return _unit(body.get("unit"))
    return ""


def _unit(key: str | None) -> str:
    return names.unit_name(UUID(key)) if key else ""
