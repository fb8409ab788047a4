"""Alert files 预警文件: a file or a folder of them through the same door as pushed messages."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ..errors import AlertRefused
from ..rules.cap.refusals import CapRefused
from .alerts import AlertDoor, receive_alert


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file 文件结果.

    Attributes:
        reason: why it was refused, its name and its sentence; `unchanged` for one that was in already.
    """

    file: str
    accepted: bool
    reason: str
    identifier: str | None = None
    areas: tuple[str, ...] = ()


def alert_files(path: Path) -> list[Path]:
    """The file itself, or every file below a folder by name; linked folders are not entered."""
    if not path.is_dir():
        return [path]
    return sorted(Path(folder) / name for folder, _, names in os.walk(path) for name in names)


def import_alert_files(*, actor: Actor, at: datetime, door: AlertDoor, path: Path) -> Iterator[FileOutcome]:
    """Take in every file 导入预警文件, each in a transaction of its own; the outcome of each as it comes."""
    for each in alert_files(path):
        shown = os.fsencode(each).decode("utf-8", "backslashreplace")
        try:
            receipt = receive_alert(actor=actor, at=at, door=door, raw=_read(each, door.settings.most_bytes))
        except CapRefused as refused:
            yield FileOutcome(shown, False, f"{refused.reason}: {refused.message}")
        except AlertRefused as refused:
            yield FileOutcome(shown, False, f"{refused.reason}: {refused.message}")
        except YiwangError as error:
            yield FileOutcome(shown, False, f"{error.code}: {error.message}")
        else:
            reason = "unchanged" if receipt.unchanged else ""
            yield FileOutcome(shown, True, reason, receipt.identifier, receipt.areas)


def _read(path: Path, limit: int) -> bytes:
    """At most one byte more than allowed; anything but an ordinary file is not opened."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CapRefused("not_a_file")
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise CapRefused("unreadable", error.strerror or "") from error
