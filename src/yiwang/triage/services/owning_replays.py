"""Replays 权责重放 of drafts: asked for by an editor, counted by the worker, kept with their version."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from ...catalog.public import draft_for, drafted_list, may_edit, may_publish
from ...kernel.actor import Actor, system_actor
from ...kernel.errors import Refused, invalid
from ...ledger.public import acting
from ..enums import ReplayState
from ..models import Replay
from ..queries.owning_cases import Owners, months_before, past_cases, read_cases
from ..rules.owning.replaying import Tally

REPLAY_TASK = "triage.replay_draft"
#: A replay looks back at most this far.
MOST_MONTHS = 36
_TELL_EVERY = 5000
_WORKER = system_actor("worker", "triage.replay")
_log = logging.getLogger("yiwang.triage.replay")


def demand_replay(actor: Actor) -> None:
    """Refuse whoever may neither edit nor publish the responsibility list.

    Raises:
        Refused: `triage.replay_refused`.
    """
    if not (may_edit(actor) or may_publish(actor)):
        raise Refused("您没有重放权责变更的权限。", code="triage.replay_refused")


def ask_replay(*, actor: Actor, at: datetime, draft_id: UUID, months: int) -> Replay:
    """Ask for a replay (重放) of a draft over the cases of the last months; the worker does it.

    Raises:
        Refused, NotFound; Invalid when the number of months is not 1 to 36.
    """
    demand_replay(actor)
    if not 1 <= months <= MOST_MONTHS:
        raise invalid("months", months, f"请填写 1 至 {MOST_MONTHS} 个月。")
    draft = draft_for(draft_id)
    with acting(actor=actor, at=at) as act:
        row = act.insert(
            Replay(
                draft=draft,
                draft_version=draft.version,
                months=months,
                since=months_before(at, months),
                until=at,
                asked_by=actor.account_id,
                asked_at=at,
            )
        )
        act.record(
            row, "triage.replay_asked", {"draft": draft.id, "version": draft.version, "months": months}
        )
        act.flush()
        app.configure_task(REPLAY_TASK).defer(replay_id=str(row.id))
    return row


def run_replay(*, at: datetime, replay_id: UUID) -> Replay:
    """Carry a replay out; progress is seen while it runs. One that is over is left alone."""
    row = Replay.objects.select_related("draft").get(pk=replay_id)
    if row.state not in (ReplayState.QUEUED, ReplayState.RUNNING):
        return row
    try:
        result = _count(row, at)
    except Exception:
        _log.exception("replay %s failed", replay_id)
        return _finish(
            replay_id, at, ReplayState.FAILED, failure="重放时出错，请重试；仍不行请联系系统管理员。"
        )
    return _finish(replay_id, at, ReplayState.DONE, result=result)


def _count(row: Replay, at: datetime) -> Tally:
    cases = past_cases(row.since, row.until)
    Replay.objects.filter(pk=row.pk).update(state=ReplayState.RUNNING, done=0, total=cases.count())
    before, after = (Owners(standing) for standing in drafted_list(row.draft, at))
    tally = Tally()
    for case in read_cases(cases):
        tally.add(
            case.id,
            class_id=case.class_id,
            area_id=case.street_id,
            before=before.of(case),
            after=after.of(case),
        )
        if tally.total % _TELL_EVERY == 0:
            Replay.objects.filter(pk=row.pk).update(done=tally.total)
    return tally


def _finish(
    replay_id: UUID, at: datetime, state: ReplayState, *, result: Tally | None = None, failure: str = ""
) -> Replay:
    with acting(actor=_WORKER, at=at) as act:
        row = act.lock(Replay, replay_id)
        row.state, row.failure, row.finished_at = state, failure, at
        act.update(row, "state", "failure", "finished_at")
        body: dict[str, object] = {"state": state.value}
        if result is not None:
            row.result, row.done, row.total = result.plain(), result.total, result.total
            act.update(row, "result", "done", "total")
            body |= {"cases": result.total, "changed": sum(result.changed.values())}
        act.record(row, "triage.replay_finished", body)
    return row
