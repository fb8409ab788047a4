"""Rules 规则 of messages: placeholders, quiet hours, delays, requests to a gateway, what its answer means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import jmespath
from jmespath.exceptions import JMESPathError

from ..kernel.working_time import SHANGHAI

#: Placeholders of templates, and of what goes to a gateway.
TEXT_NAMES = ("number", "title", "link", "unit", "limit")
BODY_NAMES = ("phone", "text", "id", "credential")
MOST_TEXT = 500
MOST_TITLE = 30
MOST_ATTEMPTS = 8
_FIRST_DELAY, _LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
_NAME = re.compile(r"\{([^{}]*)\}")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
#: Statuses that say: not now.
_TRY_AGAIN = frozenset({408, 425, 429})


def unknown_names(text: str, known: tuple[str, ...]) -> list[str]:
    """Placeholders in a text that nothing fills, each once, in order.

    Example: `编号{number}，{who}` is `["who"]` for the names of templates.
    """
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name not in known))


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, in one pass: what a fact says is never read again."""
    return _NAME.sub(lambda found: facts.get(found[1], ""), text)


def title_words(title: str, *, is_secret: bool) -> str:
    """The title as a message may say it: none of a confidential or sensitive case, cut when it is long."""
    if is_secret:
        return "所反映事项"
    return title if len(title) <= MOST_TITLE else title[: MOST_TITLE - 1] + "…"


def mobile_of(phone: str) -> str:
    """The eleven digits of a mobile number of the mainland, empty when it is none.

    Example: `+86 138-1234-5678` is `13812345678`; `025-83630000` is empty.
    """
    plain = re.sub(r"[\s\-()（）]", "", phone)
    found = _MOBILE.fullmatch(plain)
    return found[1] if found else ""


def quiet_until(at: datetime, begins: time | None, ends: time | None) -> datetime | None:
    """When the quiet hours that hold at `at` end, None when it is not quiet. Both are Shanghai's wall clock.

    Example: from 21:00 to 08:00, at 22:10 it is the next morning's 08:00; at 08:00 sharp it is None.
    """
    if begins is None or ends is None or begins == ends:
        return None
    here = at.astimezone(SHANGHAI)
    now = here.time()
    is_quiet = begins <= now < ends if begins < ends else now >= begins or now < ends
    if not is_quiet:
        return None
    end = datetime.combine(here.date(), ends, SHANGHAI)
    return end if end > here else end + timedelta(days=1)


def day_begins(at: datetime) -> datetime:
    """Midnight in Shanghai before or at `at`: a day's quota begins then."""
    return datetime.combine(at.astimezone(SHANGHAI).date(), time(0), SHANGHAI)


def delay_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: a minute, then twice as long each time, an hour at most."""
    return min(_FIRST_DELAY * 2 ** min(max(attempts - 1, 0), 10), _LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What goes over the wire 发往网关的请求."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def envelope(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    encoding: str,
    facts: Mapping[str, str],
) -> Envelope:
    """The request of one message: placeholders are filled inside the tree, so no text breaks out of it.

    Args:
        facts: `phone`, `text`, `id` and `credential`.
        encoding: `json` or `form`; a GET carries the form in its query.
    """
    filled = _filled(body, facts)
    kept = {name: fill(value, facts) for name, value in headers.items()}
    if method == "GET":
        sign = "&" if "?" in url else "?"
        return Envelope(method, f"{url}{sign}{urlencode(filled)}", kept, b"")
    if encoding == "form":
        kept.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        return Envelope(method, url, kept, urlencode(filled).encode())
    kept.setdefault("Content-Type", "application/json")
    return Envelope(method, url, kept, json.dumps(filled, ensure_ascii=False).encode())


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return fill(value, facts)
    if isinstance(value, list):
        return [_filled(one, facts) for one in value]
    if isinstance(value, Mapping):
        return {name: _filled(one, facts) for name, one in value.items()}
    return value


def names_in(value: Any) -> list[str]:
    """Every placeholder of a tree of texts."""
    if isinstance(value, str):
        return _NAME.findall(value)
    if isinstance(value, Mapping):
        return [name for one in value.values() for name in names_in(one)]
    if isinstance(value, list):
        return [name for one in value for name in names_in(one)]
    return []


def path_problem(path: str) -> str:
    """What is wrong with a JMESPath, empty when nothing is."""
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means 网关应答的含义.

    Attributes:
        outcome: `sent`, `later` (not now) or `refused` (never).
        answer: the gateway's own number of the message, or what it said instead.
    """

    outcome: str
    answer: str


def verdict(status: int, body: bytes, *, success_path: str, success_value: str, id_path: str) -> Verdict:
    """Judge an answer: its status first, then what stands at `success_path`.

    Example: 200 and `{"code": 0, "msgid": "7"}` with path `code`, value `0` and id path `msgid` is sent with
    answer `7`; `{"code": 13}` is tried later, as a gateway that is out of credit says so with 200.
    """
    said = body.decode("utf-8", "replace").replace("\0", "")[:200]
    if not 200 <= status < 300:
        is_later = status >= 500 or status in _TRY_AGAIN
        return Verdict("later" if is_later else "refused", f"{status} {said}"[:200])
    if not success_path and not id_path:
        return Verdict("sent", "")
    try:
        tree = json.loads(body)
        found = jmespath.search(success_path, tree) if success_path else None
        number = jmespath.search(id_path, tree) if id_path else None
    except (ValueError, JMESPathError, RecursionError):
        found, number = None, None
    if success_path and _word(found) != success_value:
        return Verdict("later", f"{status} {said}"[:200])
    return Verdict("sent", _word(number)[:80])


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).replace("\0", "")
