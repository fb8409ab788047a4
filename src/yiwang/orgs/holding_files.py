"""Files of holdings 任职清单文件: how bytes become text, and the list that a file is begun from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from ..kernel import text_files
from ..kernel.actor import Actor
from ..kernel.errors import invalid
from .models import Holding, Post
from .permissions import ASSIGN, may_govern_post
from .queries import post_index, posts_named
from .rules.holding_rows import HEADINGS, shown_from, shown_until


def text_of(raw: bytes) -> str:
    """The text of a file as `kernel.text_files` reads it.

    Raises:
        Invalid: when its encoding is unknown.
    """
    try:
        return text_files.text_of(raw)
    except UnicodeDecodeError as error:
        raise invalid("file", "", "文件须为 UTF-8 或 GBK 编码的 CSV，请另存后重试。") from error


def holdings_file(actor: Actor, at: datetime) -> str:
    """The list of who holds what among the posts the actor governs, one row for each vacant post too.

    Loading it back changes nothing; with rows filled in or ends changed it is the next list.
    """
    posts = [post for post in Post.objects.filter(closed_at=None) if may_govern_post(actor, ASSIGN, post, at)]
    zone = ZoneInfo(settings.TIME_ZONE)
    rows = []
    held = set()
    open_rows = Holding.objects.filter(post__in=posts, kind="regular").exclude(ends_at__lte=at)
    for one in open_rows.select_related("account").order_by("starts_at", "id"):
        held.add(one.post_id)
        account = one.account
        span = (shown_from(one.starts_at, zone), shown_until(one.ends_at, zone))
        rows.append((_name(one.post_id), account.username, account.display_name, *span))
    vacant = [(_name(post.id), "", "", "", "") for post in posts if post.id not in held]
    labels = {_name(post.id): post_index()[post.id].label for post in posts}
    return _written((row, labels[row[0]]) for row in sorted([*rows, *vacant]))


def _name(post_id: UUID) -> str:
    """The code of a post where it is the only one so called, else its key."""
    node = post_index()[post_id]
    return node.code if len(posts_named(node.code)) == 1 else str(node.id)


def _written(rows: Iterable[tuple[tuple[str, ...], str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*HEADINGS.values(), "岗位名称"])
    for (post, account, name, begins, ends), label in rows:
        writer.writerow([account, name, post, begins, ends, label])
    return out.getvalue()
