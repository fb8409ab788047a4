"""Tracking 办理进度: what a reporter may know — units and posts, never names, never who else reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from ...cases import public as cases
from ...interface.public import Happening
from ...ledger.public import JournalEntry
from ...orgs.public import post_label
from .. import names
from .returns import ChainStep, chain_of
from .told_applications import told

#: Kinds of entries a reporter sees, in words for the reporter; everything else stays inside.
_SHOWN = {
    "cases.accept": "已受理",
    "cases.accept_directly": "已受理",
    "cases.register": "已立案",
    "cases.dispatch": "已派往承办单位",
    "cases.recall": "重新安排承办单位",
    "cases.give_back": "重新安排承办单位",
    "cases.take_fallback": "已派往承办单位",
    "cases.arbitrate": "已明确承办单位",
    "cases.hand_over": "首问单位已移交",
    "cases.signed": "承办单位已签收",
    "cases.task_done": "承办单位已反馈",
    "cases.approve": "反馈已审核",
    "cases.rework": "要求承办单位重新办理",
    "cases.pass_recheck": "现场核查通过",
    "cases.fail_recheck": "现场核查不通过，重新办理",
    "cases.skip_recheck": "核查完成",
    "cases.close": "已办结",
    "cases.answer": "已答复",
    "cases.handle_on_the_spot": "已现场处置",
    "cases.reject": "不予受理",
    "cases.void": "已作废",
    "cases.refute": "核实后终止",
    "cases.reopen": "重新办理",
    "cases.redo": "反映未解决，退回承办单位重新办理",
    "cases.redo_elsewhere": "反映未解决，重新安排办理",
    "cases.reopen_by_repeat": "再次收到反映，重新办理",
    "cases.pass_up": "上报上一级协调",
    "cases.raise_level": "提级办理",
    "cases.confirm_on_site": "已到现场感知确认",
    "cases.control_risk": "已先行控制风险",
    "cases.withdraw": "已撤回",
}
#: Entries whose remark is written for the reporter.
_SAID = {"cases.reject", "cases.void", "cases.refute"}
#: Entries about one report; shown only to its own reporter.
_OWN = {
    "cases.rate": "您已评价", "cases.followed_up": "您补充了情况",
    "cases.unsolved": "您反映仍未解决，已记录",
}  # fmt: skip
#: Entries that name the unit that has the case from then on.
_SENT = {"cases.dispatch", "cases.take_fallback", "cases.arbitrate", "cases.hand_over"}
_ENDED = {"closed", "archived"}


@dataclass(frozen=True, slots=True)
class Progress:
    """How a report stands 办理进度, for its reporter.

    Attributes:
        answers: what the host wrote, once the case is closed.
        reopen_until: until when the reporter may ask for it to be done again, None when not.
        ending: solved or answered, in words; empty while it goes on.
        answered_by, called_by: the source that answers, or makes the final call, instead of us; else empty.
        chain: who was asked first and who took it over, by unit and post, never by name.
        awaits_person: demanded so often that a person looks and calls; nothing more is to be asked meanwhile.
    """

    report: cases.Report
    state: str
    label: str
    place: str
    happenings: Sequence[Happening]
    follow_ups: Sequence[cases.FollowUp]
    answers: Sequence[str]
    case_id: UUID
    may_rate: bool
    may_add: bool
    may_withdraw: bool
    reopen_until: datetime | None
    answered_by: str = ""
    ending: str = ""
    called_by: str = ""
    chain: Sequence[ChainStep] = ()
    awaits_person: bool = False


def progress_of(report: cases.Report, at: datetime) -> Progress:
    """The progress of the case that the report belongs to now."""
    link = cases.ReportLink.objects.select_related("case").get(report=report, until=None)
    case = link.case
    rated = cases.Rating.objects.filter(report=report, case=case, round=case.round).exists()
    follow_ups = list(cases.FollowUp.objects.filter(report=report).order_by("at"))
    withdrawn = any(row.kind == cases.FollowUpKind.WITHDRAWAL for row in follow_ups)
    until = _reopen_until(case, at)
    is_open, is_closed = case.state in cases.OPEN_STATES, case.state == "closed"
    source = names.channel_name(report.channel)
    tellers = {event: _teller(event, report) for event in cases.TOLD_EVENTS}
    calls = is_closed and cases.awaits_person(cases.Callback.objects.filter(report=report), case, report.id)
    return Progress(
        report=report,
        state=case.state,
        label=cases.CASE_STATES[case.state],
        place=names.place_line(case),
        happenings=_happenings(report, case),
        follow_ups=follow_ups,
        answers=_answers(case) if tellers["answer"] == "us" else [],
        case_id=case.id,
        may_rate=is_closed and not rated and tellers["callback"] == "us",
        may_add=is_open,
        may_withdraw=is_open and not withdrawn,
        reopen_until=until if until is not None and at <= until and not calls else None,
        awaits_person=calls,
        answered_by=source if tellers["answer"] == "source" else "",
        called_by=source if tellers["callback"] == "source" else "",
        chain=chain_of(case),
        ending=str(cases.Ending(case.ending).label) if case.ending else "",
    )


def _teller(event: str, report: cases.Report) -> str:
    return cases.who_tells(event, voice=report.voice, rated_by_source=report.rated_by_source)


def _reopen_until(case: cases.Case, at: datetime) -> datetime | None:
    if (
        case.state != "closed"
        or case.closed_at is None
        or case.community is None
        or case.matter_class is None
    ):
        return None
    return case.closed_at + timedelta(days=cases.case_policy(case, at).reopen_days)


def _answers(case: cases.Case) -> list[str]:
    if case.state not in _ENDED:
        return []
    tasks = cases.Task.objects.filter(case=case, round=case.round, state="done", role=cases.TaskRole.HOST)
    return [task.result for task in tasks.order_by("done_at") if task.result]


def _happenings(report: cases.Report, case: cases.Case) -> list[Happening]:
    answers = _teller("answer", report) == "us"
    remarks = dict(cases.Remark.objects.filter(case=case).values_list("seq", "text"))
    found = [Happening(at=report.received_at, title=_("诉求已登记"), icon="inbox", tone="active")]
    for entry in JournalEntry.objects.filter(stream=case.id).order_by("seq"):
        body = json.loads(entry.body)
        own = _OWN.get(entry.kind) if body.get("report") == str(report.id) else None
        title = own or _SHOWN.get(entry.kind) or told(entry.kind, body)
        if not title:
            continue
        found.append(
            Happening(
                at=entry.at,
                title=_ended(body) or _(title) if entry.kind == "cases.close" else _(title),
                by="" if own else _by(entry, body),
                text=remarks.get(entry.seq, "") if entry.kind in _SAID and answers else "",
                tone="good"
                if entry.kind in {"cases.close", "cases.answer", "cases.handle_on_the_spot"}
                else "neutral",
                icon="check",
            )
        )
    return sorted(found, key=lambda h: h.at, reverse=True)


def _ended(body: dict[str, object]) -> str:
    """已办结 with how it ended: 已解决 and 已答复 are different endings."""
    ending = str(body.get("ending", ""))
    if ending not in cases.Ending.values:
        return ""
    return _("已办结：%(ending)s") % {"ending": cases.Ending(ending).label}


def _by(entry: JournalEntry, body: dict[str, object]) -> str:
    unit = body.get("host") if entry.kind in _SENT else body.get("unit")
    if isinstance(unit, str):
        return names.unit_name(UUID(unit))
    return post_label(entry.post)
