"""Outside links 外部单位链接: signed, for one task, without an account, for a time of their own."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor, Scope
from ...kernel.errors import Conflict, NotFound
from ...ledger.public import blind_index
from ..errors import LinkExpired
from ..models import WhistleClock, WhistleTask
from ..permissions import may_at_home, require
from ..queries.facts import kind_of
from ..rules.links import link_ends
from ..states import ANSWERING_STATES, JUDGE, ORGANISE, RATING, RECALLED, REPORT, VIEW
from .moving import acting_on, note, set_fields, task_named, tasks_of

_LENGTH = 26
AGENT = "outside-unit"


def link_token(task: WhistleTask) -> str:
    """The secret part of a task's link: 130 bits, in base32; a new round makes older links worthless."""
    digest = blind_index(f"{task.id}:{task.link_round}", purpose="whistle-task")
    return base64.b32encode(digest).decode().lower()[:_LENGTH]


def link_path(task: WhistleTask) -> str:
    """The path of the page that the link opens."""
    return f"/w/{task.id}/{link_token(task)}/"


def link_until(task: WhistleTask, clocks: Iterable[WhistleClock] | None = None) -> datetime:
    """Until when the task's link opens: some days beyond its last limit, as the kind says.

    Args:
        clocks: the task's clocks, when the caller has read them.
    """
    rows = task.clocks.all() if clocks is None else clocks
    dues = [row.due_at for row in rows if row.round == task.round]
    return link_ends(task.link_made_at or task.sent_at, dues, days=kind_of(task.whistle).link_days)


def task_for_link(task_id: UUID, token: str, *, at: datetime) -> WhistleTask:
    """The task of a link.

    Raises:
        NotFound: no such task, the secret is wrong or old, the task was recalled, or the whistle is over;
            all look the same.
        LinkExpired: the link was right, but holds no longer at `at`.
    """
    task = WhistleTask.objects.select_related("whistle", "outside").filter(pk=task_id).first()
    if task is None or not (opens(task) and hmac.compare_digest(link_token(task), token.lower())):
        raise NotFound("没有这条链接，或任务已经结束，请与吹哨单位联系。", code="whistles.no_such_link")
    if at > link_until(task):
        raise LinkExpired("链接已到期，请向给您链接的单位索取新的链接。")
    return task


def opens(task: WhistleTask) -> bool:
    """Whether a link to the task opens: of an outside unit, not taken back, of a whistle that is not over."""
    if task.outside_id is None or task.state == RECALLED:
        return False
    return task.whistle.state in (*ANSWERING_STATES, RATING)


def outside_actor(task: WhistleTask) -> Actor:
    """Who acts through a link: the outside unit, for its own tasks, and nothing else."""
    own = Scope(units=frozenset({task.party}))
    return Actor(account_id=None, kind="outside", name=AGENT, grants={REPORT: own, VIEW: own})


def renew_link(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, expected: int | None = None
) -> WhistleTask:
    """Make a task's link anew (重发链接): older ones end at once, the new one holds from now on.

    Raises:
        NotPermitted, NotFound; Conflict: the task is of a unit of the instance, or over.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        require(may_at_home(actor, ORGANISE, whistle) or may_at_home(actor, JUDGE, whistle), ORGANISE)
        task = task_named(tasks_of(act, whistle), task_id)
        if task.outside_id is None:
            raise Conflict("只有外部单位使用链接。", code="whistles.no_link")
        if not opens(task):
            raise Conflict("任务已经结束，不再需要链接。", code="whistles.no_link")
        set_fields(act, task, link_round=task.link_round + 1, link_made_at=at)
        note(act, whistle, "link_renewed", {"task": task.id, "round": task.link_round})
    return task
