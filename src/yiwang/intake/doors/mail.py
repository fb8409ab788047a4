"""E-mail 电子邮件: a mailbox is read by IMAP; letters become reports, answers join their report.

Letters are read without being marked; a letter is marked as seen after it is committed. What robots wrote
stays unread, for people to look at. The cursor is UIDVALIDITY and UID.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType

from django.db import Error as DatabaseError
from django.utils import timezone

from ..enums import KeyKind
from ..errors import TooMany
from ..models import PullCursor
from ..queries.channels import LiveChannel, channel_index
from ..rules.door_settings import read_settings, register_settings
from ..rules.letters.reading import read_letter
from ..rules.mail_settings import MailSettings, folder_name, mail_settings
from ..rules.visiting import is_visit_due
from ..rules.yaml_tree import YamlTree
from ..running import door_runner
from ..services.letters import Mark, letter_body, mark_of, set_aside, take_letter
from ..services.receiving import receive_raw
from ..services.turns import alone
from .contract import Delivered, DoorContract, Sender, register_contract

#: Letters taken in one visit, the pause between two looks in seconds, and how long a server may think.
MOST_LETTERS, GLANCE, TIMEOUT = 200, 1.0, 30.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_LOG = logging.getLogger(__name__)


class MailboxError(Exception):
    """The mail server does not do what it should; the text is Chinese, without secrets."""


def check_settings(tree: YamlTree) -> None:
    """Settings of a mail channel; see docs/channels-people.md."""
    mail_settings(tree)


register_settings("mail", check_settings)


class Mailbox:
    """A mailbox opened for reading 信箱; a context manager."""

    def __init__(self, settings: MailSettings, password: str) -> None:
        self._settings = settings
        self._password = password
        self.validity = 0
        self.next_uid = 1

    def __enter__(self) -> Mailbox:
        """Connect, log in and select the folder.

        Raises:
            MailboxError: the server refuses.
        """
        self._imap = self._connected()
        try:
            self._imap.login(self._settings.user, self._password)
            if "ID" in self._imap.capabilities:
                self._imap.xatom("ID", '("name" "yiwang")')
            self._good("选择文件夹", self._imap.select(folder_name(self._settings.folder)))
            self.validity = self._number("UIDVALIDITY", 0)
            self.next_uid = self._number("UIDNEXT", 0)
        except imaplib.IMAP4.error as error:
            self._close()
            raise MailboxError(f"登录或打开信箱失败：{_plain(error)}") from error
        except BaseException:
            self._close()
            raise
        return self

    def _connected(self) -> imaplib.IMAP4:
        given = self._settings
        if given.security == "tls":
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(given.host, given.port, ssl_context=context, timeout=TIMEOUT)
        found = imaplib.IMAP4(given.host, given.port, timeout=TIMEOUT)
        if given.security == "starttls":
            found.starttls(ssl.create_default_context())
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; a server that is gone already is no error."""
        self._close()

    def _close(self) -> None:
        try:
            self._imap.logout()
        except (imaplib.IMAP4.error, OSError):
            self._imap.shutdown()

    def _number(self, name: str, default: int) -> int:
        _, found = self._imap.response(name)
        return int(found[-1]) if found and found[-1] else default

    def _good(self, what: str, answer: tuple[str, Sequence[object]]) -> Sequence[object]:
        kind, found = answer
        if kind != "OK":
            raise MailboxError(f"{what}失败：{_plain(found)}")
        return found

    def uids(self, after: int, since: datetime | None = None) -> list[int]:
        """UIDs above one, in order; with `since` only of letters that came on that day or later."""
        wanted = ["UID", f"{after + 1}:*"]
        if since is not None:
            wanted += ["SINCE", since.strftime("%d-%b-%Y")]
        found = self._good("查找邮件", self._imap.uid("SEARCH", *wanted))
        listed = b" ".join(part for part in found if isinstance(part, bytes)).split()
        return sorted(uid for uid in map(int, listed) if uid > after)

    def letter(self, uid: int) -> tuple[bytes, bool]:
        """A letter's bytes without marking it, and whether it was cut; empty when it is gone."""
        most = self._settings.most_megabytes * 1_000_000
        answer = self._good(
            "读取邮件", self._imap.uid("FETCH", str(uid), f"(RFC822.SIZE BODY.PEEK[]<0.{most}>)")
        )
        for part in answer:
            if isinstance(part, tuple):
                size = _SIZE.search(part[0])
                return part[1], bool(size and int(size[1]) > len(part[1]))
        return b"", False

    def mark_seen(self, uid: int) -> None:
        """Mark a letter as seen; a server that refuses is no reason to read it again."""
        try:
            self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)")
        except imaplib.IMAP4.error:
            _LOG.warning("a letter could not be marked as seen")


