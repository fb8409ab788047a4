"""Deciding on applications 审批申请: step by step, each by another person; the last one carries it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, invalid
from ...kernel.states import transition
from ...ledger.public import Act
from ..enums import ApplicationKind, LapseCause
from ..events import ApplicationDecided
from ..models import Application, ApplicationApproval, Case, Task
from ..permissions import may
from ..rules import WishFacts
from ..states import APPLICATION, APPROVED, ASKED, LAPSED
from .applying import application_row, approvers_of, close_wish, facts_of_asking, rule_for
from .excluding import exclude, excuse
from .extending import extend
from .lapsing import body_of, settle_waiting
from .moving import acting_on, note
from .suspending import suspend


def approve_application(
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    remark: str = "",
    step: int | None = None,
    expected: int | None = None,
) -> Application:
    """Approve a step 同意; the last step carries the application out in the same act.

    Whether it was asked in time is judged by the instant of the asking: an extension that is decided late
    counts from the old due instant all the same, and says so when the new one has passed too.

    Effects: entry `cases.application_endorsed` or `cases.application_approved` with what moved; event.

    Args:
        step: the step that the decider saw waiting, from 1; somebody else may have approved it meanwhile.

    Raises:
        Refused, StaleVersion; Conflict: by whoever asked or approved a step before, decided already, or what
        it is about has moved on.
    """
    with _deciding(application_id, actor=actor, at=at, step=step, expected=expected) as (act, case, wish):
        last = wish.approved_steps + 1 >= len(wish.approvals)
        action = "approve" if last else "endorse"
        row = transition(APPLICATION, wish.state, action, _facts(actor, wish))
        needed = wish.approvals[wish.approved_steps]
        told: dict[str, Any] = {}
        if last:
            told = _carry_out(act, case, wish, remark)
        body = {**body_of(case, wish), "step": wish.approved_steps + 1, **told}
        seq = note(act, case, f"cases.application_{'approved' if last else 'endorsed'}", body, remark)
        _keep_step(act, wish, needed, seq, is_approval=True)
        wish.approved_steps += 1
        if row.target is None:
            wish.waits_for = wish.approvals[wish.approved_steps]
            act.update(wish, "approved_steps", "waits_for")
        else:
            act.update(wish, "approved_steps", "moved", "explanation")
            _close(act, case, wish, row.target, seq)
    return wish


def refuse_application(
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID,
    reason: str,
    step: int | None = None,
    expected: int | None = None,
) -> Application:
    """Refuse an application 不予批准 at any step, in words; nothing has moved and nothing moves.

    Raises:
        As `approve_application`; Invalid: no reason.
    """
    reason = reason.strip()
    if not reason:
        raise invalid("reason", reason, "请填写不予批准的理由。")
    with _deciding(application_id, actor=actor, at=at, step=step, expected=expected) as (act, case, wish):
        row = transition(APPLICATION, wish.state, "refuse", _facts(actor, wish))
        assert row.target is not None
        needed = wish.approvals[wish.approved_steps]
        body = {**body_of(case, wish), "step": wish.approved_steps + 1}
        seq = note(act, case, "cases.application_refused", body, reason)
        _keep_step(act, wish, needed, seq, is_approval=False)
        _close(act, case, wish, row.target, seq)
    return wish


def may_decide(actor: Actor, case: Case, wish: Application) -> bool:
    """Whether the actor's post may decide the step that an application waits for."""
    if wish.state != ASKED or not may(actor, "cases.view", case, [wish.unit] if wish.unit else []):
        return False
    return actor.may(wish.waits_for, community=case.community, units=[wish.unit] if wish.unit else [])


@contextmanager
def _deciding(
    application_id: UUID, *, actor: Actor, at: datetime, step: int | None, expected: int | None
) -> Iterator[tuple[Act, Case, Application]]:
    found = application_row(application_id)
    with acting_on(found.case_id, actor=actor, at=at, expected=expected) as (act, case):
        (wish,) = act.fetch(Application, id=application_id)
        if wish.state == LAPSED:
            why = LapseCause(wish.lapse_cause).label
            raise Conflict(f"该申请已失效：{why}，不能再审批。", code="cases.application_lapsed")
        if wish.state == ASKED and not may_decide(actor, case, wish):
            raise Refused("您没有审批这一环节的权限。", code="cases.refused", act=wish.waits_for)
        if wish.state == ASKED and step is not None and step != wish.approved_steps + 1:
            raise Conflict("这一级刚由他人审批，请核对后再决定。", code="cases.step_decided")
        yield act, case, wish


def _facts(actor: Actor, wish: Application) -> WishFacts:
    return WishFacts(actor.account_id, wish.asked_by, approvers_of(wish))


def _keep_step(act: Act, wish: Application, step: str, seq: int, *, is_approval: bool) -> None:
    act.insert(
        ApplicationApproval(
            application_id=wish.id, step=wish.approved_steps + 1, act=step, is_approval=is_approval,
            by=act.actor.account_id, post=act.actor.post_id, at=act.at, seq=seq,
        )
    )  # fmt: skip


def _close(act: Act, case: Case, wish: Application, state: str, seq: int) -> None:
    wish.decided_seq = seq
    close_wish(act, wish, state)
    settle_waiting(act, case, wish)
    act.announce(
        ApplicationDecided(
            case_id=case.id, at=act.at, application_id=wish.id, application=wish.kind, outcome=state
        )
    )


def _carry_out(act: Act, case: Case, wish: Application, remark: str) -> dict[str, Any]:
    """What the last approval does, after the rule was asked once more about what may have changed since."""
    task = next((t for t in act.fetch(Task, case=case.id) if t.id == wish.task_id), None)
    times = _times(act, case, task, wish)
    if wish.kind == ApplicationKind.EXCLUSION:
        return exclude(act, case, wish)
    assert task is not None
    if wish.kind == ApplicationKind.APPEAL:
        return excuse(act, case, task, wish)
    if wish.round != case.round:
        raise Conflict("案件已进入新一轮办理，请不予批准。", code="cases.task_over")
    if wish.kind == ApplicationKind.EXTENSION:
        return extend(act, case, task, wish, times=times + 1)
    return suspend(act, case, wish, reason=remark or "批准挂账。")


def _times(act: Act, case: Case, task: Task | None, wish: Application) -> int:
    """How often it was approved before.

    Raises:
        Conflict: as often as the rule allows.
    """
    rule = rule_for(wish.kind, case, wish.asked_at)
    others = [row for row in act.fetch(Application, case=case.id) if row.id != wish.id]
    facts = facts_of_asking(case, task, others, rule, asked_at=wish.asked_at, round=wish.round)
    used = sum(1 for row in others if row.kind == wish.kind and row.state == APPROVED)
    if wish.kind != ApplicationKind.EXCLUSION and facts.times >= rule.max_times:
        raise Conflict(f"已用满 {rule.max_times} 次，请不予批准。", code="cases.times_used_up")
    return facts.times if wish.kind != ApplicationKind.EXCLUSION else used
