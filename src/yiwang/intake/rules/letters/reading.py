"""Reading letters 读信: who wrote, what, in answer to what, with which files."""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from .charsets import header, header_text, text_of
from .contents import own_words, page_text, tidy
from .robots import robot_reason

_IDS = re.compile(r"<([^<>\s]{1,300})>")
_ANSWER = re.compile(
    r"^\s*(?:(?:re|aw|fw|fwd|回复|答复|回覆|转发|轉寄)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)
#: Report number and the beginning of its secret, as `subject_token` writes them.
_TOKEN = re.compile(r"\[(R\d{8}-\d{8}-\d)\s+([a-z2-7]{8})\]")
TOKEN_LENGTH = 8
_DEEPEST, _MOST_PARTS = 20, 200


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that came with a letter 附件.

    Attributes:
        is_inline: it belongs to the page, like the logo of a signature.
    """

    name: str
    media_type: str
    content: bytes
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter 来信.

    Attributes:
        message_id: without brackets; made from the letter itself when it has none.
        answers: Message-IDs that it answers, the nearest first, the oldest last.
        token: report number and secret of the subject; None without.
        own_words: the text without what it quotes.
        robot: why no person wrote it; empty when one did.
        enclosures: whole files; pictures within the page are among them.
    """

    message_id: str
    answers: tuple[str, ...]
    token: tuple[str, str] | None
    subject: str
    text: str
    own_words: str
    sender: str
    sender_name: str
    sent_at: datetime | None
    robot: str
    enclosures: tuple[Enclosure, ...]


def subject_token(number: str, secret: str) -> str:
    """What stands in the subject of our letters, by which an answer finds its report 主题标记.

    Args:
        number: of the report.
        secret: the secret part of its tracking link; only its beginning is shown.
    """
    return f"[{number} {secret[:TOKEN_LENGTH]}]"


def read_letter(raw: bytes, *, own: Collection[str] = ()) -> Letter:
    """A letter of its bytes as the mail server gives them; broken ones are read as far as they go.

    Args:
        own: our own addresses, in lower case.
    """
    found = email.message_from_bytes(raw)
    subject = header(found, "Subject")
    sender_name, sender = _sender(found)
    texts, pages, enclosures = _contents(found)
    text = tidy("\n\n".join(texts)) or page_text("\n".join(pages))
    token = _TOKEN.search(subject)
    return Letter(
        message_id=_first(_IDS.findall(header(found, "Message-ID"))) or _made_id(raw),
        answers=_answers(found),
        token=(token[1], token[2]) if token else None,
        subject=tidy(_ANSWER.sub("", _TOKEN.sub("", subject))),
        text=text,
        own_words=own_words(text),
        sender=sender,
        sender_name=sender_name,
        sent_at=_sent_at(found),
        robot=robot_reason(found, sender=sender, own=own),
        enclosures=tuple(enclosures),
    )


def _first(listed: list[str]) -> str:
    return listed[0] if listed else ""


def _made_id(raw: bytes) -> str:
    return f"{hashlib.sha256(raw).hexdigest()}@made"


def _sender(letter: Message) -> tuple[str, str]:
    for source in ("From", "Sender", "Return-Path"):
        for name, address in getaddresses([header(letter, source)]):
            if "@" in address:
                return name.strip()[:40], address.strip().lower()[:200]
    return "", ""


def _answers(letter: Message) -> tuple[str, ...]:
    nearest = _IDS.findall(header(letter, "In-Reply-To"))
    chain = _IDS.findall(header(letter, "References"))
    return tuple(dict.fromkeys([*nearest, *reversed(chain)]))[:50]


def _sent_at(letter: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(header(letter, "Date"))
    except (TypeError, ValueError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _parts(letter: Message, depth: int = 0) -> Iterator[Message]:
    """Leaves of a letter; a forwarded letter counts as one file, the richer alternatives come last."""
    if not letter.is_multipart() or letter.get_content_type() == "message/rfc822":
        yield letter
    elif depth < _DEEPEST:
        for part in letter.get_payload():
            if isinstance(part, Message):
                yield from _parts(part, depth + 1)


def _contents(letter: Message) -> tuple[list[str], list[str], list[Enclosure]]:
    """Plain texts, pages and files."""
    texts: list[str] = []
    pages: list[str] = []
    enclosures: list[Enclosure] = []
    for count, part in enumerate(_parts(letter)):
        if count >= _MOST_PARTS:
            break
        kind = part.get_content_type()
        name = header_text(_file_name(part))
        content = _bytes_of(part)
        if (
            kind in {"text/plain", "text/html"}
            and part.get_content_disposition() != "attachment"
            and not name
        ):
            (texts if kind == "text/plain" else pages).append(text_of(content, part.get_content_charset()))
        elif content:
            enclosures.append(Enclosure(name or f"附件{count}", kind, content, _is_inline(part)))
    return texts, pages, enclosures


def _is_inline(part: Message) -> bool:
    return part.get_content_disposition() != "attachment" and bool(part.get("Content-ID"))


def _file_name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (LookupError, UnicodeError, ValueError):
        return ""


def _bytes_of(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else part
        return first.as_bytes() if isinstance(first, Message) else b""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
