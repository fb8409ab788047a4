"""Filters 查询条件 of `GET requests`: what the specification allows, and the extensions in wide use.

Without an identifier the span is at most 90 days and the answer at most 1,000 requests (GeoReport v2,
Response Volume). `page`, `page_size`, `updated_after` and `updated_before` are the extensions that Boston,
Chicago, San Francisco and FixMyStreet understand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .submission import Problem, clean
from .w3c import instant_from

SPAN = timedelta(days=90)
MOST = 1_000
MOST_PAGES = 10_000
STATUSES = ("open", "closed")
_ID = re.compile(r"[A-Za-z0-9\-]{1,40}")


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests are asked for 查询条件.

    Attributes:
        ids: overrides all else when it is not None; what can be no identifier is left out.
        start, end: of the instant of the request, half-open.
    """

    start: datetime
    end: datetime
    ids: tuple[str, ...] | None = None
    codes: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset(STATUSES)
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    page: int = 1
    size: int = MOST

    @property
    def offset(self) -> int:
        """How many requests the earlier pages hold."""
        return (self.page - 1) * self.size


def read_filter(query: Mapping[str, Sequence[str]], now: datetime) -> tuple[RequestFilter, list[Problem]]:
    """The filter that a query asks for, and everything that is wrong with it."""
    problems: list[Problem] = []
    ids = _listed(query, "service_request_id")
    if ids:
        fit = tuple(text for text in ids if _ID.fullmatch(text))[:MOST]
        return RequestFilter(now, now, ids=fit), problems
    instants = {
        name: _instant(query, name, problems)
        for name in ("start_date", "end_date", "updated_after", "updated_before")
    }
    start, end = _span(instants["start_date"], instants["end_date"], now)
    if end - start > SPAN:
        problems.append((400, "start_date、end_date：时间跨度不能超过 90 天。"))
    if end < start:
        problems.append((400, "end_date：不能早于 start_date。"))
    statuses = frozenset(text.lower() for text in _listed(query, "status"))
    if statuses - set(STATUSES):
        problems.append((400, "status：只能是 open 或 closed，可用逗号分隔。"))
    return RequestFilter(
        start=start,
        end=end,
        codes=tuple(_listed(query, "service_code")[:200]),
        statuses=statuses or frozenset(STATUSES),
        updated_after=instants["updated_after"],
        updated_before=instants["updated_before"],
        page=_whole(query, "page", 1, MOST_PAGES, problems),
        size=_whole(query, "page_size", MOST, MOST, problems),
    ), problems


def _listed(query: Mapping[str, Sequence[str]], name: str) -> list[str]:
    """Values of a parameter, given several times or separated by commas; empty ones are none."""
    return [part for raw in query.get(name, ()) for text in raw.split(",") if (part := clean(text))]


def _instant(query: Mapping[str, Sequence[str]], name: str, problems: list[Problem]) -> datetime | None:
    text = next(iter(_listed(query, name)), "")
    if not text:
        return None
    try:
        return instant_from(text)
    except ValueError:
        problems.append((400, f"{name}：请填写 W3C 格式的时间，例如 2026-03-02T00:00:00Z。"))
        return None


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The span asked for; a missing end or start makes it 90 days, and both missing the last 90."""
    if start is not None:
        return start, end if end is not None else start + SPAN
    end = end if end is not None else now + timedelta(seconds=1)
    return end - SPAN, end


def _whole(
    query: Mapping[str, Sequence[str]], name: str, default: int, most: int, problems: list[Problem]
) -> int:
    text = next(iter(_listed(query, name)), "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= 1):
        problems.append((400, f"{name}：请填写不小于 1 的整数。"))
        return default
    return min(int(text), most)
