"""Lists of write-backs 回写, by key and without a count."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...interface.public import Order, Page, page_by_key
from ..enums import WriteBackState
from ..models import WriteBack

_RECENT = Order("recent", "created_at", descending=True)
#: States that are few: they are listed without naming a channel.
OPEN = (WriteBackState.GIVEN_UP, WriteBackState.WAITING)


def write_backs_page(
    *, channel_id: UUID | None, state: str, cursor: str = "", size: int = 50
) -> Page[WriteBack]:
    """One page of write-backs, newest first.

    Without a channel only what waits or was given up is listed: those are few, what was sent is not.

    Args:
        state: one state, or empty for all of a channel's (without a channel, all that is open).
    """
    rows = WriteBack.objects.select_related("channel")
    if channel_id is not None:
        rows = rows.filter(channel=channel_id)
    elif state not in OPEN:
        state = ""
        rows = rows.filter(state__in=OPEN)
    if state:
        rows = rows.filter(state=state)
    return page_by_key(rows, _RECENT, cursor=cursor, size=size)


def newest_write_backs(channel_id: UUID, most: int) -> Sequence[WriteBack]:
    """The newest write-backs of a channel."""
    return list(WriteBack.objects.filter(channel=channel_id).order_by("-created_at", "-id")[:most])


def given_up_ids(channel_id: UUID | None, most: int) -> list[UUID]:
    """Keys of what was given up, newest first, to be sent again at one go."""
    rows = WriteBack.objects.filter(state=WriteBackState.GIVEN_UP)
    if channel_id is not None:
        rows = rows.filter(channel=channel_id)
    return list(rows.order_by("-created_at", "-id").values_list("id", flat=True)[:most])
