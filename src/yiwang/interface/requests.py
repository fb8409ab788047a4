"""Requests 请求: who asks, which version they saw, and the retry of lost races at the edge."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError
from django.http import HttpRequest

from ..kernel.actor import Actor
from ..kernel.errors import invalid

P = ParamSpec("P")
R = TypeVar("R")

#: Attempts at one act before a lost race is reported (architecture §4.3).
ATTEMPTS = 3
#: SQLSTATEs of a lost race: serialization failure and deadlock.
_LOST_RACE = frozenset({"40001", "40P01"})
_ENTITY_TAG = re.compile(r'^"(\d{1,10})"$')


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor that the login middleware resolved, or None for whoever is not logged in."""
    found = getattr(request, "actor", None)
    return found if isinstance(found, Actor) else None


def is_lost_race(error: BaseException) -> bool:
    """Whether a database error is a deadlock or a serialization failure, worth another attempt."""
    cause = error.__cause__ if isinstance(error, OperationalError) else error
    return getattr(cause, "sqlstate", None) in _LOST_RACE


def retrying(call: Callable[P, R]) -> Callable[P, R]:
    """Decorator: run again, up to three attempts, when the database let another transaction win.

    The call must own its transaction: inside an outer one a retry could not undo what went before.
    """

    @wraps(call)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in range(ATTEMPTS - 1, -1, -1):
            try:
                return call(*args, **kwargs)
            except Exception as error:
                if left == 0 or not is_lost_race(error):
                    raise
        raise AssertionError("unreachable")

    return attempt


def expected_version(request: HttpRequest) -> int | None:
    """The version the client has seen: `If-Match: "12"`, else the hidden field `version`.

    `If-Match: *` and neither of the two mean that any version will do.

    Raises:
        Invalid: when either is there and is not a version.
    """
    header = request.headers.get("If-Match", "").strip()
    if header == "*":
        return None
    if header:
        match = _ENTITY_TAG.match(header)
        if match is None:
            raise invalid("If-Match", header, '请填写带引号的版本号，例如 "12"。')
        return int(match[1])
    field = request.POST.get("version", "")
    if not field:
        return None
    if not (field.isascii() and field.isdigit() and len(field) <= 10):
        raise invalid("version", field, "请刷新页面后重试。")
    return int(field)


def entity_tag(version: int) -> str:
    """The `ETag` of a root row, to be carried back in `If-Match`."""
    return f'"{version}"'


def wants_json(request: HttpRequest) -> bool:
    """Whether an error is answered as problem+json: under the API root, or where JSON alone is asked for."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked, so that a fragment is answered and not a whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
