"""Lapsing 申请失效: an extension or a suspension that waits is over when its task is.

Appeals (超时申诉) and exclusions (剔除) are about the record, so they wait on whatever happens to the case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ...kernel.states import transition
from ...ledger.public import Act
from ..enums import ApplicationKind, LapseCause
from ..events import ApplicationDecided
from ..models import Application, Case, Task
from ..states import APPLICATION, ASKED, HANDED, LAPSED, RECALLED, RETURNED, UNLISTED
from .moving import set_fields

#: Kinds that are about how a task goes on, and so end with it.
LAPSING = frozenset({ApplicationKind.EXTENSION.value, ApplicationKind.SUSPENSION.value})
_CAUSES = {
    RECALLED: LapseCause.RECALLED, RETURNED: LapseCause.RETURNED, HANDED: LapseCause.HANDED,
    UNLISTED: LapseCause.UNLISTED,
}  # fmt: skip


def lapse_applications(
    act: Act, case: Case, tasks: Iterable[Task], *, cause: str = "", kinds: frozenset[str] = LAPSING
) -> None:
    """Let what waits about tasks that are over lapse, inside the act that ended them.

    Costs nothing for a case about which nothing waits.

    Args:
        tasks: each in the state in which it ended.
        cause: of `LapseCause`; by default what the task's state says.

    Effects: state `lapsed` with its cause, entry `cases.application_lapsed`, event `ApplicationDecided`.
    """
    over = {task.id: cause or _CAUSES.get(task.state, LapseCause.DONE).value for task in tasks}
    if not case.application_waiting or not over:
        return
    act.flush()  # what this act has decided or let lapse already waits no more
    still_waits = False
    for wish in act.fetch(Application, case=case.id, state=ASKED):
        if wish.kind not in LAPSING:
            continue
        if wish.task_id not in over or wish.kind not in kinds:
            still_waits = True
            continue
        _lapse(act, case, wish, over[wish.task_id])
    set_fields(act, case, application_waiting=still_waits)


def _lapse(act: Act, case: Case, wish: Application, cause: str) -> None:
    wish.state = str(transition(APPLICATION, wish.state, "lapse").target)
    wish.lapse_cause, wish.waits_for, wish.decided_at = cause, "", act.at
    wish.decided_seq = act.record(case, "cases.application_lapsed", {**body_of(case, wish), "cause": cause})
    act.update(wish, "state", "lapse_cause", "waits_for", "decided_at", "decided_seq")
    act.announce(
        ApplicationDecided(
            case_id=case.id, at=act.at, application_id=wish.id, application=wish.kind, outcome=wish.state
        )
    )


def restore_applications(act: Act, case: Case, tasks: Iterable[Task], lapsed_at: datetime) -> None:
    """Let what a merge made lapse wait again when it is undone, at the step at which it stood."""
    back = {task.id for task in tasks}
    for wish in act.fetch(Application, case=case.id, state=LAPSED):
        if wish.task_id not in back or (wish.lapse_cause, wish.decided_at) != (LapseCause.MERGED, lapsed_at):
            continue
        wish.state = str(transition(APPLICATION, wish.state, "restore").target)
        wish.lapse_cause, wish.waits_for = "", wish.approvals[wish.approved_steps]
        wish.decided_at = wish.decided_seq = None
        act.update(wish, "state", "lapse_cause", "waits_for", "decided_at", "decided_seq")
        act.record(case, "cases.application_restored", body_of(case, wish))
        set_fields(act, case, application_waiting=True)


def settle_waiting(act: Act, case: Case, decided: Application) -> None:
    """Note on the case whether anything else waits, after one was decided or taken back."""
    if decided.kind not in LAPSING:
        return
    others = act.fetch(Application, case=case.id, state=ASKED)
    waits = any(row.id != decided.id and row.kind in LAPSING for row in others)
    set_fields(act, case, application_waiting=waits)


def body_of(case: Case, wish: Application) -> dict[str, Any]:
    """What every entry about an application holds."""
    return {
        "state": case.state, "application": wish.id, "kind": wish.kind, "task": wish.task_id,
        "reason_code": wish.reason_code,
    }  # fmt: skip
