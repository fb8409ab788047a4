"""Admission of a case 准入依据: what the lists say now, what they said at each dispatch, who refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ...cases import public as cases
from ...catalog.public import Admission, AdmissionLevel, AdmissionVerdict
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from .. import names

_NEWEST = Order("newest", "id", descending=True)
#: Levels to which a case waiting for dispatch may go or not.
_PREVIEWED = (AdmissionLevel.GRID, AdmissionLevel.COMMUNITY)


@dataclass(frozen=True, slots=True)
class CheckView:
    """A stored check in words."""

    unit: str
    check: cases.AdmissionCheck
    verdict: str


@dataclass(frozen=True, slots=True)
class CaseAdmission:
    """What the panel of a case shows.

    Attributes:
        preview: level and what the lists say now, while the case waits for dispatch.
        refusing: the community unit whose waiting task the actor may refuse; empty without one.
        refusal: why it would be refused.
    """

    preview: list[tuple[str, Admission]] = field(default_factory=list)
    checks: list[CheckView] = field(default_factory=list)
    refusals: list[tuple[str, cases.UnlistedRefusal]] = field(default_factory=list)
    refusing: str = ""
    refusal: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.preview or self.checks or self.refusals or self.refusing)


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A refusal in words, with the case that the actor may see."""

    row: cases.UnlistedRefusal
    unit: str
    matter: str


def case_admission(actor: Actor, case: cases.Case, at: datetime) -> CaseAdmission:
    """What the panel of a case shows; three queries."""
    checks = cases.AdmissionCheck.objects.filter(case=case).order_by("-id")[:50]
    refusals = cases.UnlistedRefusal.objects.filter(case=case).order_by("-id")[:50]
    unit = _refusable(actor, case, at)
    return CaseAdmission(
        preview=[(str(level.label), cases.admission_for(case, level, at)) for level in _PREVIEWED]
        if case.state == "dispatching"
        else [],
        checks=[
            CheckView(names.unit_name(row.unit), row, str(AdmissionVerdict(row.verdict).label))
            for row in checks
        ],
        refusals=[(names.unit_name(row.unit), row) for row in refusals],
        refusing=unit,
        refusal=cases.refusal_words(case) if unit else "",
    )


def refusal_page(actor: Actor, *, cursor: str = "") -> tuple[Page[cases.UnlistedRefusal], list[RefusalView]]:
    """One page of refusals of cases that the actor may see, newest first."""
    seen = cases.visible_to(actor)
    rows = cases.UnlistedRefusal.objects.filter(case__in=seen).select_related("case")
    page = page_by_key(rows, _NEWEST, cursor=cursor)
    views = [
        RefusalView(row, names.unit_name(row.unit), names.class_name(row.matter_class)) for row in page.rows
    ]
    return page, views


def _refusable(actor: Actor, case: cases.Case, at: datetime) -> str:
    is_ruled = case.final_owner is not None or case.arbitration is not None
    if case.state != "handling" or is_ruled or not actor.may_anywhere("cases.refuse_unlisted"):
        return ""
    if cases.admission_for(case, AdmissionLevel.COMMUNITY, at).no_refusal:
        return ""
    for task in cases.Task.objects.filter(case=case, state="pending"):
        own = actor.may("cases.refuse_unlisted", units=[task.unit])
        if own and cases.level_of(task.unit) == AdmissionLevel.COMMUNITY:
            return names.unit_name(task.unit)
    return ""
