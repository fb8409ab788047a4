"""Applying 提出申请: a unit asks for 延期, 挂账, 超时申诉 or 剔除, with reason and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from ...clocks.public import due_at
from ...files.public import Attachment, Stage, store_file
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...kernel.states import transition
from ...ledger.public import Act
from ..application_policy import application_reasons, application_rule
from ..application_rules import AskFacts, RuleInForce, why_not
from ..enums import ApplicationKind, TaskRole
from ..events import ApplicationAsked
from ..models import Application, ApplicationApproval, Case, Task
from ..permissions import may, require
from ..policy import local_day
from ..rules import WishFacts
from ..states import APPLICATION, APPROVED, ASKED, DONE, OPEN_TASK_STATES, RECALLED, REFUSED
from .extending import check_extension
from .handling import EVIDENCE_OWNER
from .lapsing import LAPSING, body_of, settle_waiting
from .moving import acting_on, note, set_fields

APPLY = "cases.apply"


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of evidence 证据材料 of an application: bytes and name."""

    stream: BinaryIO
    filename: str


@dataclass(frozen=True, slots=True)
class ApplicationTerms:
    """What is asked 申请内容.

    Attributes:
        kind: of `ApplicationKind`.
        reason_code: of the reasons of the kind that hold today.
        unit: whose task, when the actor works for several.
        until: the day on which a suspended case goes on.
        undoes: for an exclusion, that the case be counted again.
        evidence: keys of attachments that the case has already.
    """

    kind: str
    reason_code: str
    reason: str
    unit: UUID | None = None
    until: date | None = None
    undoes: bool = False
    evidence: tuple[UUID, ...] = ()


def ask_application(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    terms: ApplicationTerms,
    papers: Sequence[Paper] = (),
    expected: int | None = None,
) -> Application:
    """Ask 提出申请; nothing moves until every step of its rule has approved.

    Args:
        papers: new files of evidence, kept with the case.

    Effects: entry `cases.application_asked`, event `ApplicationAsked`.

    Raises:
        Refused: the actor works for no unit that may ask, StaleVersion.
        Invalid: names the wrong field. Conflict: the rule does not allow it now, or one waits already.
    """
    _check_terms(terms, at)
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        rule = rule_for(terms.kind, case, at)
        tasks = act.fetch(Task, case=case.id)
        task = _task_of(actor, case, tasks, terms)
        unit = _unit_of(actor, case, task, terms)
        earlier = act.fetch(Application, case=case.id)
        _refuse_second(earlier, terms.kind, task)
        files = [*_known_files(case, terms.evidence), *(_keep(act, case, paper) for paper in papers)]
        facts = facts_of_asking(case, task, earlier, rule, asked_at=at, round=case.round)
        check(facts, rule, undoes=terms.undoes, until=terms.until, files=len(files))
        if terms.kind == ApplicationKind.EXTENSION:
            assert task is not None
            check_extension(case, task, at)
        wish = Application(
            case_id=case.id, task_id=task.id if task else None, kind=terms.kind, unit=unit, round=case.round,
            reason_code=terms.reason_code, until=terms.until, undoes=terms.undoes,
            evidence=[row.id for row in files], was_overdue=facts.is_overdue, approvals=list(rule.approvals),
            waits_for=rule.approvals[0], answer_due_at=_answer_due(rule, at),
            asked_by=actor.account_id, asked_post=actor.post_id, asked_at=at,
        )  # fmt: skip
        wish.asked_seq = note(act, case, "cases.application_asked", _asked(case, wish, files), terms.reason)
        act.announce(ApplicationAsked(case_id=case.id, at=at, application_id=wish.id, application=wish.kind))
        if wish.kind in LAPSING:
            set_fields(act, case, application_waiting=True)
        return act.insert(wish)


