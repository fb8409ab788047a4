"""Pull 接口拉取: sources that are asked at intervals, each by one process at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
from django.db import connection
from django.utils import timezone

from ..models import PullCursor
from ..queries.channels import LiveChannel, channel_index
from ..rules.door_settings import register_settings
from ..rules.pulling import pull_settings
from ..rules.yaml_tree import YamlTree
from ..running import door_runner, tell
from ..services.pulling import is_due, poll
from ..services.turns import alone

#: Sources asked at the same time, and the pause between two looks in seconds.
AT_ONCE, GLANCE = 4, 1.0


def check_settings(tree: YamlTree) -> None:
    """Settings of a pull channel; see `rules.pulling`."""
    pull_settings(tree)


register_settings("pull", check_settings)


@door_runner("pull")
def run(stop: threading.Event) -> None:
    """Ask every source when it is due, until `stop` is set."""
    busy: set[str] = set()
    with httpx.Client() as client, ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pull") as pool:
        while not stop.wait(GLANCE):
            for channel in due_channels(timezone.now()):
                if channel.code not in busy:
                    busy.add(channel.code)
                    pool.submit(_visit, channel, client, busy)


def due_channels(at: datetime) -> list[LiveChannel]:
    """The pull channels that are to be asked now."""
    channels = channel_index().of_door("pull", at)
    rows = PullCursor.objects.in_bulk([channel.id for channel in channels]) if channels else {}
    return [channel for channel in channels if is_due(channel, rows.get(channel.id), at)]


def _visit(channel: LiveChannel, client: httpx.Client, busy: set[str]) -> None:
    try:
        with alone("intake.pull", channel.code) as mine:
            if mine:
                poll(channel=channel, at=timezone.now(), client=client)
    except Exception as error:
        tell(error, f"pulling channel {channel.code}")
    finally:
        busy.discard(channel.code)
        connection.close()