def _plain(answer: object) -> str:
    return str(answer)[:120]


def visit(*, channel: LiveChannel, at: datetime) -> dict[str, int]:
    """Read what is new in a channel's mailbox 读取信箱; how many letters had which outcome.

    A failure is written down on the cursor and does not move it.
    """
    PullCursor.objects.get_or_create(channel_id=channel.id)
    outcomes: dict[str, int] = {}
    try:
        _read_new(channel, at, outcomes)
        failure = ""
    except (MailboxError, OSError, imaplib.IMAP4.error, TooMany) as error:
        failure = str(error)[:300] or type(error).__name__
        _LOG.warning("mailbox of channel %s: %s", channel.code, failure)
    row = PullCursor.objects.get(pk=channel.id)
    row.polled_at, row.last_error = at, failure
    row.failures = row.failures + 1 if failure else 0
    row.save(update_fields=["polled_at", "last_error", "failures"])
    return outcomes


def _read_new(channel: LiveChannel, at: datetime, outcomes: dict[str, int]) -> None:
    settings = read_settings(channel.definition, mail_settings)
    row = PullCursor.objects.get(pk=channel.id)
    with Mailbox(settings, _password(channel, at)) as mailbox:
        for uid in _waiting(mailbox, settings, row)[:MOST_LETTERS]:
            outcome = _take(channel, mailbox, Mark(mailbox.validity, uid), at)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1


def _waiting(mailbox: Mailbox, settings: MailSettings, row: PullCursor) -> list[int]:
    """UIDs that have not been read; the first connection notes where to begin."""
    mark = mark_of(row.cursor)
    if mark is not None and mark.validity == mailbox.validity:
        return mailbox.uids(mark.uid)
    if mark is not None and settings.start == "new" and row.polled_at is not None:
        return mailbox.uids(0, since=row.polled_at - timedelta(days=1))
    if mark is None and settings.start == "new":
        last = max(mailbox.uids(0), default=0)
        row.cursor = str(Mark(mailbox.validity, max(last, mailbox.next_uid - 1)))
        row.save(update_fields=["cursor"])
        return []
    return mailbox.uids(0)


def _take(channel: LiveChannel, mailbox: Mailbox, mark: Mark, at: datetime) -> str:
    raw, is_cut = mailbox.letter(mark.uid)
    if not raw:
        return "gone"
    try:
        outcome = take_letter(channel=channel, raw=raw, mark=mark, at=at, is_cut=is_cut)
    except (DatabaseError, TooMany):
        raise
    except Exception:
        _LOG.exception("a letter of channel %s cannot be read", channel.code)
        set_aside(channel=channel, raw=raw, mark=mark, at=at)
        outcome = "set_aside"
    if outcome in {"stored", "known", "set_aside"}:
        mailbox.mark_seen(mark.uid)
    return outcome


def _password(channel: LiveChannel, at: datetime) -> str:
    key = channel.key(KeyKind.THEIRS, at)
    if key is None:
        raise MailboxError(f"渠道没有可用的“{KeyKind.THEIRS.label}”凭证，请把信箱密码或授权码填为凭证。")
    return key.secret


def is_due(channel: LiveChannel, at: datetime) -> bool:
    """Whether a mailbox is to be read now; one that fails is visited less and less often."""
    row = PullCursor.objects.filter(pk=channel.id).first()
    every = timedelta(seconds=read_settings(channel.definition, mail_settings).poll_seconds)
    return row is None or is_visit_due(row.polled_at, every, row.failures, at)


@door_runner("mail")
def run(stop: threading.Event) -> None:
    """Read every mailbox when it is due."""
    while not stop.wait(GLANCE):
        at = timezone.now()
        for channel in channel_index().of_door("mail", at):
            if stop.is_set():
                break
            if is_due(channel, at):
                with alone("intake.mail", channel.code) as mine:
                    if mine:
                        visit(channel=channel, at=timezone.now())


def opened(channel: LiveChannel, body: bytes) -> bytes:
    """The body that the door makes of a letter."""
    settings = read_settings(channel.definition, mail_settings)
    letter = read_letter(body, own=settings.own_addresses)
    return letter_body(letter, letter.message_id, settings).encode()


def deliver(channel: LiveChannel, bodies: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
    """Bring letters in past the mail server."""
    try:
        receipt = receive_raw(channel=channel, bodies=[opened(channel, body) for body in bodies], at=at)
    except TooMany as error:
        return Delivered(429, retry_after=error.retry_after)
    return Delivered(202, tuple(receipt.ids))


register_contract("mail", DoorContract(deliver, opened=opened))
