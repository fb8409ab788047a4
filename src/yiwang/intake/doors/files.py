"""Files 文件: exports of other systems, dropped into a watched folder or uploaded on the page 导入文件.

A file is taken when it has stopped changing and nobody is writing it; see `services.folders`.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from ..models import Mapping, RawMessage
from ..queries.channels import LiveChannel, channel_index
from ..reading import read_rows
from ..rules.door_settings import read_settings, register_settings
from ..rules.folders import Watch, folder_settings
from ..rules.yaml_tree import YamlTree
from ..running import door_runner
from ..services.folders import (
    ACTOR,
    files_in,
    forget_old_files,
    inbox_of,
    is_being_written,
    take_file,
)
from ..services.importing import run_import, start_run
from ..services.staging import canonical_row
from ..services.turns import alone
from .contract import Delivered, DoorContract, Sender, register_contract

GLANCE = 1.0
_SWEEP = timedelta(hours=6)
_LOG = logging.getLogger(__name__)


class Stopped(Exception):
    """The process is to end; the file stays where it is."""


def check_settings(tree: YamlTree) -> None:
    """Settings of a files channel; see docs/channels-people.md."""
    folder_settings(tree)


register_settings("files", check_settings)


class Watcher:
    """Looks into the inboxes of all files channels 监视."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._looked: dict[str, float] = {}
        self._swept: dict[str, datetime] = {}

    def look(self, *, at: datetime, now: float, stop: threading.Event) -> int:
        """Take every file that has settled; how many.

        Args:
            now: seconds of a clock that only goes forward.

        Raises:
            Stopped: `stop` was set while a file was read.
        """
        taken = 0
        for channel in channel_index().of_door("files", at):
            every = read_settings(channel.definition, folder_settings).every_seconds
            if channel.mapping_id is None or now - self._looked.get(channel.code, -every) < every:
                continue
            self._looked[channel.code] = now
            with alone("intake.folder", channel.code) as mine:
                if mine:
                    taken += self._take(channel, at, now, stop)
        return taken

    def _take(self, channel: LiveChannel, at: datetime, now: float, stop: threading.Event) -> int:
        def go_on(_rows: int) -> None:
            if stop.is_set():
                raise Stopped

        folder, taken = inbox_of(channel), 0
        watch = self._watches.setdefault(channel.code, Watch())
        settle = read_settings(channel.definition, folder_settings).settle_seconds
        for name in watch.settled(files_in(folder), now=now, settle_seconds=settle):
            path = folder / name
            try:
                if not is_being_written(path):
                    take_file(channel=channel, path=path, at=at, progress=go_on)
                    taken += 1
            except OSError:
                _LOG.exception("a file of channel %s cannot be taken and stays where it is", channel.code)
        if at - self._swept.get(channel.code, at - 2 * _SWEEP) > _SWEEP:
            self._swept[channel.code] = at
            forget_old_files(channel=channel, at=at)
        return taken


@door_runner("files")
def run(stop: threading.Event) -> None:
    """Watch the folders until `stop` is set."""
    watcher = Watcher()
    while not stop.wait(GLANCE):
        try:
            watcher.look(at=timezone.now(), now=time.monotonic(), stop=stop)
        except Stopped:
            return


def opened(channel: LiveChannel, body: bytes) -> bytes:
    """The first row of a file as the mapping reads it."""
    assert channel.spec is not None
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder), channel, body)
        row = next(islice(read_rows(path, channel.spec), 1), None)
    return canonical_row(row.values if row else {}).encode()


def deliver(channel: LiveChannel, bodies: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
    """Import each body as a file of its own."""
    assert channel.mapping_id is not None
    ids: list[UUID] = []
    mapping = Mapping.objects.get(pk=channel.mapping_id)
    with tempfile.TemporaryDirectory() as folder:
        for body in bodies:
            path = _written(Path(folder), channel, body)
            run = start_run(actor=ACTOR, at=at, mapping=mapping, path=path, channel=channel.code)
            before = set(RawMessage.objects.filter(channel=channel.code).values_list("id", flat=True))
            run_import(actor=ACTOR, at=at, run_id=run.id, path=path)
            rows = RawMessage.objects.filter(channel=channel.code).exclude(id__in=before)
            ids += list(rows.order_by("line").values_list("id", flat=True))
    return Delivered(202, tuple(ids))


def _written(folder: Path, channel: LiveChannel, body: bytes) -> Path:
    form = channel.spec.format if channel.spec else "csv"
    path = folder / ("sample.ndjson" if form == "json" else "sample.csv")
    path.write_bytes(body)
    return path


register_contract("files", DoorContract(deliver, opened=opened, has_quota=False))