def _asked(case: Case, wish: Application, files: Sequence[Attachment]) -> dict[str, Any]:
    return {
        **body_of(case, wish), "until": wish.until, "undoes": wish.undoes,
        "unit": wish.unit, "files": [{"file": row.id, "sha256": row.sha256} for row in files],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of application that somebody may ask 可提申请; `hint` says why not just now, else empty."""

    kind: str
    hint: str
    undoes: bool = False


def application_offers(actor: Actor, case: Case, at: datetime) -> list[Offer]:
    """The kinds that the actor's units may ask about a case; what only the form gives is not asked here."""
    tasks = list(Task.objects.filter(case=case.id))
    earlier = list(Application.objects.filter(case=case.id))
    offers = []
    for kind in ApplicationKind.values:
        rule = application_rule(kind, case, at)
        undoes = kind == ApplicationKind.EXCLUSION and case.excluded_at is not None
        try:
            task = _task_of(actor, case, tasks, ApplicationTerms(kind, "", "", undoes=undoes))
            if task is None:
                require(actor, APPLY, case, {row.unit for row in tasks if row.state != RECALLED})
            _refuse_second(earlier, kind, task)
        except (Refused, Conflict):
            continue
        if rule is None or case.state not in rule.states:
            continue
        facts = facts_of_asking(case, task, earlier, rule, asked_at=at, round=case.round)
        until = local_day(at) + timedelta(days=1)
        found = why_not(replace(facts, undoes=undoes, until=until, files=rule.evidence_files), rule)
        offers.append(Offer(kind, found[1] if found else "", undoes))
    return offers


def take_back_application(*, actor: Actor, at: datetime, application_id: UUID) -> Case:
    """Take an application back 收回申请, by whoever asked, while it waits.

    Raises:
        NotFound; Conflict: decided already, or by somebody else.
    """
    found = application_row(application_id)
    with acting_on(found.case_id, actor=actor, at=at) as (act, case):
        (wish,) = act.fetch(Application, id=application_id)
        row = transition(APPLICATION, wish.state, "take_back", WishFacts(actor.account_id, wish.asked_by))
        assert row.target is not None
        wish.decided_seq = note(act, case, "cases.application_taken_back", body_of(case, wish))
        close_wish(act, wish, row.target)
        settle_waiting(act, case, wish)
    return case


def application_row(application_id: UUID) -> Application:
    """An application by its key.

    Raises:
        NotFound: there is none.
    """
    found = Application.objects.filter(pk=application_id).first()
    if found is None:
        raise NotFound("没有这份申请。", code="cases.no_application")
    return found


def close_wish(act: Act, wish: Application, state: str) -> None:
    """Write who decided it, and how."""
    wish.state, wish.waits_for = state, ""
    wish.decided_by, wish.decided_at = act.actor.account_id, act.at
    act.update(wish, "state", "waits_for", "decided_by", "decided_at", "decided_seq")


def rule_for(kind: str, case: Case, at: datetime) -> RuleInForce:
    """The rule of a kind in force.

    Raises:
        Conflict: there is none, so nothing of the kind may be asked.
    """
    rule = application_rule(kind, case, at)
    if rule is None or not rule.approvals:
        raise Conflict(
            f"没有设定“{ApplicationKind(kind).label}”的申请规则，不能申请。", code="cases.no_application_rule"
        )
    return rule


def facts_of_asking(
    case: Case,
    task: Task | None,
    earlier: Sequence[Application],
    rule: RuleInForce,
    *,
    asked_at: datetime,
    round: int,
) -> AskFacts:
    """What the rule is asked about, without what the form gives."""
    dues = [task.due_at if task else None]
    if task is None or task.role == TaskRole.HOST:
        dues.append(case.due_at)
    return AskFacts(
        kind=rule.kind,
        state=case.state,
        asked_at=asked_at,
        times=sum(1 for row in earlier if _counts(row, rule, task, round)),
        is_overdue=any(due is not None and due < asked_at for due in dues),
        was_late=task is not None and was_late(case, task, asked_at),
        is_excused=task is not None and task.is_excused,
        is_excluded=case.excluded_at is not None,
    )


def _counts(row: Application, rule: RuleInForce, task: Task | None, round: int) -> bool:
    """Whether an earlier application uses one of the times up."""
    if row.kind != rule.kind:
        return False
    if rule.kind == ApplicationKind.APPEAL and (task is None or row.unit != task.unit):
        return False  # 一案一次: once a case and unit, in whatever round
    if rule.kind == ApplicationKind.EXTENSION and not _extends(row, task):
        return False
    if rule.kind == ApplicationKind.SUSPENSION and row.round != round:
        return False
    return row.state == APPROVED or (rule.counts_refused and row.state == REFUSED)


def _extends(row: Application, task: Task | None) -> bool:
    """Whether it was for this task, or moved the promise that this host answers for now."""
    if task is None:
        return False
    moved_promise = any(each["task"] is None for each in row.moved or ())
    ours = task.role == TaskRole.HOST and row.round == task.round
    return row.task_id == task.id or (ours and moved_promise)


def was_late(case: Case, task: Task, at: datetime) -> bool:
    """Whether a task missed its limit; a host also when the promise was missed."""
    own = task.due_at is not None and (task.done_at or at) > task.due_at
    return own or (task.role == TaskRole.HOST and task.round == case.round and case.overdue_at is not None)


def check(facts: AskFacts, rule: RuleInForce, *, undoes: bool, until: date | None, files: int) -> None:
    """Raise what the rule has against an application.

    Raises:
        Invalid: a field at fault. Conflict: it may not be asked now.
    """
    whole = replace(facts, undoes=undoes, until=until, files=files)
    found = why_not(whole, rule)
    if found is None:
        return
    field, reason = found
    if field:
        raise invalid(field, until if field == "until" else files if field == "evidence" else undoes, reason)
    raise Conflict(reason, code="cases.application_not_allowed")


def _check_terms(terms: ApplicationTerms, at: datetime) -> None:
    if terms.kind not in ApplicationKind.values:
        raise invalid("kind", terms.kind, f"只能是 {'、'.join(ApplicationKind.values)} 之一。")
    if not 0 < len(terms.reason.strip()) <= 500:
        raise invalid("reason", terms.reason[:20], "请填写理由，不超过 500 字。")
    if terms.reason_code not in {reason.code for reason in application_reasons(terms.kind, at)}:
        raise invalid("reason_code", terms.reason_code, "请从事由清单中选择。")


def _task_of(actor: Actor, case: Case, tasks: Sequence[Task], terms: ApplicationTerms) -> Task | None:
    """The task that an application is about, of a unit that the actor works for; None for the case itself."""
    if terms.kind == ApplicationKind.EXCLUSION:
        return None
    ended = terms.kind == ApplicationKind.APPEAL
    wanted = (DONE,) if ended else OPEN_TASK_STATES
    mine = [
        task
        for task in sorted(tasks, key=lambda t: (-t.round, t.role != TaskRole.HOST))
        if task.state in wanted
        and (terms.unit is None or task.unit == terms.unit)
        and (ended or task.round == case.round)
        and actor.may(APPLY, community=None, units=[task.unit])
    ]
    if terms.kind == ApplicationKind.SUSPENSION:
        mine = [task for task in mine if task.role == TaskRole.HOST]
    if not mine or not may(actor, "cases.view", case, [mine[0].unit]):
        role = "主办" if terms.kind == ApplicationKind.SUSPENSION else "承办"
        raise Refused(f"您不是该案件{role}单位的人员，不能提出这项申请。", code="cases.refused", act=APPLY)
    return mine[0]


def _unit_of(actor: Actor, case: Case, task: Task | None, terms: ApplicationTerms) -> UUID | None:
    if task is not None:
        return task.unit
    units = {row.unit for row in Task.objects.filter(case=case.id).exclude(state=RECALLED)}
    require(actor, APPLY, case, units)
    own = actor.scope(APPLY).units & (units | ({case.host} if case.host else set()))
    return case.host if case.host in own else next(iter(sorted(own)), actor.unit_id)


def _refuse_second(earlier: Sequence[Application], kind: str, task: Task | None) -> None:
    for row in earlier:
        if row.state == ASKED and row.kind == kind and row.task_id == (task.id if task else None):
            raise Conflict("已有一份同类申请待审批，请先等待决定或收回。", code="cases.application_waits")


def _known_files(case: Case, keys: Sequence[UUID]) -> list[Attachment]:
    rows = list(
        Attachment.objects.filter(owner_type=EVIDENCE_OWNER, owner_id=case.id, pk__in=keys, erased_at=None)
    )
    if len(rows) != len(set(keys)):
        raise invalid("evidence", "、".join(map(str, keys)), "有的附件不属于该案件，请重新选择。")
    return rows


def _keep(act: Act, case: Case, paper: Paper) -> Attachment:
    return store_file(
        act, owner_type=EVIDENCE_OWNER, owner_id=case.id, stage=Stage.REFERENCE, stream=paper.stream,
        filename=paper.filename, purpose="申请证据",
    )  # fmt: skip


def _answer_due(rule: RuleInForce, at: datetime) -> datetime | None:
    return due_at(at, *rule.answer, at=at).due_at if rule.answer else None


def approvers_of(wish: Application) -> frozenset[UUID]:
    """Who has approved an earlier step."""
    rows = ApplicationApproval.objects.filter(application=wish.id).values_list("by", flat=True)
    return frozenset(by for by in rows if by is not None)
