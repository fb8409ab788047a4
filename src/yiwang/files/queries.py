"""Reads of `files` 证据查询."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from .models import Attachment


def attachments_of(owner_type: str, owner_id: UUID) -> list[Attachment]:
    """Files of an owner, oldest first, erased ones left out; the caller has checked who asks."""
    found = Attachment.objects.filter(owner_type=owner_type, owner_id=owner_id, erased_at=None)
    return list(found.order_by("uploaded_at", "id"))


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
