"""Live ticket 实时凭证: the web signs the topics a page may follow; the live feed only checks.

A topic is an app (`cases`) or one root row of it (`cases:<id>`). The stream carries nothing but a topic and a
version: the page asks again, under its own permission, for what has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ..kernel.errors import Invalid, invalid
from .middleware import live_origin

MOST_TOPICS = 100
#: Seconds within which a ticket must be used; a page asks for a new one at each connection.
LIFETIME = 60
_SALT = "yiwang.interface.live"
_TOPIC = re.compile(r"[a-z][a-z_]{0,31}(:[A-Za-z0-9-]{1,64})?")


def live_ticket(topics: Iterable[str]) -> str:
    """A signed ticket for topics.

    Raises:
        Invalid: when there are too many topics or one is malformed.
    """
    wanted = sorted(set(topics))
    if not wanted or len(wanted) > MOST_TOPICS:
        raise invalid("topic", str(len(wanted)), f"请给出 1 到 {MOST_TOPICS} 个主题。")
    for topic in wanted:
        if not _TOPIC.fullmatch(topic):
            raise invalid("topic", topic, "主题写作 cases 或 cases:编号。")
    return signing.TimestampSigner(salt=_SALT).sign_object(wanted, compress=True)


def topics_of(ticket: str) -> frozenset[str]:
    """The topics that a ticket names.

    Raises:
        django.core.signing.BadSignature: when it is forged or older than `LIFETIME` seconds.
    """
    return frozenset(signing.TimestampSigner(salt=_SALT).unsign_object(ticket, max_age=LIFETIME))


@require_GET
@never_cache
def ticket_page(request: HttpRequest) -> JsonResponse:
    """Answer the page's question where to listen: `{"url": …}`; only for those who are logged in."""
    if not request.user.is_authenticated:
        return JsonResponse({"detail": "请先登录。"}, status=403)
    try:
        ticket = live_ticket(request.GET.getlist("topic"))
    except Invalid as error:
        return JsonResponse({"detail": str(error)}, status=400)
    base = settings.YIWANG_LIVE_URL.rstrip("/") or live_origin(request)
    return JsonResponse({"url": f"{base}/events?ticket={ticket}"})
