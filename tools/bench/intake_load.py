"""Intake over HTTP: signed messages pushed, stored raw, mapped, located and committed as reports and cases.

The web server with two workers, the intake process and the clients share this machine's cores. A rate counts
a message once its report is committed; the lag is the time from the commit of the raw message to the commit
of the report.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from .figures import write
from .http_load import BOX, Server
from .stage import case_count

CLIENTS = 4
SECONDS = 15.0
CHANNEL = "bench_push"
_DEFINITION = """\
code: bench_push
name: 测速来源
kind: grid
door: push
owner: 测速
quota: {per_minute: 10000000, burst: 1000000, waiting: 10000000}
mapping:
  fields:
    source_number: {path: event.no}
    text: {path: event.description}
    title: {path: event.title}
    address: {path: event.position.address}
    lon: {path: event.position.lng}
    lat: {path: event.position.lat}
    urgency: {path: event.level, table: {"1": urgent, "3": ordinary}, default: ordinary}
    received_at: {path: event.reportedAt}
    contact_name: {path: reporter.name}
    contact_phone: {path: reporter.phone}
  required: [source_number, text]
"""


def _key() -> tuple[str, str]:
    """Publish the channel and give it a key: name and secret."""
    from django.utils import timezone

    from yiwang.intake.services.registry import add_key, publish_channel, switch_channel
    from yiwang.kernel.actor import system_actor

    actor, at = system_actor("bench", "intake.channels"), timezone.now()
    channel = publish_channel(actor=actor, at=at, text=_DEFINITION)
    if not channel.is_enabled:
        switch_channel(actor=actor, at=at, channel_id=channel.id, on=True)
    row, secret = add_key(actor=actor, at=at, channel_id=channel.id, kind="hmac")
    time.sleep(1.2)
    return row.name, secret


@contextmanager
def _drain() -> Iterator[None]:
    """The intake process of the product, handling what is stored."""
    process = subprocess.Popen(
        [sys.executable, "-m", "yiwang", "intake", "--only", "drain"],
        env={**os.environ, "YIWANG_LOG_LEVEL": "WARNING"},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _message(dice: random.Random, run: str, number: int) -> str:
    event = {
        "no": f"{run}-{number}", "title": "路灯不亮", "level": dice.choice("13"),
        "description": "中山路三号门口路灯不亮，影响夜间通行，请派人处理。",
        "position": {
            "address": "中山路三号", "lng": round(dice.uniform(BOX[0], BOX[2]), 6),
            "lat": round(dice.uniform(BOX[1], BOX[3]), 6),
        },
        "reportedAt": "2026-03-02 08:15:00",
    }  # fmt: skip
    return json.dumps(
        {"event": event, "reporter": {"name": "网格员", "phone": "13800000001"}}, ensure_ascii=False
    )


def _send(port: int, key: tuple[str, str], size: int, *, until: float, pace: float, out: Any) -> None:
    """Push batches of `size` until a moment, `pace` batches a second (0: as fast as they are taken)."""
    from django.utils import timezone

    from yiwang.intake.rules.signing import signed_headers

    path = f"/api/v1/channels/{CHANNEL}/messages"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    dice, run, sent = random.Random(os.getpid()), secrets.token_hex(6), 0
    start = time.time()
    try:
        while time.time() < until:
            body = "\n".join(_message(dice, run, sent + n) for n in range(size)).encode()
            headers = signed_headers(
                *key, method="POST", path=path, body=body, at=timezone.now(), nonce=secrets.token_hex(8)
            )
            headers["Content-Type"] = "application/x-ndjson"
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 202:
                raise RuntimeError(f"{answer.status} {text[:300]!r}")
            sent += size
            if pace:
                time.sleep(max(0.0, start + sent / size / pace - time.time()))
        out.put(sent)
    except Exception as error:
        out.put(error)


def _push(port: int, key: tuple[str, str], size: int, *, rate: float = 0.0) -> tuple[int, float, datetime]:
    """Push for `SECONDS`; messages sent, seconds until all are handled, and when it began."""
    from django.db import connection
    from django.utils import timezone

    began, start = timezone.now(), time.time()
    out: Any = multiprocessing.get_context("fork").Queue()
    connection.close()
    crew = [
        multiprocessing.get_context("fork").Process(
            target=_send, args=(port, key, size),
            kwargs={"until": start + SECONDS, "pace": rate / size / CLIENTS, "out": out},
        )
        for _ in range(CLIENTS)
    ]  # fmt: skip
    for process in crew:
        process.start()
    results = [out.get(timeout=SECONDS + 120) for _ in crew]
    for result in results:
        if isinstance(result, Exception):
            raise result
    while _waiting():
        time.sleep(0.05)
    return sum(results), time.time() - start, began


def _waiting() -> bool:
    from yiwang.intake.models import RawMessage

    return RawMessage.objects.filter(channel=CHANNEL, state="received").exists()


def _lag_p95(began: datetime) -> float:
    """95th percentile of the lag since a moment, in seconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(0.95) WITHIN GROUP "
            "(ORDER BY extract(epoch FROM handled_at - received_at)) "
            "FROM intake_rawmessage WHERE channel = %s AND received_at >= %s",
            [CHANNEL, began],
        )
        return float(cursor.fetchone()[0])


def run() -> None:
    """Measure `intake.push.batch`, `intake.push.single` and their lag at half the rate."""
    key = _key()
    with Server() as server, _drain():
        for name, size in (("batch", 100), ("single", 1)):
            _push_briefly(server.port, key, size)
            sent, seconds, _ = _push(server.port, key, size)
            rate = sent / seconds
            write(f"intake.push.{name}", size=case_count(), value=rate, unit="messages/s")
            _, _, began = _push(server.port, key, size, rate=rate / 2)
            write(f"intake.lag.{name}", size=case_count(), value=_lag_p95(began), unit="s (p95)")


def _push_briefly(port: int, key: tuple[str, str], size: int) -> None:
    """Warm the caches of both workers and of the drain."""
    out: Any = multiprocessing.get_context("fork").Queue()
    _send(port, key, size, until=time.time() + 3, pace=0.0, out=out)
    while _waiting():
        time.sleep(0.05)
