"""Responsibility 退单与责任 in words: returns, disputes, the chain of the first asked, the fallback owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from ...cases import public as cases
from ...interface.public import Order, Page, enumerated, page_by_key
from ...kernel.actor import Actor
from ...orgs.public import post_label
from .. import names
from .wishes import said_at

_BY_LIMIT = Order("limit", "due_at")
ASK, REVIEW, ARBITRATE = "cases.ask_return", "cases.review", "cases.arbitrate"


@dataclass(frozen=True, slots=True)
class Button:
    """An act that may be begun: its form's name, its label, what it is about, and why it is not open."""

    name: str
    label: str
    subject: UUID | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return as pages show it; persons are shown by their posts."""

    row: cases.TaskReturn
    unit: str
    by: str
    reason: str
    words: str
    proposed: str
    decision: str
    is_late: bool
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True)
class DisputeView:
    """An arbitration as pages show it."""

    row: cases.Arbitration
    parties: str
    proposed: str
    words: str
    decision: str
    host: str
    co_units: str
    by: str
    minutes: Sequence[tuple[str, str, str]]
    is_late: bool
    hint: str = ""
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One place of the chain of the first asked 首问链: unit and post, since when, how it came there."""

    label: str
    unit: str
    post: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AbsorbedView:
    """What was settled about a case that was merged into this one 并入案件, in words."""

    case: cases.Case
    words: str


