"""Requests to sources 来源申请: 延期 and 退单 where the source decides; ours wait for its verdict.

A request is told to the source in its own words (`asked_extension`, `asked_return`). Its verdict comes as a
further message (`verdict`): a granted extension sets the source's limit anew, a granted return ends the case.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from ...cases.public import (
    OPEN_STATES,
    Case,
    CaseMoved,
    FollowUpKind,
    Remark,
    Report,
    ReportLink,
    follow_up_report,
    may,
    recall_case,
    reject_case,
    reports_of,
    task_units,
    void_case,
)
from ...kernel.actor import Actor, system_actor
from ...kernel.canonical import commitment, new_salt
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...kernel.states import transition
from ...ledger.public import Act, acting
from ..enums import SourceRequestKind, WriteBackState
from ..models import SourceRequest, WriteBack
from ..queries.channels import LiveChannel, channel_index
from ..queries.requests import reason_of, request_facts
from ..rules.definition import Owners
from ..states import ASKED, GRANTED, SOURCE_REQUEST
from .source_limits import limit_by_source
from .writing_back import Change, note_change, tells

ACT = "cases.dispatch"
MAX_REASON = 500
#: Who carries out what a source decides.
SOURCE = system_actor(
    "source", "cases.receive", "cases.view", "cases.dispatch", "cases.reject", "cases.void",
    "cases.withdraw", "cases.rate", "cases.set_source_limit", "intake.exchange",
)  # fmt: skip
#: States in which handing back can still end the case.
RETURNABLE = ("received", "registering", "dispatching", "handling")
_LABELS = {kind.value: str(kind.label) for kind in SourceRequestKind}


def owner_of(owners: Owners, kind: str) -> str:
    """Who decides a kind of request: `us` or `source`."""
    return owners.extension if kind == SourceRequestKind.EXTENSION else owners.handing_back


def ask_extension(
    *, actor: Actor, at: datetime, case_id: UUID, report_id: UUID, reason: str, wished_at: datetime
) -> SourceRequest:
    """Ask the source of a report for more time 申请延期.

    Raises:
        Invalid: no reason, or a wished limit that is not later than now and than the source's own.
        Refused, NotFound, Conflict: see `ask_return`.
    """
    report = Report.objects.filter(pk=report_id).first()
    known = report.source_due_at if report is not None else None
    if wished_at <= at or (known is not None and wished_at <= known):
        raise invalid("wished_at", wished_at.isoformat(), "希望延至的时间须晚于现在，也晚于来源现在的时限。")
    row = SourceRequest(report=report_id, case=case_id, kind=SourceRequestKind.EXTENSION, wished_at=wished_at)
    return _ask(row, reason, actor=actor, at=at, states=OPEN_STATES)


def ask_return(*, actor: Actor, at: datetime, case_id: UUID, report_id: UUID, reason: str) -> SourceRequest:
    """Ask the source of a report to take it back 申请退单.

    Effects: the row, entries in its stream and the case's, and the write-back that tells the source.

    Raises:
        Invalid: no reason.
        Refused: the actor may not dispatch the case.
        NotFound: the case has no such report.
        Conflict: the channel leaves this to us, cannot be told, is asked already, or the case is too far on.
    """
    row = SourceRequest(report=report_id, case=case_id, kind=SourceRequestKind.RETURN)
    return _ask(row, reason, actor=actor, at=at, states=RETURNABLE)


def _ask(
    row: SourceRequest, reason: str, *, actor: Actor, at: datetime, states: tuple[str, ...]
) -> SourceRequest:
    text = reason.strip()
    if not text or len(text) > MAX_REASON:
        raise invalid("reason", f"{len(text)} 字", f"请写明理由，1 到 {MAX_REASON} 字。")
    row.asked_by, row.asked_post, row.asked_at = actor.account_id, actor.post_id, at
    try:
        with acting(actor=actor, at=at) as act:
            case = act.lock(Case, row.case)
            _require(actor, case)
            report = reports_of(case).filter(pk=row.report).first()
            if report is None:
                raise NotFound("该案件没有这条诉求。", code="cases.no_such_report")
            row.channel_id = _deciding(report, row.kind).id
            if case.state not in states:
                label = _LABELS[row.kind]
                raise Conflict(f"案件当前状态不能再申请{label}。", code="intake.too_late")
            row.asked_seq = _note(act, case, row, f"{row.kind}_asked", text)
            act.insert(row)
            wished = {"wished_at": row.wished_at} if row.wished_at else {}
            body = {"case": case.id, "report": row.report, "state": row.state, **wished}
            act.record(row, f"intake.{row.kind}_asked", body)
            act.flush()
            note_change(_change(row, f"asked_{row.kind}", at), report_id=row.report)
    except IntegrityError as error:
        text = f"已有一项{_LABELS[row.kind]}申请在等待来源答复。"
        raise Conflict(text, code="intake.asked_already") from error
    return row


def _change(row: SourceRequest, name: str, at: datetime) -> Change:
    return Change(name, row.case, at, {"request": str(row.id), **request_facts(row)})


def _deciding(report: Report, kind: str) -> LiveChannel:
    """The channel whose source decides, and can be told."""
    live = channel_index().by_code.get(report.channel)
    label = _LABELS[kind]
    if live is None or owner_of(live.definition.owners, kind) != "source":
        raise Conflict(f"该诉求的{label}由本平台决定，不需向来源申请。", code="intake.ours_to_decide")
    if not tells(live, f"asked_{kind}"):
        text = f"渠道“{live.name}”没有约定“申请{label}”的回写用语，来源收不到申请。请联系对接管理员。"
        raise Conflict(text, code="intake.no_words")
    return live


def _require(actor: Actor, case: Case) -> None:
    if not may(actor, ACT, case, task_units(case)):
        raise Refused("您没有就该案件向来源申请的权限。", code="intake.refused", act=ACT)


def _note(act: Act, case: Case, row: SourceRequest, what: str, text: str = "") -> int:
    """The case's own entry, so that everybody who works on it sees it; its `seq`.

    A text becomes the entry's remark, its commitment stands in the journal.
    """
    body: dict[str, object] = {"state": case.state, "request": row.id, "report": row.report}
    salt = new_salt()
    if text:
        body["remark"] = commitment(text, salt)
    seq = act.record(case, f"intake.{what}", body)
    if text:
        act.insert(Remark(case_id=case.id, seq=seq, text=text, salt=salt))
    act.announce(CaseMoved(case_id=case.id, at=act.at, action=what, state=case.state))
    return seq


def take_back_request(
    *, actor: Actor, at: datetime, request_id: UUID, expected: int | None = None
) -> SourceRequest:
    """Take a request back 收回申请 before the source has answered; a source that was told is told of it.

    Raises:
        Refused: the actor may not dispatch the case.
        Conflict: it has been answered.
    """
    with acting(actor=actor, at=at) as act:
        row = act.lock(SourceRequest, request_id, expected=expected)
        case = act.lock(Case, _case_of(row))
        _require(actor, case)
        _settle(act, row, "take_back")
        _note(act, case, row, f"{row.kind}_taken_back")
        unsent = WriteBack.objects.filter(
            report=row.report, change=f"asked_{row.kind}", facts__request=str(row.id),
            state=WriteBackState.WAITING, attempts=0,
        )  # fmt: skip
        if not unsent.update(state=WriteBackState.GIVEN_UP, answer="发出前已收回。"):
            note_change(_change(row, "took_back", at), report_id=row.report)
    return row


def settle_request(
    *, actor: Actor, at: datetime, request_id: UUID, verdict: str, due_at: datetime | None = None
) -> SourceRequest:
    """Write the source's verdict down 来源答复 and carry it out.

    Args:
        verdict: `granted` or `refused`.
        due_at: the limit that a granted extension gives; as wished without one.

    Raises:
        Refused: the actor does not work on the exchange.
        Conflict: the request has been settled.
    """
    if not actor.may_anywhere("intake.exchange"):
        raise Refused("您没有登记来源答复的权限。", code="intake.refused", act="intake.exchange")
    is_granted = verdict == GRANTED
    with transaction.atomic():
        with acting(actor=actor, at=at) as act:
            row = act.lock(SourceRequest, request_id)
            if is_granted and row.kind == SourceRequestKind.EXTENSION:
                row.granted_due_at = due_at or row.wished_at
                act.update(row, "granted_due_at")
            _settle(act, row, "grant" if is_granted else "refuse")
        with acting(actor=actor, at=at) as act:
            case = act.lock(Case, _case_of(row))
            _note(act, case, row, f"{row.kind}_{row.state}")
        if is_granted:
            _carry_out(row, case, at)
    return row


def _settle(act: Act, row: SourceRequest, action: str) -> None:
    found = transition(SOURCE_REQUEST, row.state, action)
    assert found.target is not None
    row.state, row.settled_at = found.target, act.at
    act.update(row, "state", "settled_at")
    act.record(row, f"intake.{row.kind}_{row.state}", {"state": row.state, "due_at": row.granted_due_at})


def _case_of(row: SourceRequest) -> UUID:
    """The case that the report belongs to now; it may have been merged since."""
    return ReportLink.objects.values_list("case", flat=True).get(report=row.report, until=None)


def _carry_out(row: SourceRequest, case: Case, at: datetime) -> None:
    live = channel_index().by_id[row.channel_id]
    if row.kind == SourceRequestKind.EXTENSION:
        if row.granted_due_at is not None:
            limit_by_source(live, row.report, row.granted_due_at, actor=SOURCE, at=at, is_extension=True)
        return
    said = f"来源“{live.name}”已同意退单：{reason_of(row)}"
    if case.state not in RETURNABLE or reports_of(case).count() > 1:
        text = f"{said}\n案件另有诉求或已进入后续环节，未自动办结，请派遣员处理。"
        follow_up_report(actor=SOURCE, at=at, report_id=row.report, kind=FollowUpKind.ADDITION, text=text)
    elif case.state == "received":
        reject_case(actor=SOURCE, at=at, case_id=case.id, reason=said)
    else:
        if case.state == "handling":
            recall_case(actor=SOURCE, at=at, case_id=case.id, reason=said)
        void_case(actor=SOURCE, at=at, case_id=case.id, reason=said)


__all__ = [
    "ACT", "ASKED", "RETURNABLE", "SOURCE", "ask_extension", "ask_return", "owner_of", "settle_request",
    "take_back_request",
]  # fmt: skip
