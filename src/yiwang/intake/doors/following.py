"""Following the registry 跟随名录: one thread for every open channel of a door, kept as the registry says.

A thread ends when its channel is closed and is replaced when definition, mapping or keys change. What fails
is shown in `RunnerState` under the channel's own name and started again with a growing pause.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from django.utils import timezone

from ..models import RunnerState
from ..queries.channels import LiveChannel, channel_index
from ..running import tell

#: Serves one channel until the event is set.
Serve = Callable[[LiveChannel, threading.Event], None]
#: Seconds between two looks at the registry.
LOOK_EVERY = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


def follow_channels(door: str, stop: threading.Event, serve: Serve) -> None:
    """Serve every open channel of a door, each in a thread, until `stop` is set."""
    running: dict[str, tuple[str, threading.Event, threading.Thread]] = {}
    try:
        while not stop.is_set():
            close_old_connections()
            wanted = {channel.code: channel for channel in channel_index().of_door(door, timezone.now())}
            for code, (text, ended, thread) in list(running.items()):
                channel = wanted.get(code)
                if channel is None or _kept_text(channel) != text or not thread.is_alive():
                    ended.set()
                    thread.join()
                    del running[code]
            for code, channel in wanted.items():
                if code not in running:
                    running[code] = _started(door, channel, serve)
            stop.wait(LOOK_EVERY)
    finally:
        for _, ended, _thread in running.values():
            ended.set()
        for _, _ended, thread in running.values():
            thread.join()


def _started(door: str, channel: LiveChannel, serve: Serve) -> tuple[str, threading.Event, threading.Thread]:
    ended = threading.Event()
    thread = threading.Thread(
        target=_keep, args=(door, channel, serve, ended), name=f"{door}-{channel.code}", daemon=True
    )
    thread.start()
    return _kept_text(channel), ended, thread


def _kept_text(channel: LiveChannel) -> str:
    """What a running thread depends on: the definition and the keys."""
    return f"{channel.definition.text}\n{channel.mapping_id}\n{[key.id for key in channel.keys]}"


def _keep(door: str, channel: LiveChannel, serve: Serve, stop: threading.Event) -> None:
    """Keep one channel served; what fails is shown and tried again."""
    pause, failures = FIRST_PAUSE, 0
    while not stop.is_set():
        note_channel(door, channel, failures, "")
        try:
            serve(channel, stop)
        except Exception as error:
            failures += 1
            tell(error, f"channel {channel.code}")
            note_channel(door, channel, failures, f"{type(error).__name__}: {error}")
        finally:
            connection.close()
        stop.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def note_channel(door: str, channel: LiveChannel, failures: int, error: str) -> None:
    """Write down how the thread of a channel fares; a database that is away is no failure of it."""
    at = timezone.now()
    given = {"seen_at": at, "failures": failures, "last_error": error[:300]}
    try:
        RunnerState.objects.update_or_create(
            name=f"{door} {channel.code}"[:60], defaults=given, create_defaults={"started_at": at, **given}
        )
    except DatabaseError:
        connection.close()
