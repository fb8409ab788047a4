"""Tracking link 查询链接: unguessable, without login; shows progress by unit and post, never by name."""

from __future__ import annotations

import base64
import hmac

from ..kernel.actor import EVERYWHERE, Actor
from ..kernel.errors import NotFound
from ..ledger.public import blind_index
from .models import Report

#: What a reporter may do through the link, and nothing else.
RESIDENT = Actor(
    account_id=None,
    kind="resident",
    name="resident",
    grants=dict.fromkeys(
        ("cases.receive", "cases.withdraw", "cases.rate", "cases.reopen", "cases.request_erasure"), EVERYWHERE
    ),
)
_LENGTH = 26


def tracking_token(report: Report) -> str:
    """The secret part of a report's tracking link: 130 bits, in base32."""
    digest = blind_index(str(report.id), purpose="tracking")
    return base64.b32encode(digest).decode().lower()[:_LENGTH]


def tracking_path(report: Report) -> str:
    """The path of a report's tracking page."""
    return f"/t/{report.number}/{tracking_token(report)}/"


def report_for(number: str, token: str) -> Report:
    """The report of a tracking link.

    Raises:
        NotFound: no such report, or the secret is wrong; both look the same.
    """
    report = Report.objects.filter(number=number).first()
    if report is None or not hmac.compare_digest(tracking_token(report), token.lower()):
        raise NotFound("没有这条查询链接，请核对后再试。", code="cases.no_such_link")
    return report
