"""Cleaned recordings 音视频清理: places and names in MP4, MOV and M4A are blanked where they stand.

Cameras write where a film was made into the boxes `udta`, `meta` and `uuid` (ISO/IEC 14496-12, QuickTime).
Those boxes become `free` and their content zeros; nothing moves, so the film plays as before. A track of
timed positions (few cameras write one) is not looked into.
"""

from __future__ import annotations

from typing import BinaryIO

from ..errors import Damaged

_CONTAINERS = frozenset({b"moov", b"trak", b"moof", b"traf"})
_BLANKED = frozenset({b"udta", b"meta", b"uuid"})
_MOST_BOXES = 10_000
_CHUNK = 1024 * 1024


def blank_metadata(file: BinaryIO, filename: str) -> int:
    """Blank the metadata of a film in place; returns how many boxes were blanked.

    Args:
        file: open for reading and writing.
        filename: for the message.

    Raises:
        Damaged: when the boxes do not fit together.
    """
    end = file.seek(0, 2)
    blanked = seen = 0
    pending = [(0, end)]
    while pending:
        start, stop = pending.pop()
        while start < stop:
            seen += 1
            kind, body, after = _box(file, start, stop)
            if after > stop or after <= start or seen > _MOST_BOXES:
                raise Damaged(filename, "录音录像无法读取，请重新录制或另存后上传。")
            if kind in _CONTAINERS:
                pending.append((body, after))
            elif kind in _BLANKED:
                _blank(file, start, body, after)
                blanked += 1
            start = after
    return blanked


def _box(file: BinaryIO, start: int, stop: int) -> tuple[bytes, int, int]:
    """Type, start of the content and end of the box that begins at `start`; an end of 0 says it is broken."""
    file.seek(start)
    head = file.read(16)
    if len(head) < 8:
        return b"", start, 0
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if size == 0:
        return kind, start + 8, stop
    if size == 1:
        return kind, start + 16, start + int.from_bytes(head[8:16], "big") if len(head) == 16 else 0
    return kind, start + 8, start + size if size >= 8 else 0


def _blank(file: BinaryIO, start: int, body: int, after: int) -> None:
    file.seek(start + 4)
    file.write(b"free")
    file.seek(body)
    left = after - body
    while left > 0:
        left -= file.write(bytes(min(left, _CHUNK)))
