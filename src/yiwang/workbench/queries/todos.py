"""To-dos 待办: what waits for a person, as the city's work platform shows it: no personal data.

The same cases as in the person's own queue, in the states that its posts can move on, oldest first. A title
is made of class and area; neither what a resident said nor an address leaves the house.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from ...accounts.public import account_known_as
from ...cases.public import Case, CaseFilter, is_overdue, list_cases, queue_filter
from ...interface.public import Order, Page, decode_cursor, page_of
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, invalid
from ...orgs.public import resolve_actor
from .. import names
from .lists import QueueTab, queue_tabs

READ_TODOS = "workbench.read_todos"
#: Counting stops here: a badge says 99+.
MOST_COUNTED = 99
_ORDER = Order("todos", "created_at")


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits 待办事项.

    Attributes:
        kind: the state in which the case waits.
        since: when the case came in.
    """

    id: UUID
    number: str
    kind: str
    kind_name: str
    title: str
    urgency: str
    since: datetime
    due_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class TodoCount:
    """How many of a kind wait; `more` when they are more than were counted."""

    kind: str
    kind_name: str
    count: int
    more: bool


def person_behind(actor: Actor, *, person: str, account: str, at: datetime) -> Actor:
    """Whose to-dos are asked for: the actor's own, or those of a person whom a work platform names.

    Args:
        person: the 统一身份标识; `account`: the username. Both empty means the actor.

    Raises:
        Refused: for somebody else without `workbench.read_todos`.
        Invalid: both are given.
        NotFound: there is no such active account.
    """
    if not person and not account:
        return actor
    if not actor.may_anywhere(READ_TODOS):
        raise Refused("令牌需要“workbench.read_todos”权限才能代查他人待办。", act=READ_TODOS)
    if person and account:
        raise invalid("account", account, "person 和 account 只能填写一个。")
    found = account_known_as(identity=person, username=account)
    if found is None:
        raise NotFound("没有与之对应的启用账号，请核对标识或先关联账号。", code="workbench.no_person")
    return resolve_actor(found, at)


def todo_page(actor: Actor, *, at: datetime, kind: str = "", cursor: str = "", limit: int = 50) -> Page[Todo]:
    """A page of what waits, oldest first; it reads at most one page for each kind.

    Raises:
        Invalid: the kind is none of the actor's, or the cursor is broken.
    """
    tabs = queue_tabs(actor)
    if kind:
        tabs = [tab for tab in tabs if tab.state == kind]
        if not tabs:
            raise invalid("kind", kind, "此人没有这一类待办。")
    place = decode_cursor(cursor) if cursor else None
    if place is not None and (place.order != _ORDER.name or place.backward):
        raise invalid("cursor", cursor, "翻页标记无效或已过期，请从第一页重新开始。")
    after = (datetime.fromisoformat(place.value), UUID(place.key)) if place else None
    cases = _merged(actor, tabs, at=at, after=after, limit=limit + 1)
    page = page_of(
        cases,
        size=limit,
        order=_ORDER,
        at=place,
        values=lambda case: (case.created_at.isoformat(), str(case.id)),
    )
    labels = {tab.state: tab.label for tab in tabs}
    return Page([_todo(case, labels[case.state], at) for case in page.rows], page.next)


def todo_counts(actor: Actor, *, at: datetime) -> list[TodoCount]:
    """How many of each kind wait, counted to `MOST_COUNTED`."""
    found = []
    for tab in queue_tabs(actor):
        page = list_cases(actor, _filter(tab), at=at, limit=MOST_COUNTED, act=tab.act)
        found.append(TodoCount(tab.state, tab.label, len(page.rows), page.has_more))
    return found


def _merged(
    actor: Actor, tabs: Sequence[QueueTab], *, at: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[Case]:
    found = [
        case
        for tab in tabs
        for case in list_cases(actor, _filter(tab), at=at, after=after, limit=limit, act=tab.act).rows
    ]
    return sorted(found, key=lambda case: (case.created_at, case.id))[:limit]


def _key(case: Case) -> tuple[str, str]:
    return case.created_at.isoformat(), str(case.id)


def _filter(tab: QueueTab) -> CaseFilter:
    return queue_filter(CaseFilter(), (tab.state,))


def _todo(case: Case, kind_name: str, at: datetime) -> Todo:
    return Todo(
        id=case.id,
        number=case.number,
        kind=case.state,
        kind_name=kind_name,
        title=_title(case),
        urgency=case.urgency,
        since=case.created_at,
        due_at=case.due_at,
        is_overdue=is_overdue(case.due_at, case.handled_at, at),
    )


def _title(case: Case) -> str:
    """Class and area; of a sensitive case neither."""
    if case.is_sensitive:
        return _("敏感案件，请登录查看")
    place = names.area_name(case.community or case.street or case.district)
    what = names.short_class_name(case.matter_class) or case.get_kind_display()
    return f"{what}（{place}）" if place else str(what)