@dataclass(frozen=True, slots=True)
class Responsibility:
    """What the panel of a case shows 退单与责任."""

    case: cases.Case
    returns: Sequence[ReturnView]
    disputes: Sequence[DisputeView]
    chain: Sequence[ChainStep]
    fallback: str
    offer: cases.FallbackOffer | None
    offered_unit: str
    buttons: Sequence[Button]
    absorbed: Sequence[AbsorbedView] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened about whose job it is."""
        own = self.returns or self.disputes or self.chain or self.fallback or self.offer
        return not (own or self.absorbed)


def responsibility(actor: Actor, case: cases.Case, at: datetime) -> Responsibility:
    """Everything about whose job a case is, with what the actor may do about it."""
    returns = list(cases.TaskReturn.objects.filter(case=case).order_by("-number", "-id"))
    disputes = list(
        cases.Arbitration.objects.filter(case=case).prefetch_related("views").order_by("-asked_at", "-id")
    )
    moved = _handovers(case)
    taken = cases.FallbackTaking.objects.filter(case=case).order_by("-at", "-id").first()
    said = dict(cases.Remark.objects.filter(case=case).values_list("seq", "text"))
    offer = cases.fallback_offer(case, at)
    owner = offer.owner if offer is not None else None
    tasks = list(cases.Task.objects.filter(case=case, state__in=cases.OPEN_TASK_STATES))
    by_case = {(case.id, seq): text for seq, text in said.items()}
    return Responsibility(
        case=case,
        returns=[_return_view(row, by_case, at, _deciding(actor, case, row)) for row in returns],
        disputes=[_dispute_view(actor, case, row, by_case, at) for row in disputes],
        chain=_chain(case, moved, said),
        fallback=_fallback(case, taken, said),
        offer=offer,
        offered_unit=names.unit_name(owner.unit_id) if owner is not None else "",
        buttons=_buttons(actor, case, tasks, at, offer),
        absorbed=_absorbed(case),
    )


def _absorbed(case: cases.Case) -> list[AbsorbedView]:
    """Absorbed cases about which something was settled; nothing is read of a case with one report."""
    if case.report_count < 2:
        return []
    rows = cases.Case.objects.filter(pk__in=cases.absorbed_keys(case.id)).order_by("number")
    told = [AbsorbedView(row, _settled(row)) for row in rows]
    return [view for view in told if view.words]


def _settled(case: cases.Case) -> str:
    found = []
    if case.return_count:
        found.append(_("退单 %(count)d 次，计入本案") % {"count": case.return_count})
    if case.final_owner is not None:
        found.append(_("已裁定由%(unit)s主办") % {"unit": names.unit_name(case.final_owner)})
    if case.first_unit is not None:
        found.append(_("首问单位为%(unit)s") % {"unit": names.unit_name(case.first_unit)})
    if case.transfers:
        found.append(_("首问移交 %(count)d 次") % {"count": case.transfers})
    return "；".join(found)


def chain_of(case: cases.Case) -> list[ChainStep]:
    """The chain of the first asked for a reader outside: units, posts and dates; no reasons, no names."""
    if case.first_unit is None:
        return []
    return _chain(case, _handovers(case), {})


def _handovers(case: cases.Case) -> list[cases.Handover]:
    """Its handovers in order; with those of an absorbed case whose first asked unit passed to this one."""
    found = list(cases.Handover.objects.filter(case=case).order_by("number"))
    if case.first_unit is not None and case.transfers > len(found) and case.report_count > 1:
        passed = cases.Handover.objects.filter(
            case__in=cases.absorbed_keys(case.id), from_unit=case.first_unit
        )
        found = sorted([*passed, *found], key=lambda row: (row.at, str(row.id)))
    return found


def _chain(case: cases.Case, moved: Sequence[cases.Handover], said: dict[int, str]) -> list[ChainStep]:
    if case.first_unit is None or case.first_at is None:
        return []
    unit = names.unit_name(case.first_unit)
    found = [ChainStep(_("首问"), unit, _post(case.first_post, unit), case.first_at)]
    for row in moved:
        giver = names.unit_name(row.from_unit)
        reason = said.get(row.seq, "") if row.case_id == case.id else ""
        given = ChainStep(_("移交"), giver, _post(row.from_post, giver), row.at, reason)
        found += [given, ChainStep(_("接收"), names.unit_name(row.to_unit), "", row.at)]
    return found


def _post(key: UUID | None, unit: str) -> str:
    """The post alone, without the unit that stands beside it."""
    return post_label(key).removeprefix(unit).strip() if key is not None else ""


def _fallback(case: cases.Case, taken: cases.FallbackTaking | None, said: dict[int, str]) -> str:
    if taken is None or taken.unit != case.host:
        return ""
    words = {"unit": names.unit_name(taken.unit), "cause": taken.get_cause_display()}
    text = _("由%(unit)s兜底承接，原因：%(cause)s。") % words
    return f"{text}{said.get(taken.seq, '')}"


def _return_view(
    row: cases.TaskReturn, said: dict[tuple[UUID, int], str], at: datetime, buttons: Sequence[Button]
) -> ReturnView:
    return ReturnView(
        row=row,
        unit=names.unit_name(row.unit),
        by=post_label(row.asked_post) or _("系统"),
        reason=cases.reason_words(row.reason),
        words=said.get((row.case_id, row.asked_seq), ""),
        proposed=names.unit_name(row.proposed_unit),
        decision=said.get((row.case_id, row.decided_seq or 0), "") if row.state != "ruled" else "",
        is_late=row.state == "asked" and at > row.due_at,
        buttons=buttons,
    )


def _dispute_view(
    actor: Actor, case: cases.Case, row: cases.Arbitration, said: dict[tuple[UUID, int], str], at: datetime
) -> DisputeView:
    buttons, hint = [], ""
    if row.state == "asked" and cases.may(actor, ARBITRATE, case):
        hint = cases.is_judge(actor, row) or ""
        buttons = [] if hint else [Button("rule_arbitration", _("作出裁定"), row.id)]
    return DisputeView(
        row=row,
        parties=enumerated(names.unit_name(key) for key in row.parties),
        proposed=names.unit_name(row.proposed_unit),
        words=said.get((row.case_id, row.asked_seq), ""),
        decision=said.get((row.case_id, row.decided_seq or 0), "") if row.state == "ruled" else "",
        host=names.unit_name(row.host),
        co_units=enumerated(names.unit_name(key) for key in row.co_units),
        by=names.unit_name(row.asking_unit),
        minutes=[
            (names.unit_name(view.unit), view.post, said.get((row.case_id, view.seq), ""))
            for view in row.views.all()
        ],
        is_late=row.state == "asked" and at > row.due_at,
        hint=hint,
        buttons=buttons,
    )


def _deciding(actor: Actor, case: cases.Case, row: cases.TaskReturn) -> list[Button]:
    """What the actor may do with a return that waits; who asked may only take it back."""
    if row.state != "asked":
        return []
    if row.asked_by is not None and row.asked_by == actor.account_id:
        return [Button("take_back_return", _("收回退单申请"), row.id)]
    if case.state != "handling" or not cases.may(actor, REVIEW, case):
        return []
    refusing = Button("refuse_return", _("不予退单"), row.id)
    if case.arbitration:
        return [refusing]
    return [
        Button("grant_return", _("准予退单"), row.id),
        refusing,
        Button("refer_return", _("提请裁定"), row.id),
    ]


def _buttons(
    actor: Actor,
    case: cases.Case,
    tasks: Sequence[cases.Task],
    at: datetime,
    offer: cases.FallbackOffer | None,
) -> list[Button]:
    own = [task for task in tasks if actor.may(ASK, units=[task.unit])]
    found = _unit_buttons(case, own) if case.state == "handling" else []
    first = case.first_unit
    if first is not None and actor.may(ASK, units=[first]) and _may_hand_over(case, tasks, at):
        found.append(Button("hand_over", _("首问移交")))
    early = case.state in {"received", "verifying", "registering", "dispatching"} or (
        case.state == "handling" and cases.may(actor, "cases.dispatch", case)
    )
    if first is None and early and not case.return_count and cases.may(actor, "cases.receive", case):
        found.append(Button("mark_first", _("记为首问")))
    if offer is not None and offer.owner is not None and cases.may(actor, "cases.dispatch", case):
        hint = "" if at >= offer.from_at else offer.explanation
        found.append(Button("take_fallback", _("兜底派遣"), hint=hint))
    return found


def _unit_buttons(case: cases.Case, own: Sequence[cases.Task]) -> list[Button]:
    if not own or case.final_owner is not None or case.arbitration is not None:
        return []
    if case.transfers and any(task.role == cases.TaskRole.HOST for task in own):
        return [Button("ask_arbitration", _("申请争议裁定"))]
    if any(task.unit == case.first_unit for task in own):
        return []
    return [Button("ask_return", _("申请退单"))]


def _may_hand_over(case: cases.Case, tasks: Sequence[cases.Task], at: datetime) -> bool:
    if case.final_owner is not None or case.transfers >= cases.return_limits(case, at).most_transfers:
        return False
    holds = any(task.unit == case.first_unit and task.role == cases.TaskRole.HOST for task in tasks)
    return case.state == "dispatching" or (case.state == "handling" and holds)


def waiting_returns(actor: Actor, *, cursor: str = "") -> Page[cases.TaskReturn]:
    """Returns that wait where the actor decides, the one with the earliest limit first."""
    seen = cases.visible_to(actor, REVIEW)
    rows = cases.TaskReturn.objects.filter(state="asked", case__in=seen).select_related("case", "task")
    return page_by_key(rows, _BY_LIMIT, cursor=cursor or None)


def waiting_disputes(actor: Actor, *, cursor: str = "") -> Page[cases.Arbitration]:
    """Disputes that wait where the actor may rule, the one with the earliest limit first."""
    seen = cases.visible_to(actor, ARBITRATE)
    rows = cases.Arbitration.objects.filter(state="asked", case__in=seen).select_related("case")
    return page_by_key(rows.prefetch_related("views"), _BY_LIMIT, cursor=cursor or None)


def return_views(actor: Actor, rows: Iterable[cases.TaskReturn], at: datetime) -> list[ReturnView]:
    """Returns in words; one query for the words of all."""
    found = list(rows)
    said = said_at((row.case_id, row.asked_seq) for row in found)
    return [_return_view(row, said, at, _deciding(actor, row.case, row)) for row in found]


def dispute_views(actor: Actor, rows: Iterable[cases.Arbitration], at: datetime) -> list[DisputeView]:
    """Disputes in words; one query for the words of all."""
    found = list(rows)
    said = said_at((row.case_id, row.asked_seq) for row in found)
    return [_dispute_view(actor, row.case, row, said, at) for row in found]


def histories(rows: Sequence[cases.TaskReturn]) -> dict[UUID, str]:
    """How often the asking and the proposed unit of each return asked before, and were granted."""
    units = {key for row in rows for key in (row.unit, row.proposed_unit) if key is not None}
    counted: dict[UUID, list[int]] = {unit: [0, 0] for unit in units}
    earlier = cases.TaskReturn.objects.filter(unit__in=units).exclude(state__in=("taken_back", "lapsed"))
    for unit, state in earlier.values_list("unit", "state").order_by("-asked_at")[:2000]:
        counted[unit][0] += 1
        counted[unit][1] += state == "approved"
    text = _("%(unit)s：申请退单 %(asked)d 次，准予 %(granted)d 次")
    return {
        row.id: "；".join(
            text % {"unit": names.unit_name(key), "asked": counted[key][0], "granted": counted[key][1]}
            for key in (row.unit, row.proposed_unit)
            if key is not None
        )
        for row in rows
    }
