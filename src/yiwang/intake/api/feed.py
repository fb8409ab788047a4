"""The change feed 变化流接口: resumable by cursor, as JSON or as server-sent events."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from ...interface.public import ProblemOut, actor_of
from ...kernel.errors import Refused
from ...ledger.public import newest_cursor
from ..queries.feed import MOST, FeedPage, feed_page

router = Router(tags=["feed"])
#: Milliseconds after which a browser or a client of server-sent events asks again.
RETRY = 2_000


class FeedOut(Schema):
    """A page of the feed; `events` are CloudEvents 1.0, `cursor` is where to go on."""

    events: list[dict[str, Any]]
    cursor: str
    more: bool


@router.get(
    "/feed",
    response={200: FeedOut, **dict.fromkeys((401, 403, 410, 422), ProblemOut)},
    summary="变化流",
    operation_id="feed",
)
def feed(
    request: HttpRequest, cursor: str = "", limit: int = Query(100, ge=1, le=MOST), since: str = ""
) -> HttpResponse:
    """Events of cases the token may view, in order, from a cursor.

    With `Accept: text/event-stream` the page is sent as server-sent events whose id is the cursor; the
    connection ends after it, and a client goes on by itself with `Last-Event-ID`. `since=now` begins with
    what comes from now on.
    """
    actor = actor_of(request)
    if actor is None or not actor.may_anywhere("cases.view"):
        raise Refused("令牌需要“cases.view”权限才能读取变化流。", code="refused")
    start = request.headers.get("Last-Event-ID", "") or cursor
    if since == "now" and not start:
        page = FeedPage([], str(newest_cursor()), False)
    else:
        page = feed_page(actor, cursor=start, limit=limit, at=timezone.now())
    if "text/event-stream" in request.headers.get("Accept", ""):
        return _stream(page)
    body = {"events": page.events, "cursor": page.cursor, "more": page.more}
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/json; charset=utf-8")


def _stream(page: FeedPage) -> HttpResponse:
    lines = [f"retry: {0 if page.more else RETRY}\n\n"]
    lines += [
        f"id: {event['cursor']}\nevent: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
        for event in page.events
    ]
    if page.cursor:
        lines.append(f"id: {page.cursor}\nevent: cursor\ndata: {{}}\n\n")
    answer = HttpResponse("".join(lines), content_type="text/event-stream; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer
