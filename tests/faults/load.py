"""A load of real requests: clients report, dispatch, sign and feed back, and repeat what got no answer."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from .instance import Instance
from .waiting import wait_for

CLIENTS = 4
#: Rest of a client between two cases, in seconds: the load is steady, not a storm.
REST = 0.05
#: How long a client repeats one request before it gives up, in seconds.
PATIENCE = 45.0


@dataclass(frozen=True)
class Answer:
    """Status and body of the answer that came at last."""

    status: int
    body: dict[str, Any]


class Client:
    """An API client with one kept connection.

    Args:
        role: whose token it carries.
    """

    def __init__(self, instance: Instance, role: str) -> None:
        self.port = instance.port
        self.headers = {
            "Authorization": f"Bearer {instance.city['tokens'][role]}",
            "Content-Type": "application/json",
        }
        self.connection: http.client.HTTPConnection | None = None
        #: Requests sent again because no answer came, or the answer was a server error.
        self.repeated = 0
        #: Server errors that were answered, by status.
        self.errors: Counter[int] = Counter()

    def once(self, path: str, body: dict[str, Any], key: str | None = None) -> Answer:
        """One POST; raises when no answer comes."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        try:
            self.connection.request("POST", f"/api/v1{path}", json.dumps(body).encode(), headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(answer.status, json.loads(text) if is_json else {"text": text.decode()[:300]})

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """One POST under one `Idempotency-Key`, sent until an answer that is no server error comes."""
        key, deadline = str(uuid4()), time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.once(path, body, key)
                if answer.status < 500:
                    return answer
                self.errors[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                answer = Answer(0, {"error": repr(error)})
            assert time.monotonic() < deadline, f"{path} without an answer: {answer}"
            self.repeated += 1
            time.sleep(0.1)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(frozen=True)
class Acknowledged:
    """A report that was answered with 201, and the acts on its case that were answered with 200."""

    text: str
    report: str
    case: str
    acts: tuple[str, ...]


class Load:
    """Clients at work until told to stop."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.acknowledged: list[Acknowledged] = []
        self.failures: list[str] = []
        self.repeated = 0
        self.errors: Counter[int] = Counter()
        self._clients: list[Client] = []
        self._stop = threading.Event()
        self._crew = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]

    def wait_for_more(self, count: int = 8) -> None:
        """Wait until so many further reports have gone through."""
        goal = len(self.acknowledged) + count
        wait_for(
            f"{goal} acknowledged reports",
            lambda: len(self.acknowledged) >= goal or self.failures,
            seconds=60,
        )
        assert self.failures == []

    @property
    def repeated_so_far(self) -> int:
        """How often clients have repeated a request until now."""
        return sum(client.repeated for client in self._clients)

    def start(self) -> None:
        """Send the clients to work."""
        for thread in self._crew:
            thread.start()

    def stop(self) -> None:
        """Let every client finish what it has begun."""
        self._stop.set()
        for thread in self._crew:
            thread.join(PATIENCE * 2)
        assert not any(thread.is_alive() for thread in self._crew)

    def _work(self) -> None:
        clients = {role: Client(self.instance, role) for role in self.instance.city["tokens"]}
        self._clients += clients.values()
        turn = 0
        try:
            while not self._stop.wait(REST):
                self.acknowledged.append(self._one_case(clients, handled=turn % 2 == 0))
                turn += 1
        except Exception as error:
            self.failures.append(repr(error))
        finally:
            self.repeated += sum(client.repeated for client in clients.values())
            for client in clients.values():
                self.errors.update(client.errors)
            for client in clients.values():
                client.close()

    def _one_case(self, clients: dict[str, Client], *, handled: bool) -> Acknowledged:
        """Report and dispatch; every other case is also signed for and fed back, the rest falls due."""
        city = self.instance.city
        text = f"梅园社区门口垃圾成堆，编号 {uuid4()}"
        made = clients["seat_operator"].post("/reports", report(city, text))
        assert made.status == 201, made
        case = made.body["case"]["id"]
        acts: list[tuple[str, str, dict[str, Any]]] = [("dispatcher", "dispatch", {"host": city["host"]})]
        if handled:
            acts += [("handler", "sign", {}), ("handler", "feedback", {"result": "已清运"})]
        for role, act, body in acts:
            answer = clients[role].post(f"/cases/{case}/{act}", body)
            assert answer.status == 200, (act, answer)
        return Acknowledged(text, made.body["report"], case, tuple(act for _, act, _ in acts))


def report(city: dict[str, Any], text: str) -> dict[str, Any]:
    """The body of a report that is accepted at once."""
    return {
        "text": text, "community": city["community"], "matter_class": city["matter_class"], "accept": True,
    }  # fmt: skip


@contextmanager
def load_on(instance: Instance) -> Iterator[Load]:
    """A load for as long as the block lasts; afterwards every request has had its answer."""
    load = Load(instance)
    load.start()
    try:
        load.wait_for_more()
        yield load
    finally:
        load.stop()
    assert load.failures == []
