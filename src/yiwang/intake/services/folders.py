"""Folders 文件夹收件: files that lie in a channel's inbox are imported, moved away and reported on.

The rows of a file are committed in batches with their raw messages; a process that dies leaves the file where
it is, and whoever takes it up again adds only what is missing. The move is the last step.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ...kernel.actor import system_actor
from ...kernel.errors import YiwangError
from ...kernel.working_time import SHANGHAI
from ...ledger.public import acting
from ..enums import RunState
from ..models import ImportRun, Mapping, QuarantineEntry
from ..queries.channels import LiveChannel
from ..reading import file_hash
from ..rules.door_settings import read_settings
from ..rules.folders import (
    DONE,
    FAILED,
    MOST_PROBLEMS,
    FileResult,
    Problem,
    Seen,
    folder_settings,
    is_file_name,
    report_text,
)
from .counting import count
from .importing import run_import, start_run

ACTOR = system_actor("folder", "intake.import", "cases.receive")
_REPORT = ".report.txt"
_TAKEN_UP = "处理中断，已由后来的批次接着处理。"


def inbox_of(channel: LiveChannel) -> Path:
    """The folder that a files channel watches 收件文件夹, made when it is missing."""
    folder = Path(settings.YIWANG_HOME) / "inbox" / channel.code
    inner = read_settings(channel.definition, folder_settings).folder
    folder = folder / inner if inner else folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o770)
    return folder


def files_in(folder: Path) -> dict[str, Seen]:
    """The files somebody handed in, by name; links and folders are none."""
    found: dict[str, Seen] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_file_name(entry.name) and entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                found[entry.name] = Seen(stat.st_size, stat.st_mtime_ns)
    return found


def is_being_written(path: Path) -> bool:
    """Whether some program has a file open for writing, where the file system can tell."""
    with path.open("rb") as stream:
        try:
            fcntl.fcntl(stream, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def take_file(
    *, channel: LiveChannel, path: Path, at: datetime, progress: Callable[[int], None] = lambda rows: None
) -> FileResult:
    """Import a file of a channel's inbox, write its report and move it 处理文件.

    A file that was read to its end before, by the same edition of the mapping, is moved at once.

    Args:
        progress: called after each batch; what it raises leaves the file where it is.

    Raises:
        DatabaseError: the database fails; the file stays where it is.
    """
    assert channel.mapping_id is not None, "a channel without a mapping has no files"
    digest = file_hash(path)
    mapping = Mapping.objects.get(pk=channel.mapping_id)
    same = ImportRun.objects.filter(file_hash=digest, mapping=mapping, channel=channel.code)
    run = same.filter(state=RunState.DONE).order_by("-started_at").first()
    failure, is_known = "", run is not None
    if run is None:
        _end_broken_off(same.filter(state=RunState.RUNNING, by=None), at)
        try:
            run = start_run(actor=ACTOR, at=at, mapping=mapping, path=path, channel=channel.code)
            run_import(actor=ACTOR, at=at, run_id=run.id, path=path, progress=progress)
        except (YiwangError, ValueError, OSError) as error:
            failure = error.message if isinstance(error, YiwangError) else f"无法读取：{error}"
        if run is not None:
            run.refresh_from_db()
            _count(channel, run, at)
    result = _result(
        channel, mapping, run, path.name, digest=digest, at=at, failure=failure, is_known=is_known
    )
    _put_away(path, result, at)
    return result


def forget_old_files(*, channel: LiveChannel, at: datetime) -> int:
    """Delete files and reports that have lain in `done` and `failed` for long enough; how many."""
    days = read_settings(channel.definition, folder_settings).keep_days
    before = (at - timedelta(days=days)).timestamp()
    gone = 0
    for name in (DONE, FAILED):
        folder = inbox_of(channel) / name
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_file() and path.stat().st_ctime < before:
                path.unlink()
                gone += 1
    return gone


def _end_broken_off(runs: QuerySet[ImportRun], at: datetime) -> None:
    for row in runs:
        with acting(actor=ACTOR, at=at) as act:
            run = act.lock(ImportRun, row.id)
            run.state, run.failure, run.ended_at = RunState.FAILED, _TAKEN_UP, at
            act.update(run, "state", "failure", "ended_at")
            body = {"read": run.read, "accepted": run.accepted, "unchanged": run.unchanged}
            act.record(run, "intake.run_failed", {**body, "quarantined": run.quarantined})


def _count(channel: LiveChannel, run: ImportRun, at: datetime) -> None:
    with transaction.atomic():
        count(
            channel.code, at, received=run.read, accepted=run.accepted, unchanged=run.unchanged,
            quarantined=run.quarantined, handled=run.read,
        )  # fmt: skip


def _result(
    channel: LiveChannel,
    mapping: Mapping,
    run: ImportRun | None,
    name: str,
    *,
    digest: bytes,
    at: datetime,
    failure: str,
    is_known: bool,
) -> FileResult:
    counts = {
        key: getattr(run, key) if run is not None else 0
        for key in ("read", "accepted", "unchanged", "quarantined")
    }
    if is_known:
        counts |= {"accepted": 0, "unchanged": counts["read"] - counts["quarantined"]}
    return FileResult(
        name, digest.hex(), f"{channel.name}（{channel.code}）", str(mapping),
        f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", failure=failure, is_known=is_known, **counts,
    )  # fmt: skip


def _problems(digest: bytes, channel: str) -> list[Problem]:
    """The rows of a file that wait in the quarantine."""
    rows = QuarantineEntry.objects.filter(run__file_hash=digest, run__channel=channel)
    return [
        Problem(row.message.line, row.get_reason_display(), row.field, row.value, row.remedy)
        for row in rows.select_related("message").order_by("message__line", "id")[:MOST_PROBLEMS]
    ]


def _put_away(path: Path, result: FileResult, at: datetime) -> None:
    """Write the report and move the file beside it, the report first, so that no file lies there without."""
    folder = path.parent / (FAILED if result.failure else DONE)
    folder.mkdir(exist_ok=True, mode=0o770)
    code = result.channel.rpartition("（")[2].rstrip("）")
    name = f"{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}-{result.sha256[:8]}-{path.name[-120:]}"
    problems = _problems(bytes.fromhex(result.sha256), code) if result.quarantined else []
    report = folder / f"{name}{_REPORT}"
    with report.open("w", encoding="utf-8-sig") as stream:
        stream.write(report_text(result, problems))
        stream.flush()
        os.fsync(stream.fileno())
    path.replace(folder / name)
    for changed in (folder, path.parent):
        handle = os.open(changed, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
