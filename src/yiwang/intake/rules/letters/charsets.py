"""Charsets 字符集: what mail programs say and what they mean; GB2312 is nearly always GB18030."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

_MEANT = {
    "gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030",
    "hz-gb-2312": "hz", "big5": "big5hkscs", "ks_c_5601-1987": "cp949", "iso-8859-1": "cp1252",
    "us-ascii": "utf-8", "ascii": "utf-8", "unicode-1-1-utf-7": "utf-7", "utf8": "utf-8",
}  # fmt: skip
_GUESSES = ("utf-8", "gb18030")
#: Encoded words that programs glue together or part in the middle of a character.
_BETWEEN = re.compile(r"(\?=)\s*(=\?)")


def text_of(content: bytes, charset: str | None) -> str:
    """Bytes as text by the named charset if that works, else by the usual ones; never fails.

    >>> text_of("镕基路灯".encode("gb18030"), "gb2312")
    '镕基路灯'
    """
    named = _known(charset)
    for name in (*([named] if named else []), *_GUESSES):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, ValueError):
            continue
    return content.decode(named or "utf-8", "replace")


def _known(charset: str | None) -> str:
    name = (charset or "").strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    try:
        info = codecs.lookup(name) if name else None
    except (LookupError, ValueError):
        return ""
    return name if info is not None and getattr(info, "_is_text_encoding", True) else ""


def header(letter: Message, name: str) -> str:
    """The first header of a name as text; empty without one."""
    name = name.lower()
    return header_text(next((value for key, value in letter.raw_items() if key.lower() == name), ""))


def header_text(value: object) -> str:
    """A header as text: encoded words decoded, raw 8-bit bytes guessed, line breaks and controls gone."""
    given = str(value or "").encode("utf-8", "surrogateescape")
    if not given.isascii():
        return _flat(text_of(given, None))
    try:
        parts = decode_header(_BETWEEN.sub(r"\1 \2", given.decode("ascii")))
    except (HeaderParseError, ValueError):
        return _flat(given.decode("ascii"))
    return _flat("".join(_joined(parts)))


def _joined(parts: list[tuple[bytes | str, str | None]]) -> list[str]:
    """Texts of the parts; neighbours of one charset are decoded together, as they may share a character."""
    found: list[str] = []
    waiting, charset = b"", None
    for content, named in parts:
        if isinstance(content, str) or named is None:
            if waiting:
                found.append(text_of(waiting, charset))
                waiting = b""
            plain = content if isinstance(content, str) else text_of(content, None)
            found.append(plain)
        elif waiting and named == charset:
            waiting += content
        else:
            if waiting:
                found.append(text_of(waiting, charset))
            waiting, charset = content, named
    if waiting:
        found.append(text_of(waiting, charset))
    return found


def _flat(text: str) -> str:
    return " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in text).split())
