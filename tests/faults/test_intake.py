"""Intake when things go away under a load of signed messages: nothing lost, nothing doubled, all visible."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from yiwang.intake.rules.signing import signed_headers

from .audit import check_ledger
from .instance import Instance
from .planting_channel import CODE
from .waiting import wait_for

pytestmark = pytest.mark.slow
PATH = f"/api/v1/channels/{CODE}/messages"
PUSHERS = 3
OUTAGE = 10.0
WAITING = "SELECT count(*) FROM intake_rawmessage WHERE state = 'received'"
UNTOLD = "SELECT count(*) FROM intake_writeback WHERE state = 'waiting'"


class Source(ThreadingHTTPServer):
    """A source that is told of its messages; answers 500 while `broken`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Told)
        self.broken = False
        self.refused = 0
        self.told: Counter[str] = Counter()


class _Told(BaseHTTPRequestHandler):
    server: Source

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.broken:
            self.server.refused += 1
        else:
            self.server.told[body["no"]] += 1
        self.send_response(500 if self.server.broken else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def source() -> Iterator[Source]:
    server = Source()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class Pushing:
    """Sources that push one message after another, each until it is acknowledged."""

    def __init__(self, instance: Instance, key: dict[str, str]) -> None:
        self.instance, self.key = instance, key
        self.acknowledged: list[str] = []
        self.repeated = 0
        self.failures: list[str] = []
        self.stop = threading.Event()
        self.crew = [threading.Thread(target=self._work, daemon=True) for _ in range(PUSHERS)]

    def _work(self) -> None:
        try:
            while not self.stop.wait(0.02):
                number = uuid4().hex
                self._push(number, json.dumps({"no": number, "content": f"路灯不亮 {number}"}).encode())
                self.acknowledged.append(number)
        except Exception as error:
            self.failures.append(repr(error))

    def _push(self, number: str, body: bytes) -> None:
        deadline = time.monotonic() + 60
        while True:
            status = self._once(body)
            if status == 202:
                return
            assert status == 0 or status >= 500, status
            assert time.monotonic() < deadline, f"{number} without an acknowledgement"
            self.repeated += 1
            time.sleep(0.2)

    def _once(self, body: bytes) -> int:
        headers = signed_headers(
            self.key["name"], self.key["secret"], method="POST", path=PATH, body=body,
            at=datetime.now(UTC), nonce=uuid4().hex,
        )  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.instance.port, timeout=20)
        try:
            connection.request("POST", PATH, body, {**headers, "Content-Type": "application/json"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def wait_for_more(self, count: int) -> None:
        goal = len(self.acknowledged) + count
        wait_for(f"{goal} messages", lambda: len(self.acknowledged) >= goal or self.failures, seconds=60)
        assert self.failures == []


@contextmanager
def pushing(instance: Instance, source: Source) -> Iterator[Pushing]:
    planted = instance.command("tests.faults.planting_channel", str(source.server_port))
    load = Pushing(instance, json.loads(planted.stdout.splitlines()[-1]))
    for thread in load.crew:
        thread.start()
    try:
        load.wait_for_more(10)
        yield load
    finally:
        load.stop.set()
        for thread in load.crew:
            thread.join(90)
    assert load.failures == []


def everything_is_there_once(instance: Instance, load: Pushing, source: Source) -> None:
    """Each acknowledged message is one report, and its source was told of it."""
    wait_for("all messages handled", lambda: instance.sql(WAITING)[0][0] == 0, seconds=60)
    found = Counter(
        number
        for (number,) in instance.sql(
            "SELECT source_number FROM cases_report WHERE channel = %s AND source_number = ANY(%s)",
            [CODE, load.acknowledged],
        )
    )
    assert found == Counter(load.acknowledged)
    assert instance.sql("SELECT count(*) FROM intake_quarantineentry WHERE state = 'open'") == [(0,)]
    wait_for("the source told of all", lambda: instance.sql(UNTOLD)[0][0] == 0, seconds=90, every=0.5)
    assert set(load.acknowledged) <= set(source.told)
    check_ledger(instance)


def test_the_database_away_for_ten_seconds(instance: Instance, source: Source) -> None:
    with pushing(instance, source) as load:
        with instance.without("database"):
            time.sleep(OUTAGE)
        load.wait_for_more(20)
        assert load.repeated > 0
    everything_is_there_once(instance, load, source)
    counted = instance.sql(
        "SELECT sum(received - unchanged) FROM intake_channelhour WHERE channel = %s", [CODE]
    )
    stored = instance.sql("SELECT count(*) FROM intake_rawmessage WHERE channel = %s", [CODE])
    assert counted == stored


def test_the_intake_process_killed_again_and_again(instance: Instance, source: Source) -> None:
    with pushing(instance, source) as load:
        for _ in range(3):
            load.wait_for_more(15)
            instance.kill("intake")
            instance.wait_until_replaced("intake")
        load.wait_for_more(15)
    everything_is_there_once(instance, load, source)


def test_a_source_that_answers_500_is_told_of_everything_later(instance: Instance, source: Source) -> None:
    with pushing(instance, source) as load:
        source.broken = True
        load.wait_for_more(20)
        wait_for("write-backs that are put off", lambda: source.refused >= 20)
        errors = instance.sql(
            "SELECT count(*) FROM intake_writeback WHERE state = 'waiting' AND answer LIKE '500%%'"
        )
        assert errors[0][0] > 0
        source.broken = False
    everything_is_there_once(instance, load, source)
    assert instance.sql("SELECT count(*) FROM intake_writeback WHERE state = 'given_up'") == [(0,)]
