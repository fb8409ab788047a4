"""Letters 邮件收件: a letter is stored with the mailbox's cursor; an answer joins its thread's report."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from ...cases.public import Report, tracking_token
from ...kernel.errors import Invalid
from ...ledger.public import blind_index
from ..models import Letter as LetterRow
from ..models import PullCursor
from ..queries.channels import LiveChannel
from ..rules.door_settings import read_settings
from ..rules.letters.reading import TOKEN_LENGTH, Enclosure, Letter, read_letter, subject_token
from ..rules.mail_settings import MailSettings, mail_settings
from .counting import count
from .letterbox import packed_pictures
from .receiving import receive_raw

_LONGEST_TEXT = 18_000
#: Bytes of all files of one letter, and of a picture that is only a logo.
_ALL_FILES, _LOGO = 7_500_000, 3_000
_PURPOSE = "letters"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mailbox has been read 信箱游标: its UIDVALIDITY and the last UID."""

    validity: int
    uid: int

    def __str__(self) -> str:
        return f"{self.validity}:{self.uid}"


def mark_of(text: str) -> Mark | None:
    """A mark as the cursor keeps it; None when it holds none."""
    validity, _, uid = text.partition(":")
    return Mark(int(validity), int(uid)) if validity.isdigit() and uid.isdigit() else None


def token_for(report: Report) -> str:
    """What the subject of a letter about a report holds, so that the answer finds it 主题标记."""
    return subject_token(report.number, tracking_token(report))


def take_letter(*, channel: LiveChannel, raw: bytes, mark: Mark, at: datetime, is_cut: bool = False) -> str:
    """Store a letter with the cursor behind it 收存来信, in one transaction.

    Args:
        raw: as the mail server gives it; with `is_cut` only its beginning.

    Returns:
        `stored`; `known` when it came before; else why it stays unread, such as `robot` or `flood`.

    Raises:
        TooMany: the channel is over its quota; the cursor stays.
    """
    settings = read_settings(channel.definition, mail_settings)
    letter = read_letter(raw, own=settings.own_addresses)
    sender = blind_index(letter.sender, purpose=_PURPOSE)
    key = hashlib.sha256(letter.message_id.encode("utf-8", "replace")).digest()
    with transaction.atomic():
        cursor = PullCursor.objects.select_for_update().get(pk=channel.id)
        outcome = "stored"
        if LetterRow.objects.filter(channel=channel.code, message_id=key).exists():
            outcome = "known"
        elif reason := _left_alone(channel, settings, letter, sender, at):
            outcome = reason
            count(channel.code, at, ignored=1)
        else:
            thread = _thread(channel, letter)
            body = letter_body(
                letter, thread or _own_thread(letter), settings, is_cut=is_cut, is_answer=bool(thread)
            )
            receive_raw(channel=channel, bodies=[body], at=at)
            LetterRow.objects.create(
                channel=channel.code, message_id=key, thread=thread or _own_thread(letter), sender=sender,
                received_at=at,
            )  # fmt: skip
        cursor.cursor = str(mark)
        cursor.save(update_fields=["cursor"])
    return outcome


def set_aside(*, channel: LiveChannel, raw: bytes, mark: Mark, at: datetime) -> None:
    """Store a letter that cannot be read at all 无法解析的来信; it lands in the quarantine."""
    digest = hashlib.sha256(raw).hexdigest()
    kept = base64.b64encode(raw[:1_000_000]).decode()
    body = json.dumps({"number": digest, "text": "", "raw": kept}, sort_keys=True)
    with transaction.atomic():
        receive_raw(channel=channel, bodies=[body], at=at)
        PullCursor.objects.filter(pk=channel.id).update(cursor=str(mark))


def _left_alone(
    channel: LiveChannel, settings: MailSettings, letter: Letter, sender: bytes, at: datetime
) -> str:
    """Why a letter is not taken; empty when it is."""
    if letter.robot:
        return letter.robot
    if settings.ignores(letter.sender):
        return "ignored"
    lately = LetterRow.objects.filter(
        channel=channel.code, sender=sender, received_at__gt=at - timedelta(hours=1)
    )
    is_flood = len(lately.values_list("id")[: settings.per_sender_per_hour]) >= settings.per_sender_per_hour
    return "flood" if is_flood else ""


def _thread(channel: LiveChannel, letter: Letter) -> str:
    """The source number of the report that a letter belongs to; empty for a new one."""
    keys = [hashlib.sha256(known.encode("utf-8", "replace")).digest() for known in letter.answers]
    if keys:
        rows = LetterRow.objects.filter(channel=channel.code, message_id__in=keys)
        threads = {bytes(row.message_id): row.thread for row in rows}
        found = next((threads[key] for key in keys if key in threads), "")
        if found:
            return found
    if letter.token is None:
        return ""
    number, secret = letter.token
    report = Report.objects.filter(number=number, channel=channel.code).first()
    if report is None or tracking_token(report)[:TOKEN_LENGTH] != secret:
        return ""
    return report.source_number or ""


def _own_thread(letter: Letter) -> str:
    key = letter.message_id
    return key if len(key) <= 120 else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def letter_body(
    letter: Letter, thread: str, settings: MailSettings, *, is_cut: bool = False, is_answer: bool = False
) -> str:
    """A letter as the JSON text that the channel's mapping reads.

    Args:
        thread: number of the report, the same for every letter of a thread.
        is_cut: only the beginning of the letter is there; its last file may be broken.
        is_answer: it answers an earlier one, so what it quotes is left out.
    """
    enclosures = [e for e in letter.enclosures if not (e.is_inline and len(e.content) < _LOGO)]
    if is_cut:
        enclosures = enclosures[:-1]
    files, remarks = _files(enclosures, settings.attachments)
    if is_cut:
        remarks.append("（邮件过大，只收了前面的部分，原件在信箱中）")
    text = (
        (letter.own_words if is_answer else letter.text) or letter.subject or ("（无正文）" if files else "")
    )
    if len(text) > _LONGEST_TEXT:
        text = text[:_LONGEST_TEXT] + "…（内容过长，其余在信箱原件中）"
    tree = {
        "number": thread,
        "subject": letter.subject,
        "text": "\n".join(filter(None, [text, *remarks])),
        "sender": letter.sender,
        "contact": " ".join(filter(None, [letter.sender_name, letter.sender])),
        "sent_at": letter.sent_at.isoformat() if letter.sent_at else "",
        "message_id": letter.message_id,
        "attachments": files,
    }
    return json.dumps(tree, ensure_ascii=False, sort_keys=True)


def _files(enclosures: list[Enclosure], most: int) -> tuple[list[dict[str, str]], list[str]]:
    """The files of a letter within what a message may carry, and words for those that are left out."""
    files: list[dict[str, str]] = []
    remarks = [f"（附件“{e.name}”未收，一封信最多 {most} 个附件）" for e in enclosures[most:]]
    left = _ALL_FILES
    for enclosure in enclosures[:most]:
        packed = _packed(enclosure, left // max(1, len(enclosures[:most]) - len(files)))
        size = len(packed["base64"]) * 3 // 4
        if size > left:
            remarks.append(f"（附件“{enclosure.name}”过大未收，原件在信箱中）")
        else:
            left -= size
            files.append(packed)
    return files, remarks


def _packed(enclosure: Enclosure, share: int) -> dict[str, str]:
    if enclosure.media_type.startswith("image/") and len(enclosure.content) > share:
        try:
            return packed_pictures([(enclosure.name, enclosure.content)])[0]
        except Invalid:
            pass
    return {"name": enclosure.name[-120:], "base64": base64.b64encode(enclosure.content).decode()}
