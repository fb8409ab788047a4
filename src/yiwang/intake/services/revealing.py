"""Revealing 查看原文: a quarantined message with its reporter in clear, for a purpose that is journaled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...ledger.public import acting
from ..enums import RevealPurpose
from ..models import QuarantineEntry, RawMessage
from ..queries import newest_specification, row_of

#: Acts that revealing needs, both.
ACTS = ("intake.quarantine", "cases.reveal_contact")


def reveal_entry(*, actor: Actor, at: datetime, entry_id: UUID, purpose: str) -> Mapping[str, Any]:
    """The stored tree of an entry's message, nothing hidden 查看原文; the purpose stands in its journal.

    Raises:
        Invalid: the purpose is none of `RevealPurpose`.
        Refused: the actor may not work in the quarantine, or may not see who reports.
    """
    for needed in ACTS:
        if not actor.may_anywhere(needed):
            raise Refused(_("您没有查看诉求人信息的权限。"), code="intake.refused", act=needed)
    if purpose not in RevealPurpose.values:
        raise invalid("purpose", purpose, _("请选择查看的用途。"))
    with acting(actor=actor, at=at) as act:
        entry = act.lock(QuarantineEntry, entry_id)
        act.record(entry, "intake.entry_revealed", {"state": entry.state, "purpose": purpose})
    message = RawMessage.objects.select_related("mapping").get(pk=entry.message_id)
    return row_of(message, newest_specification(message)).values
