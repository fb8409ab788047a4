"""Mail settings 信箱设置: which mailbox is read, what of a letter is taken, whose letters are not."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from .webhooks import word_list
from .yaml_tree import YamlTree

SECURITIES = ("tls", "starttls", "none")
STARTS = ("new", "all")
_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_KEYS = frozenset({
    "host", "port", "security", "user", "folder", "poll_seconds", "start", "most_megabytes", "attachments",
    "own_addresses", "ignore", "per_sender_per_hour",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Settings 设置 of a mail channel; the password is the channel's key that the source gave us.

    Attributes:
        start: whether only letters count that come after the first connection, or all that lie there.
        most_megabytes: of one letter; of a larger one its beginning is read.
        attachments: files of one letter, at most.
        own_addresses: from which nothing is taken, since they are ours.
        ignore: addresses or domains whose letters stay unread.
        per_sender_per_hour: more letters of one sender stay unread.
    """

    host: str
    port: int
    security: str
    user: str
    folder: str = "INBOX"
    poll_seconds: int = 60
    start: str = "new"
    most_megabytes: int = 20
    attachments: int = 10
    own_addresses: frozenset[str] = frozenset()
    ignore: tuple[str, ...] = ()
    per_sender_per_hour: int = 30

    def ignores(self, sender: str) -> bool:
        """Whether letters of an address stay unread."""
        domain = sender.rpartition("@")[2]
        return any(word in {sender, domain, f"@{domain}"} for word in self.ignore)


def mail_settings(tree: YamlTree) -> MailSettings:
    """The settings of a mail channel, checked.

    Raises:
        Invalid: the first that is wrong, with its line.
    """
    tree.known(_KEYS)
    security = tree.choice("security", SECURITIES, "tls")
    user = tree.words("user")
    own = word_list(tree, "own_addresses", ())
    return MailSettings(
        host=tree.words("host"),
        port=tree.count("port", _PORTS[security], 1, 65_535),
        security=security,
        user=user,
        folder=tree.text("folder", most=100) or "INBOX",
        poll_seconds=tree.count("poll_seconds", 60, 1, 86_400),
        start=tree.choice("start", STARTS, "new"),
        most_megabytes=tree.count("most_megabytes", 20, 1, 100),
        attachments=tree.count("attachments", 10, 0, 20),
        own_addresses=frozenset(address.lower() for address in (*own, user) if "@" in address),
        ignore=tuple(word.lower() for word in word_list(tree, "ignore", (), most=500)),
        per_sender_per_hour=tree.count("per_sender_per_hour", 30, 1, 10_000),
    )


def folder_name(name: str) -> str:
    """A folder's name as IMAP writes it (modified UTF-7, RFC 3501 §5.1.3), in quotes: 台北 is `&U,BTFw-`."""
    written, waiting = "", ""

    def flushed() -> str:
        if not waiting:
            return ""
        code = base64.b64encode(waiting.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{code}-"

    for letter in name:
        if " " <= letter <= "~":
            written += flushed() + letter.replace("&", "&-")
            waiting = ""
        else:
            waiting += letter
    quoted = (written + flushed()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
