"""Lists 列表: one page of cases inside a scope, by key, without counting; the same for page, API and export.

The scope is read as legs, each in order from one index: a leg a community, a leg a unit. The legs are
merged, so a page costs what it shows, not what the scope holds. A search word is answered by the bigram
index with the tokens of the scope's areas behind a MATERIALIZED fence with a cap; a word that is too common
for the cap is found by walking the legs instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from ..interface.public import Order, Page, decode_cursor, page_of
from ..kernel.actor import Actor
from ..kernel.errors import invalid
from ..kernel.search_text import area_token, bigrams, normalise
from ..ledger.public import execute
from ..orgs.public import area_index
from .models import Case
from .states import DISPATCHING, HANDLING

CANDIDATES = 2000
MAX_TOKENS = 24
Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list shows.

    Attributes:
        states: case states; empty means all.
        area: key of an area of either tree.
        unit: key of a unit that works or worked on it.
        overdue: only cases whose handling limit has passed.
        text: a search word; every part of it must occur.
        oldest_first: order by creation ascending instead of descending.
    """

    states: tuple[str, ...] = ()
    matter_class: UUID | None = None
    area: UUID | None = None
    unit: UUID | None = None
    overdue: bool = False
    channel: str = ""
    kind: str = ""
    path: str = ""
    text: str = ""
    claimed_by: UUID | None = None
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page: rows in order, and whether there is more beyond the last."""

    rows: list[Case]
    has_more: bool

    def last_key(self) -> Key | None:
        """The key the next page starts after."""
        return (self.rows[-1].created_at, self.rows[-1].id) if self.rows else None


_NEWEST = Order("newest", "created_at", descending=True)
_OLDEST = Order("oldest", "created_at")


def turn_page(
    actor: Actor,
    wanted: CaseFilter,
    *,
    at: datetime,
    cursor: str = "",
    limit: int = 50,
    act: str = "cases.view",
) -> Page[Case]:
    """The page that a cursor leads to, on or back, with the cursors of its neighbours.

    It costs what `list_cases` costs; nothing is counted.

    Raises:
        Invalid: a broken cursor, or one of the other order.
    """
    order = _OLDEST if wanted.oldest_first else _NEWEST
    place = decode_cursor(cursor) if cursor else None
    if place is not None and place.order != order.name:
        raise invalid("cursor", cursor, "翻页标记无效或已过期，请从第一页重新开始。")
    key = (datetime.fromisoformat(place.value), UUID(place.key)) if place else None
    backward = place is not None and place.backward
    found = list_cases(actor, wanted, at=at, after=key, limit=limit + 1, act=act, backward=backward)
    return page_of(
        found.rows,
        size=limit,
        order=order,
        at=place,
        values=lambda case: (case.created_at.isoformat(), str(case.id)),
    )


def list_cases(
    actor: Actor,
    wanted: CaseFilter,
    *,
    at: datetime,
    after: Key | None = None,
    limit: int = 50,
    act: str = "cases.view",
    backward: bool = False,
) -> CasePage:
    """One page of the cases the actor may see and the filter wants; at most three statements.

    Args:
        after: the key beyond which the page begins.
        backward: read the other way from `after`, the nearest row first.
    """
    ids = case_ids(actor, wanted, at=at, after=after, limit=limit + 1, act=act, backward=backward)
    rows = {row.id: row for row in Case.objects.filter(pk__in=ids[:limit])} if ids else {}
    return CasePage([rows[key] for key in ids[:limit] if key in rows], len(ids) > limit)


def case_ids(
    actor: Actor,
    wanted: CaseFilter,
    *,
    at: datetime,
    after: Key | None = None,
    limit: int = 50,
    act: str = "cases.view",
    backward: bool = False,
) -> list[UUID]:
    """Keys of one page, in order; of what comes before `after`, nearest first, when `backward`."""
    scope = actor.scope(act)
    communities = None if scope.everywhere else scope.communities
    if wanted.area is not None:
        inside = area_index().communities_under(wanted.area)
        communities = inside if communities is None else communities & inside
    units = () if scope.everywhere else tuple(sorted(scope.units))
    if communities is not None and not communities and not units:
        return []
    where, params = _conditions(actor, wanted, at)
    if wanted.area is not None and units:
        where.append("c.community = ANY(%s)")
        params.append(list(area_index().communities_under(wanted.area)))
    query = _Query(where, params, after, limit, ascending=wanted.oldest_first is not backward)
    if wanted.text.strip():
        return _search(query, wanted.text, communities, units)
    return query.run(communities, units)


def _conditions(actor: Actor, wanted: CaseFilter, at: datetime) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    params: list[Any] = []

    def also(sql: str, *values: Any) -> None:
        where.append(sql)
        params.extend(values)

    if wanted.states:
        also("c.state IN (" + ", ".join(["%s"] * len(wanted.states)) + ")", *wanted.states)
    if wanted.overdue:
        also(f"c.state IN ('{HANDLING}', '{DISPATCHING}') AND c.handled_at IS NULL AND c.due_at < %s", at)
    for column in ("matter_class", "channel", "kind", "path", "claimed_by"):
        value = getattr(wanted, column)
        if value:
            also(f"c.{column} = %s", value)
    if wanted.unit is not None:
        also(
            "EXISTS (SELECT 1 FROM cases_task w WHERE w.case_id = c.id AND w.unit = %s "
            "AND w.state NOT IN ('recalled', 'returned'))",
            wanted.unit,
        )
    viewing = actor.scope("cases.view").units
    if viewing:
        also("(c.complained_unit IS NULL OR NOT c.complained_unit = ANY(%s))", sorted(viewing))
    _clearance(actor, also)
    return where, params


def _clearance(actor: Actor, also: Any) -> None:
    sensitive = actor.scope("cases.view_sensitive")
    if sensitive.everywhere or actor.kind == "system":
        return
    also(
        "(NOT c.is_sensitive OR c.community = ANY(%s) OR EXISTS (SELECT 1 FROM cases_caseaccess l "
        "WHERE l.case_id = c.id AND (l.account = %s OR l.unit = ANY(%s))))",
        sorted(sensitive.communities),
        actor.account_id,
        sorted(actor.scope("cases.view").units),
    )


class _Query:
    """A list as SQL: the same conditions, order and key on every leg."""

    def __init__(
        self, where: list[str], params: list[Any], after: Key | None, limit: int, *, ascending: bool
    ) -> None:
        self.order = "ASC" if ascending else "DESC"
        self.sign = ">" if ascending else "<"
        self.limit = limit
        self.where = list(where)
        self.params = list(params)
        self.after = after

    def _leg(self, source: str, head: str, at: str, key: str) -> tuple[str, list[Any]]:
        conditions = [head, *self.where]
        params = list(self.params)
        if self.after is not None:
            conditions.append(f"({at}, {key}) {self.sign} (%s, %s)")
            params += self.after
        text = (
            f"SELECT c.id, c.created_at FROM {source} WHERE {' AND '.join(conditions)} "
            f"ORDER BY {at} {self.order}, {key} {self.order} LIMIT {self.limit}"
        )
        return text, params

    def run(self, communities: frozenset[UUID] | None, units: Sequence[UUID]) -> list[UUID]:
        """Keys in order; `communities` None means everywhere."""
        legs: list[str] = []
        params: list[Any] = []
        if communities is None:
            text, values = self._leg("cases_case c", "TRUE", "c.created_at", "c.id")
            legs.append(f"({text})")
            params += values
        elif communities:
            text, values = self._leg("cases_case c", "c.community = a.key", "c.created_at", "c.id")
            legs.append(f"(SELECT x.* FROM unnest(%s::uuid[]) AS a(key) CROSS JOIN LATERAL ({text}) x)")
            params += [sorted(communities), *values]
        if units:
            text, values = self._leg(
                "cases_task t JOIN cases_case c ON c.id = t.case_id",
                "t.unit = u.key AND t.state NOT IN ('recalled', 'returned')",
                "t.case_created_at",
                "t.case_id",
            )
            legs.append(f"(SELECT x.* FROM unnest(%s::uuid[]) AS u(key) CROSS JOIN LATERAL ({text}) x)")
            params += [list(units), *values]
        statement = (
            f"SELECT id FROM ({' UNION '.join(legs)}) f GROUP BY id, created_at "
            f"ORDER BY created_at {self.order}, id {self.order} LIMIT {self.limit}"
        )
        return [row[0] for row in execute(statement, params).fetchall()]


def _search(
    query: _Query, text: str, communities: frozenset[UUID] | None, units: Sequence[UUID]
) -> list[UUID]:
    words = normalise(text).split(" ")
    grams = [gram for word in words for gram in bigrams(word)]
    for word in words:
        query.where.append(
            "EXISTS (SELECT 1 FROM cases_casesearch s WHERE s.case_id = c.id AND s.body LIKE %s)"
        )
        query.params.append(f"%{_literal(word)}%")
    if not grams:
        return query.run(communities, units)
    hits = _candidates(grams, None if units else communities)
    if hits is None:
        return query.run(communities, units)
    if not hits:
        return []
    query.where.append("c.id = ANY(%s)")
    query.params.append(hits)
    return _among(query, communities, units)


def _among(query: _Query, communities: frozenset[UUID] | None, units: Sequence[UUID]) -> list[UUID]:
    """The page among few candidates: one leg, with the scope as a condition."""
    inside: list[str] = []
    params: list[Any] = []
    if communities is not None:
        inside.append("c.community = ANY(%s)")
        params.append(sorted(communities))
        if units:
            inside.append(
                "EXISTS (SELECT 1 FROM cases_task t WHERE t.case_id = c.id AND t.unit = ANY(%s) "
                "AND t.state NOT IN ('recalled', 'returned'))"
            )
            params.append(list(units))
    if inside:
        query.where.append(f"({' OR '.join(inside)})")
        query.params += params
    return query.run(None, ())


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _candidates(grams: list[int], communities: frozenset[UUID] | None) -> list[UUID] | None:
    """Cases that hold every bigram in the scope's areas; None when they are more than the cap."""
    areas = cover(communities) if communities is not None else ()
    if len(areas) > MAX_TOKENS:
        areas = ()
    if areas:
        test = " OR ".join(["s.grams @> %s::int[]"] * len(areas))
        params: list[Any] = [[*grams, area_token(key)] for key in areas]
    else:
        test, params = "s.grams @> %s::int[]", [grams]
    rows = execute(
        f"WITH hits AS MATERIALIZED (SELECT s.case_id FROM cases_casesearch s WHERE {test} "
        f"LIMIT {CANDIDATES + 1}) SELECT case_id FROM hits",
        params,
    ).fetchall()
    return None if len(rows) > CANDIDATES else [row[0] for row in rows]


def cover(communities: frozenset[UUID]) -> tuple[UUID, ...]:
    """The fewest legal areas (district, street, community) that make up exactly these communities."""
    return _cover(communities, id(area_index()))


@lru_cache(maxsize=512)
def _cover(communities: frozenset[UUID], _index_identity: int) -> tuple[UUID, ...]:
    index = area_index()
    left = set(communities)
    found: list[UUID] = []
    for level in ("district_id", "street_id"):
        parents = {getattr(index.chain(key), level) for key in left if index.chain(key) is not None}
        for parent in sorted(p for p in parents if p is not None):
            under = index.communities_under(parent)
            if under and under <= left:
                found.append(parent)
                left -= under
    return (*found, *sorted(left))


def queue_filter(wanted: CaseFilter, states: Sequence[str]) -> CaseFilter:
    """The same filter narrowed to some states, oldest first: what a person works through."""
    kept = tuple(s for s in states if not wanted.states or s in wanted.states)
    return replace(wanted, states=kept, oldest_first=True)
