"""Reads of `files` 证据查询."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from .models import Attachment
from .storage import content_store


def attachments_of(owner_type: str, owner_id: UUID) -> list[Attachment]:
    """Files of an owner, oldest first, erased ones left out; the caller has checked who asks."""
    found = Attachment.objects.filter(owner_type=owner_type, owner_id=owner_id, erased_at=None)
    return list(found.order_by("uploaded_at", "id"))


def thumbnails_of(
    owner_type: str, owner_ids: Collection[UUID], *, stage: str, most: int
) -> dict[UUID, list[str]]:
    """Contents of the thumbnails (缩略图) of many owners' pictures of a stage, oldest first; one query.

    Args:
        most: pictures of one owner.

    Returns:
        By owner, for `read_thumbnail`; owners without pictures are left out.
    """
    rows = (
        Attachment.objects.filter(owner_type=owner_type, owner_id__in=owner_ids, stage=stage, erased_at=None)
        .exclude(thumb_sha256="")
        .order_by("uploaded_at", "id")
        .values_list("owner_id", "thumb_sha256")
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for owner, thumb in rows:
        if len(found[owner]) < most:
            found[owner].append(thumb)
    return dict(found)


def read_thumbnail(thumb_sha256: str) -> bytes:
    """A thumbnail (JPEG, at most 480 pixels a side); the caller has checked who asks.

    Raises:
        OSError: it is not in the store.
    """
    with content_store().open(thumb_sha256) as file:
        return file.read()


def stages_of(
    owner_type: str,
    owner_id: UUID,
    *,
    ids: Collection[UUID] | None = None,
    since: datetime | None = None,
) -> frozenset[str]:
    """Stages of which an owner has a file (已有环节), such as `{"before", "after"}`.

    Args:
        ids: only among these files.
        since: only among those uploaded at or after this instant.
    """
    found = Attachment.objects.filter(owner_type=owner_type, owner_id=owner_id, erased_at=None)
    if ids is not None:
        found = found.filter(id__in=ids)
    if since is not None:
        found = found.filter(uploaded_at__gte=since)
    return frozenset(found.order_by().values_list("stage", flat=True).distinct())
