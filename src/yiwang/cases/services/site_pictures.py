"""Pictures from the spot 现场照片: how many were added to a case since an instant."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...files.public import attachments_of

EVIDENCE_OWNER = "cases.case"
_STAGES = ("scene", "before", "after")


def scene_pictures(case_id: UUID, *, since: datetime, after: bool = False) -> int:
    """How many pictures of the spot a case was given since an instant.

    Args:
        after: only those later than the instant itself.
    """
    found = [each.uploaded_at for each in attachments_of(EVIDENCE_OWNER, case_id) if each.stage in _STAGES]
    return sum(1 for at in found if (at > since if after else at >= since))
