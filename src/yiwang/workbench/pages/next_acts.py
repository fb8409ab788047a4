"""Next acts 下一步: the forms a page offers, from the case table, the actor's permissions and the guards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...cases.public import CASE, OPEN_TASK_STATES, Case
from ...kernel.actor import Actor
from ...kernel.states import Transition
from ..forms.acts import ActForm
from ..forms.admin import ADMIN_FORMS, ADMIN_LABELS
from ..forms.level_acts import ACT_FORMS, FORM_OF_ROW
from ..queries.case_page import CasePage
from ..queries.phrases import phrases_of

#: Labels of forms that carry several rows of the table out, or none.
_LABELS = {
    "accept": _("受理"),
    "recheck": _("核查"),
    "feed_back": _("处置反馈"),
    "sign": _("签收"),
}
_FORWARD = (
    "sign",
    "feed_back",
    "accept",
    "register",
    "dispatch",
    "approve",
    "recheck",
    "close",
    "confirm",
    "confirm_on_site",
    "rate",
)


@dataclass(frozen=True, slots=True)
class NextAct:
    """One act the page offers.

    Attributes:
        hint: why it is not open just now, from the guards; empty when it is.
        is_forward: moves the case on, so the page shows it first.
        phrases: sentences that may be put into the form.
    """

    name: str
    label: str
    form: ActForm
    hint: str
    is_forward: bool
    phrases: tuple[str, ...] = ()
    is_open: bool = False


def next_acts(
    actor: Actor,
    page: CasePage,
    *,
    at: datetime,
    bound: ActForm | None = None,
) -> list[NextAct]:
    """What the actor may do with the case now, the way forward first.

    Args:
        bound: a form that came back with problems; it takes the place of the fresh one and stands open.
    """
    offered = offered_acts(actor, page, at=at)
    if bound is not None and bound.action in ACT_FORMS:
        offered.setdefault(bound.action, "")
    phrases = _phrases(actor, [ACT_FORMS[name].phrases for name in offered])
    acts = []
    for name, form_class in ACT_FORMS.items():
        if name not in offered:
            continue
        is_bound = bound is not None and bound.action == name
        form = bound if is_bound and bound is not None else form_class(case=page.case)
        acts.append(
            NextAct(
                name=name,
                label=label_of(name),
                form=form,
                hint=offered[name],
                is_forward=name in _FORWARD,
                phrases=phrases.get(form_class.phrases, ()),
                is_open=is_bound,
            )
        )
    return _first_open(sorted(acts, key=lambda act: not act.is_forward))


def _first_open(acts: list[NextAct]) -> list[NextAct]:
    from dataclasses import replace

    if any(act.is_open for act in acts):
        return acts
    for position, act in enumerate(acts):
        if act.is_forward and not act.hint:
            acts[position] = replace(act, is_open=True)
            break
    return acts


def label_of(name: str) -> str:
    """What the button of an act says."""
    own = _LABELS.get(name) or ADMIN_LABELS.get(name)
    if own is not None:
        return str(own)
    return gettext(next(row.label for row in CASE.transitions if row.action == name))


def offered_acts(actor: Actor, page: CasePage, *, at: datetime) -> dict[str, str]:
    """Form name to hint, for every row that starts from the state and that the actor's permissions allow."""
    case = page.case
    units = {view.task.unit for view in page.tasks if view.task.recalled_at is None}
    offered: dict[str, str] = {}
    for row in CASE.open_from(case.state):
        name = FORM_OF_ROW.get(row.action, row.action)
        if name not in ACT_FORMS or name in offered or not cases.may(actor, row.permission, case, units):
            continue
        offered[name] = _hint(row, actor, page, at)
    _tasks(offered, page)
    _callback(offered, page)
    _same_day(offered, page, at)
    if case.state == "closed" and page.waiting_sample and cases.may(actor, "cases.recheck", case):
        own = actor.account_id in case.handlers
        offered["recheck"] = gettext("处置人员本人不能核查，请由他人办理。") if own else ""
    return offered


def _same_day(offered: dict[str, str], page: CasePage, at: datetime) -> None:
    """A hazard is confirmed on the spot before its dispatch; no other case is asked about it."""
    case = page.case
    if case.same_day_due_at is None:
        for name in ("confirm_on_site", "dispatch_first", "control_risk"):
            offered.pop(name, None)
        return
    facts = cases.facts_of(case, actor=Actor(account_id=None), at=at)
    for name in ("confirm", "refute", "request_verification"):
        offered.pop(name, None)
    if facts.awaits_confirmation and "dispatch" in offered:
        offered["dispatch"] = gettext("须先经现场感知确认属实，才能派遣。")
    if not (facts.awaits_confirmation and facts.urgent):
        offered.pop("dispatch_first", None)
    if cases.SiteConfirmation.objects.filter(case=case, result="real").exists():
        offered.pop("confirm_on_site", None)
    if cases.SameDay.objects.filter(case=case, state="open", controlled_at__isnull=False).exists():
        offered.pop("control_risk", None)


def _callback(offered: dict[str, str], page: CasePage) -> None:
    """Reports that wait for our own call; those that their source calls about are the source's."""
    unrated = [view.report for view in page.reports if view.rating is None]
    if not unrated:
        offered.pop("rate", None)
    elif "rate" in offered and all(caller_of(report) == "source" for report in unrated):
        offered["rate"] = gettext("由来源单位回访，评价由来源传回。")


def caller_of(report: cases.Report) -> str:
    """Who makes the final call about a report: `us` or `source`."""
    return cases.who_tells("callback", voice=report.voice, rated_by_source=report.rated_by_source)


def _tasks(offered: dict[str, str], page: CasePage) -> None:
    """Signing and feeding back need an open task of the actor's unit."""
    if "feed_back" not in offered:
        return
    own = [v.task for v in page.tasks if v.is_own and v.task.state in OPEN_TASK_STATES]
    if not own:
        del offered["feed_back"]
    elif any(task.state == "pending" for task in own):
        offered["sign"] = ""


def _hint(row: Transition, actor: Actor, page: CasePage, at: datetime) -> str:
    """Why a guard would refuse now; guards that the form itself satisfies are not asked."""
    facts = cases.facts_of(page.case, actor=actor, at=at, **_evidence(page, at))
    for guard in row.guards:
        if guard.__name__ in {"is_somebody_else", "rates_as_somebody_else", "evidence_is_complete"} and (
            row.action not in {"feed_back", "feed_back_straight", "handle_on_the_spot"}
        ):
            refusal = guard(facts)
            if refusal:
                return refusal
    return ""


def _evidence(page: CasePage, at: datetime) -> Mapping[str, Any]:
    given = {
        stage for view in page.tasks if view.task.round == page.case.round for stage in view.task.evidence
    }
    required = cases.case_policy(page.case, at).evidence
    return {"evidence": frozenset(given), "evidence_required": required}


def _phrases(actor: Actor, purposes: list[str]) -> dict[str, tuple[str, ...]]:
    """By purpose: the actor's own, those of his units, and everybody's."""
    wanted = {purpose for purpose in purposes if purpose}
    if not wanted:
        return {}
    rows = phrases_of(actor).filter(purpose__in=wanted)
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.purpose, []).append(row.text)
    return {purpose: tuple(texts) for purpose, texts in found.items()}


def form_for(name: str, case: Case, **data: Any) -> ActForm | None:
    """The form of an act, or None when there is no such act."""
    form_class = ACT_FORMS.get(name) or ADMIN_FORMS.get(name)
    return None if form_class is None else form_class(case=case, **data)
