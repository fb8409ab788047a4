"""What a reporter is told of applications 告知: extended until when and why, resting until when and why.

Only the label of the reason, which is data; never the words of the application, nor who asked or decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ...cases.public import applications
from ...kernel.working_time import SHANGHAI


def told(kind: str, body: Mapping[str, Any]) -> str:
    """One sentence for the reporter about an entry; empty when it is none of the reporter's matter.

    An extension is told when the promise moved, not when a co-unit's task did.
    """
    if kind == "cases.suspend":
        reason = reason_words(applications.ApplicationKind.SUSPENSION, body["reason_code"])
        day = f"{_local(body['until']):%Y-%m-%d}"
        return _("因%(reason)s暂缓办理，预计 %(day)s 恢复") % {"reason": reason, "day": day}
    if kind == "cases.resume":
        return _("恢复办理")
    if kind != "cases.application_approved" or body.get("kind") != applications.ApplicationKind.EXTENSION:
        return ""
    promise = next((moved for moved in body.get("moved", []) if moved["task"] is None), None)
    if promise is None:
        return ""
    reason = reason_words(body["kind"], body["reason_code"])
    until = f"{_local(promise['due_at']):%Y-%m-%d %H:%M}"
    return _("已延期至 %(at)s，理由：%(reason)s") % {"at": until, "reason": reason}


def reason_words(kind: str, code: str) -> str:
    """The label of a reason in the reader's language."""
    english = (get_language() or "").startswith("en")
    return applications.reason_label(kind, code, english=english)


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI)
