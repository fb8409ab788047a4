"""To-dos 待办接口 for the city's work platform: what waits for a person, by 统一身份标识 or account."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema

from ...accounts.public import own_address
from ...interface.public import ProblemOut, actor_of
from ...kernel.errors import Refused
from ..queries.todos import Todo, person_behind, todo_counts, todo_page

router = Router(tags=["todos"])
MOST = 100


class TodoOut(Schema):
    """One thing that waits; `link` opens it for who is logged in."""

    id: UUID
    number: str
    kind: str
    kind_name: str
    title: str
    urgency: str
    since: datetime
    due_at: datetime | None
    is_overdue: bool
    link: str


class TodoCountOut(Schema):
    """How many of a kind wait; with `more` they are more than `count`."""

    kind: str
    kind_name: str
    count: int
    more: bool


class TodosOut(Schema):
    """A page of to-dos, oldest first; `cursor` leads to the next, and is empty on the last."""

    todos: list[TodoOut]
    counts: list[TodoCountOut]
    cursor: str


class TodoQuery(Schema):
    """Whose to-dos, and which."""

    person: str = ""
    account: str = ""
    kind: str = ""
    cursor: str = ""
    limit: int = Query(50, ge=1, le=MOST)


@router.get(
    "/todos",
    response={200: TodosOut, **dict.fromkeys((401, 403, 404, 422), ProblemOut)},
    summary="待办",
    operation_id="todos",
)
def todos(request: HttpRequest, query: Query[TodoQuery]) -> dict[str, Any]:
    """What waits for the caller, or for the person whom a work platform names.

    Counts stand on the first page only; each stops at 99.
    """
    actor, at = actor_of(request), timezone.now()
    if actor is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    person = person_behind(actor, person=query.person, account=query.account, at=at)
    page = todo_page(person, at=at, kind=query.kind, cursor=query.cursor, limit=query.limit)
    counts = [] if query.cursor else todo_counts(person, at=at)
    return {
        "todos": [_out(request, todo) for todo in page.rows],
        "counts": [asdict(count) for count in counts],
        "cursor": page.next or "",
    }


def _out(request: HttpRequest, todo: Todo) -> dict[str, Any]:
    link = own_address(request, reverse("workbench:case", args=[todo.id]))
    return {**asdict(todo), "link": link}
