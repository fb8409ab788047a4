"""Robots 自动邮件: letters that no person wrote — automatic answers, bounces, lists, loops — by headers."""

from __future__ import annotations

import re
from collections.abc import Collection
from email.message import Message

from .charsets import header

#: Written into every letter that we send; one that comes back with it is a loop.
OUR_MARK = "X-Yiwang-Letterbox"
_ROBOT_NAMES = re.compile(
    r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?([+\-].*)?|notifications?|listserv|majordomo)@",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"^\s*(自动回复|自动答复|外出|休假|退信|系统退信|邮件投递失败|Auto(matic)?[ -]?(reply|response)"
    r"|Out of (the )?Office|Undeliver(ed|able)|Delivery Status Notification|Mail delivery failed)",
    re.IGNORECASE,
)
_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply", "X-Loop")


def robot_reason(letter: Message, *, sender: str, own: Collection[str] = ()) -> str:
    """Why a letter is no person's; empty when it is.

    The headers of RFC 3834 and of usual programs decide; a subject alone decides only when it is one that
    programs write and the letter answers another.

    Args:
        own: our own addresses, in lower case.
    """
    if letter.get(OUR_MARK) or sender.lower() in own:
        return "loop"
    if (letter.get("Return-Path") or "").strip() == "<>" or letter.get_content_type() == "multipart/report":
        return "bounce"
    submitted = (letter.get("Auto-Submitted") or "no").strip().lower()
    if submitted.split(";")[0].strip() != "no" or any(letter.get(name) for name in _HEADERS):
        return "automatic"
    precedence = (letter.get("Precedence") or "").strip().lower()
    if precedence in {"bulk", "list", "junk", "auto_reply"}:
        return "list"
    if letter.get("List-Id") or letter.get("List-Unsubscribe") or letter.get("Feedback-ID"):
        return "list"
    if not sender or _ROBOT_NAMES.match(sender):
        return "robot"
    answers = letter.get("In-Reply-To") or letter.get("References")
    return "automatic" if answers and _AUTO_SUBJECT.match(header(letter, "Subject")) else ""
