"""Media types 媒体类型: told by the content, never by the name, from a short list of allowed ones.

A content passes when its first bytes are exactly those of an allowed type and `puremagic`, which knows
many more, does not take it for something else with greater confidence in a text, program or archive.
"""

from __future__ import annotations

from dataclasses import dataclass

import puremagic

_MEGABYTE = 1024 * 1024
#: Bytes of the beginning that the type is told from.
HEAD = 4096


@dataclass(frozen=True, slots=True)
class MediaType:
    """An allowed type 允许的类型.

    Attributes:
        name: media type.
        extension: with its dot.
        limit: most bytes.
        format: name that Pillow gives it; empty for what is no picture.
    """

    name: str
    extension: str
    limit: int
    format: str = ""


JPEG = MediaType("image/jpeg", ".jpg", 20 * _MEGABYTE, "JPEG")
PNG = MediaType("image/png", ".png", 20 * _MEGABYTE, "PNG")
WEBP = MediaType("image/webp", ".webp", 20 * _MEGABYTE, "WEBP")
PDF = MediaType("application/pdf", ".pdf", 20 * _MEGABYTE)
MP4 = MediaType("video/mp4", ".mp4", 100 * _MEGABYTE)
MOV = MediaType("video/quicktime", ".mov", 100 * _MEGABYTE)
M4A = MediaType("audio/mp4", ".m4a", 20 * _MEGABYTE)
MP3 = MediaType("audio/mpeg", ".mp3", 20 * _MEGABYTE)
WAV = MediaType("audio/wav", ".wav", 50 * _MEGABYTE)
AMR = MediaType("audio/amr", ".amr", 20 * _MEGABYTE)

ALLOWED = (JPEG, PNG, WEBP, PDF, MP4, MOV, M4A, MP3, WAV, AMR)
#: No content of any type is longer.
LARGEST = max(kind.limit for kind in ALLOWED)
_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"%PDF-", PDF),
    (b"#!AMR\n", AMR),
    (b"ID3", MP3),
)
_BRANDS = {
    b"isom": MP4, b"iso2": MP4, b"iso4": MP4, b"iso5": MP4, b"iso6": MP4, b"mp41": MP4, b"mp42": MP4,
    b"avc1": MP4, b"MSNV": MP4, b"M4V ": MP4, b"3gp4": MP4, b"3gp5": MP4, b"3gp6": MP4,
    b"qt  ": MOV, b"M4A ": M4A,
}  # fmt: skip
_REFUSED_WORDS = ("html", "svg", "xml", "executable", "script", "zip", "msdos")


def media_type_of(head: bytes) -> MediaType | None:
    """The allowed type of a content, told from its first bytes; None when it is none of them."""
    found = _by_first_bytes(head)
    return None if found is None or _looks_like_a_program(head, found) else found


def _by_first_bytes(head: bytes) -> MediaType | None:
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return MP3
    return None


def _looks_like_a_program(head: bytes, found: MediaType) -> bool:
    """Whether the wider list takes the content for a page, a program or an archive before all else."""
    try:
        best = puremagic.magic_string(head)[0]
    except (puremagic.PureError, ValueError, IndexError):
        return False
    if best.mime_type == found.name:
        return False
    return any(word in best.mime_type for word in _REFUSED_WORDS)
