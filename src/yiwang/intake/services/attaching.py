"""Attaching 附件入案: files that come inside a message become evidence of its case.

A file that cannot be kept (of another type, too large, damaged) never costs the report: it is named on the
report, so that reporter and operator know. Files that a source only names by address are not fetched, since
a message must not make us call addresses of its choosing; they are named too.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ...cases.public import FollowUpKind, Picture, ReportLink, attach_evidence, follow_up_report
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError

Attachments = Sequence[Mapping[str, str]]
_LONGEST = 2_000


def keep_attachments(
    *, actor: Actor, at: datetime, report_id: UUID, attachments: Attachments, case_id: UUID | None = None
) -> int:
    """Keep the files of a message as evidence 保存附件, inside the open transaction; how many were kept.

    Args:
        case_id: of the report; looked up without.
    """
    if not attachments:
        return 0
    if case_id is None:
        link = ReportLink.objects.filter(report=report_id, until=None).only("case_id").first()
        if link is None:
            return 0
        case_id = link.case_id
    kept, remarks = 0, []
    for number, given in enumerate(attachments, start=1):
        name = given.get("name") or f"附件{number}"
        remark = _keep(actor, at, case_id, name, given)
        if remark:
            remarks.append(remark)
        else:
            kept += 1
    if remarks:
        text = "\n".join(remarks)[:_LONGEST]
        follow_up_report(actor=actor, at=at, report_id=report_id, kind=FollowUpKind.ADDITION, text=text)
    return kept


def _keep(actor: Actor, at: datetime, case_id: UUID, name: str, given: Mapping[str, str]) -> str:
    """Keep one file; why not (Chinese), or empty."""
    if not given.get("base64"):
        return f"附件“{name}”在来源系统中：{given.get('url', '')}"
    try:
        content = base64.b64decode(given["base64"], validate=False)
        with transaction.atomic():
            attach_evidence(
                actor=actor, at=at, case_id=case_id, pictures=[Picture("scene", io.BytesIO(content), name)]
            )
    except (binascii.Error, ValueError):
        return f"附件“{name}”未保存：内容无法解码。"
    except YiwangError as error:
        return f"附件“{name}”未保存：{error.message}"
    return ""
