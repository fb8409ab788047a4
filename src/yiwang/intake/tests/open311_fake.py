"""A city that is not ours 对方平台: an independent GeoReport server in the manner of FixMyStreet's.

It speaks XML only, hands out tokens that become numbers later, uses its own status words, leaves optional
fields out, and fails as it is told: it may store a request and never answer, answer 500 before or after
storing, refuse, or be busy.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass
class FakeCity:
    """What the fake has taken, and how it behaves.

    Attributes:
        failures: what the next POSTs do, in order: `hang`, `500`, `500 stored`, `502`, `429`, `400`, `drop`.
        with_tokens: answer with a token, which has no number until `number_tokens` is called.
        hides_lists: GET requests answers 500.
    """

    url: str = ""
    key: str = "fms-key"
    with_tokens: bool = False
    hides_lists: bool = False
    failures: list[str] = field(default_factory=list)
    taken: list[dict[str, str]] = field(default_factory=list)
    posts: int = 0
    asked: list[str] = field(default_factory=list)
    numbered: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def number_tokens(self) -> None:
        """Let every token have its number."""
        self.numbered = True

    def move(self, number: int, **fields: str) -> None:
        """Change what a request says, such as its status."""
        self.taken[number - 1].update(fields)


class _Handler(BaseHTTPRequestHandler):
    city: FakeCity

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _answer(self, status: int, body: str, **headers: str) -> None:
        content = (HEAD + body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, status: int, text: str, **headers: str) -> None:
        error = f"<errors><error><code>{status}</code><description>{text}</description></error></errors>"
        self._answer(status, error, **headers)

    def do_POST(self) -> None:
        city = self.city
        form = {
            name: values[0]
            for name, values in parse_qs(
                self.rfile.read(int(self.headers["Content-Length"])).decode()
            ).items()
        }
        city.posts += 1
        failure = city.failures.pop(0) if city.failures else ""
        if form.get("api_key") != city.key:
            self._refuse(403, "Invalid api_key")
            return
        if failure in {"500", "502"}:
            self._refuse(int(failure), "before storing")
            return
        if failure == "429":
            self._refuse(429, "busy", Retry_After="300")
            return
        if failure == "400":
            self._refuse(400, "Unrecognised attribute")
            return
        city.taken.append({**form, "status": "open"})
        number = len(city.taken)
        if failure == "hang":
            city.released.wait(10)
            self.close_connection = True
        elif failure == "drop":
            self.close_connection = True
        elif failure == "500 stored":
            self._refuse(500, "after storing")
        elif city.with_tokens:
            self._answer(200, _list(f"<token>t{number}</token>"))
        else:
            self._answer(200, _list(f"<service_request_id>{number}</service_request_id>"))

    def do_GET(self) -> None:
        city, parts = self.city, urlsplit(self.path)
        city.asked.append(parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/requests.xml":
            if city.hides_lists:
                self._refuse(500, "list is broken")
            elif query.get("page", "1") != "1":
                self._answer(200, "<service_requests/>")
            else:
                rows = [_request(n, row) for n, row in enumerate(city.taken, start=1)]
                self._answer(200, _list(*rows))
        elif parts.path.startswith("/requests/"):
            number = int(parts.path.removeprefix("/requests/").removesuffix(".xml"))
            self._answer(200, _list(_request(number, city.taken[number - 1])))
        elif parts.path.startswith("/tokens/"):
            token = parts.path.removeprefix("/tokens/").removesuffix(".xml")
            named = f"<service_request_id>{token[1:]}</service_request_id>" if city.numbered else ""
            self._answer(200, _list(f"{named}<token>{token}</token>"))
        else:
            self._refuse(404, "not found")


def _list(*rows: str) -> str:
    return f"<service_requests>{''.join(f'<request>{row}</request>' for row in rows)}</service_requests>"


def _request(number: int, row: dict[str, str]) -> str:
    shown = {
        "service_request_id": str(number), "status": row["status"], "description": row["description"],
        "service_code": row["service_code"], "status_notes": row.get("status_notes", ""),
        "agency_responsible": row.get("agency_responsible", ""),
    }  # fmt: skip
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in shown.items() if value)


@contextmanager
def fake_city() -> Iterator[FakeCity]:
    """Run a fake city on a port of its own."""
    city = FakeCity()
    handler = type("Handler", (_Handler,), {"city": city})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    city.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield city
    finally:
        city.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
