"""Client 客户端: GeoReport requests to another city's endpoint, one connection a call, with a deadline.

The address comes from the channel's definition only; redirects are not followed, proxies of the environment
not used, and no more is read than an answer may have.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import httpx

from ...rules.open311.answers import LARGEST, RemoteRequest, Unreadable, read_errors, read_requests
from ...rules.open311.sending import Attempt, attempt_of, search_query
from ...rules.open311.settings import Remote

#: Errors after which the request has certainly not reached them.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
#: Pages of their list that a search reads.
MOST_PAGES = 20
_AGENT = "yiwang-open311"


class Unreached(Exception):
    """A question got no answer 对方无应答 that can be used; it may be asked again. The text says why."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes
    retry_after: str


class Endpoint:
    """Another city's endpoint 对方平台.

    Args:
        key: the API key that they gave us; empty when they ask for none.
    """

    def __init__(self, remote: Remote, key: str) -> None:
        self._remote = remote
        self._key = key

    def post(self, fields: Sequence[tuple[str, str]], reference: str) -> Attempt:
        """Send a request once; never raises for what the network or they do."""
        form: dict[str, list[str]] = {}
        for name, value in [*fields, *([("api_key", self._key)] if self._key else [])]:
            form.setdefault(name, []).append(value)
        try:
            answer = self._ask("POST", "requests", form=form, headers={"Idempotency-Key": reference})
        except _NOT_SENT as error:
            return Attempt("not_sent", said=_reason(error))
        except (httpx.HTTPError, Unreadable) as error:
            return Attempt("unclear", said=_reason(error))
        return attempt_of(answer.status, answer.content, answer.retry_after)

    def search(self, *, service: str, reference: str, since: datetime, now: datetime) -> RemoteRequest | None:
        """The request that carries our reference; None when their list does not hold it.

        Raises:
            Unreached: their list could not be read to its end.
        """
        seen: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            query = search_query(self._remote, service=service, since=since, now=now, page=page)
            rows = self._requests("requests", query)
            found = next((row for row in rows if row.id and reference in row.text), None)
            if found is not None:
                return found
            fresh = {row.id for row in rows} - seen
            if not fresh:
                return None
            seen |= fresh
        raise Unreached("对方列表过长，无法查找。")

    def number_of(self, token: str) -> str:
        """The number that a token has become; empty while it has none.

        Raises:
            Unreached: no usable answer.
        """
        rows = self._requests(f"tokens/{quote(token, safe='')}", self._named())
        return next((row.id for row in rows if row.id), "")

    def request(self, number: str) -> RemoteRequest | None:
        """How a request stands; None when they do not know it.

        Raises:
            Unreached: no usable answer.
        """
        rows = self._requests(f"requests/{quote(number, safe='')}", self._named())
        return next((row for row in rows if row.id in {number, ""}), None)

    def _named(self) -> dict[str, str]:
        return {"jurisdiction_id": self._remote.jurisdiction_id} if self._remote.jurisdiction_id else {}

    def _requests(self, path: str, query: Mapping[str, str]) -> list[RemoteRequest]:
        """Requests of an answer; none when they answer 404."""
        asked = {**query, "api_key": self._key} if self._key else dict(query)
        try:
            answer = self._ask("GET", path, query=asked)
            if answer.status == 404:
                return []
            if answer.status != 200:
                raise Unreached(f"HTTP {answer.status} {read_errors(answer.content)}".strip()[:300])
            return read_requests(answer.content, self._remote.states)
        except (httpx.HTTPError, Unreadable) as error:
            raise Unreached(_reason(error)) from error

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Answer:
        url = f"{self._remote.url}/{path}.{self._remote.format}"
        said = {"User-Agent": _AGENT, **(headers or {})}
        with (
            httpx.Client(timeout=self._remote.timeout, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, params=query, data=form, headers=said) as answer,
        ):
            content, until = bytearray(), time.monotonic() + self._remote.timeout * 2
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > LARGEST:
                    raise Unreadable("the answer is too long")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer takes too long")
            return _Answer(answer.status_code, bytes(content), answer.headers.get("Retry-After", ""))


def _reason(error: Exception) -> str:
    """What went wrong, without the address, which may carry the key."""
    kind = type(error).__name__
    return {
        "ConnectError": "无法连接对方平台。",
        "ConnectTimeout": "连接对方平台超时。",
        "ReadTimeout": "对方平台超时未应答。",
        "Unreadable": "对方应答无法识别。",
    }.get(kind, f"与对方平台通信出错（{kind}）。")
