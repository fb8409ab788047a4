"""Load over HTTP on this machine: eight clients against the real server on 2 cores.

The clients are plain processes with keep-alive connections to 127.0.0.1; every run is bounded in time.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import time
from typing import Any

from .figures import write
from .stage import case_count

CLIENTS = 8
SECONDS = 10.0
BOX = (118.78, 31.85, 118.92, 31.98)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The product's web server as a child process, with two workers."""

    def __enter__(self) -> Server:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "yiwang", "serve", "--port", str(self.port), "--workers", "2"],
            env={**os.environ, "YIWANG_LOG_LEVEL": "WARNING"},
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/api/v1/openapi.json")
                connection.getresponse().read()
                return self
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the server did not start within 60 s")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


class Client:
    """One API client with a token and a connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One POST; raises when the answer is not 200 or 201."""
        self.connection.request("POST", f"/api/v1{path}", json.dumps(body).encode(), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")
        return json.loads(text)  # type: ignore[no-any-return]


def _report(dice: random.Random, matter_class: str) -> dict[str, Any]:
    return {
        "channel": "bench", "text": "中山路三号门口路灯不亮，请派人处理。", "matter_class": matter_class,
        "lon": round(dice.uniform(BOX[0], BOX[2]), 6), "lat": round(dice.uniform(BOX[1], BOX[3]), 6),
        "accept": True,
    }  # fmt: skip


def _post_reports(port: int, tokens: list[str], s: dict[str, str], until: float) -> int:
    client, dice, done = Client(port, tokens[0]), random.Random(os.getpid()), 0
    while time.time() < until:
        client.post("/reports", _report(dice, s["class"]))
        done += 1
    return done


def _post_loops(port: int, tokens: list[str], s: dict[str, str], until: float) -> int:
    first, second = Client(port, tokens[0]), Client(port, tokens[1])
    dice, done = random.Random(os.getpid()), 0
    while time.time() < until:
        case = first.post("/reports", _report(dice, s["class"]))["case"]["id"]
        first.post(f"/cases/{case}/dispatch", {"host": s["unit"]})
        first.post(f"/cases/{case}/feedback", {"result": "已修复，灯已点亮。"})
        second.post(f"/cases/{case}/recheck", {"result": "passed"})
        second.post(f"/cases/{case}/close", {"ending": "solved"})
        done += 1
    return done


def _worker(name: str, port: int, tokens: list[str], s: dict[str, str], *, until: float, out: Any) -> None:
    job = {"reports": _post_reports, "loops": _post_loops}[name]
    try:
        out.put(job(port, tokens, s, until))
    except Exception as error:
        out.put(error)


def _measure(name: str, port: int, tokens: list[str], s: dict[str, str]) -> float:
    out: Any = multiprocessing.get_context("fork").Queue()
    until = time.time() + SECONDS
    crew = [
        multiprocessing.get_context("fork").Process(
            target=_worker, args=(name, port, tokens, s), kwargs={"until": until, "out": out}
        )
        for _ in range(CLIENTS)
    ]
    for process in crew:
        process.start()
    results = [out.get(timeout=SECONDS + 60) for _ in crew]
    for process in crew:
        process.join(30)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return sum(results) / SECONDS


def run(label: str, tokens: list[str], s: dict[str, str]) -> None:
    """Measure `http.reports.<label>` and `http.loops.<label>`."""
    with Server() as server:
        for name, unit in (("reports", "reports/s"), ("loops", "loops/s")):
            _measure_briefly(name, server.port, tokens, s)
            value = _measure(name, server.port, tokens, s)
            write(f"http.{name}.{label}", size=case_count(), value=value, unit=unit)


def _measure_briefly(name: str, port: int, tokens: list[str], s: dict[str, str]) -> None:
    """Warm both workers' caches and prepared statements."""
    job = {"reports": _post_reports, "loops": _post_loops}[name]
    job(port, tokens, s, time.time() + 2)
