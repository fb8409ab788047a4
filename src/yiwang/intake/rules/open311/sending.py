"""Sending 转派 to another city: what an attempt came to, and when what is tried next.

GeoReport v2 knows no idempotency key. A request that may have arrived is therefore never sent again before
their list was searched for our reference: an attempt ends `accepted`, `refused`, `not_sent` or `unclear`,
and only `not_sent` is repeated without a look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .answers import Unreadable, read_errors, read_requests
from .settings import FILLERS, Remote
from .w3c import w3c_utc

_FIRST, _MOST = timedelta(minutes=1), timedelta(hours=6)
#: Answers that say plainly that nothing was taken.
_BUSY = {429}
#: Look-ups that must find nothing before a lost request is sent again.
LOOKS = 2
#: How long a closed request is still looked at daily: they may open it again.
AFTERCARE = timedelta(days=15)
#: A description may have 4,000 characters.
_MOST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one POST came to 发送结果.

    Attributes:
        kind: `accepted`, `refused`, `not_sent` or `unclear`.
        id, token: of an accepted request, exactly one.
        said: what they answered, for the page.
        wait: seconds they ask us to wait.
    """

    kind: str
    id: str = ""
    token: str = ""
    said: str = ""
    wait: int = 0


def attempt_of(status: int, content: bytes, retry_after: str = "") -> Attempt:
    """What an answered POST came to.

    A 4xx says that nothing was taken. A 5xx, a redirect or a success without an identifier says nothing
    for certain, so it is unclear.
    """
    if 200 <= status < 300:
        return _accepted(content)
    said = f"HTTP {status} {read_errors(content)}".strip()
    if status in _BUSY:
        wait = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 60
        return Attempt("not_sent", said=said, wait=min(wait, 3600))
    return Attempt("refused" if 400 <= status < 500 and status != 408 else "unclear", said=said)


def _accepted(content: bytes) -> Attempt:
    try:
        rows = read_requests(content, {})
    except Unreadable as error:
        return Attempt("unclear", said=f"对方应答无法识别：{error}"[:300])
    row = next((row for row in rows if row.id or row.token), None)
    if row is None:
        return Attempt("unclear", said=read_errors(content) or "对方应答没有编号。")
    return Attempt("accepted", id=row.id[:120], token="" if row.id else row.token[:200], said=row.notice)


def delay_after(attempts: int) -> timedelta:
    """Pause before the next try: 1, 2, 4, … minutes, at most 6 hours.

    Example: `delay_after(3)` is 4 minutes.
    """
    return min(_FIRST * 2 ** min(max(attempts, 1) - 1, 12), _MOST)


def may_send_again(*, looks: int, tried_at: datetime, now: datetime, settle_minutes: int) -> bool:
    """Whether a lost request counts as not arrived: their list was searched often and late enough."""
    return looks >= LOOKS and now - tried_at >= timedelta(minutes=settle_minutes)


def next_look(
    *, is_closed: bool, closed_at: datetime | None, now: datetime, remote: Remote
) -> datetime | None:
    """When a request that they have is looked at again; None when never."""
    if not is_closed:
        return now + timedelta(minutes=remote.poll_minutes)
    if closed_at is not None and now - closed_at < AFTERCARE:
        return now + timedelta(days=1)
    return None


def form_of(
    remote: Remote,
    *,
    service: str,
    reference: str,
    description: str,
    facts: Mapping[str, str],
    lat: float | None,
    lon: float | None,
) -> list[tuple[str, str]]:
    """The form of a POST, without the api key; the description ends with our reference.

    Args:
        facts: what stands for `FILLERS` in the attributes.
    """
    ending = f"\n\n来文编号：{facts.get('number', '')} {reference}"
    fields = [
        ("jurisdiction_id", remote.jurisdiction_id),
        ("service_code", service),
        ("lat", f"{lat:.6f}" if lat is not None else ""),
        ("long", f"{lon:.6f}" if lon is not None else ""),
        ("address_string", facts.get("address", "")[:300]),
        ("email", remote.contact_email),
        ("description", description[: _MOST_TEXT - len(ending)] + ending),
    ]
    for code, pattern in remote.attributes.items():
        fields.append((f"attribute[{code}]", filled(pattern, facts)))
    if remote.reference_attribute:
        fields.append((f"attribute[{remote.reference_attribute}]", reference))
    return [(name, value) for name, value in fields if value]


def filled(pattern: str, facts: Mapping[str, str]) -> str:
    """A text with `{number}` and the other fillers replaced by the case's facts."""
    for name in FILLERS:
        pattern = pattern.replace("{" + name + "}", facts.get(name, ""))
    return pattern


def search_query(
    remote: Remote, *, service: str, since: datetime, now: datetime, page: int
) -> dict[str, str]:
    """The query that looks for a lost request in their list: its service, from an hour before the attempt."""
    found = {
        "jurisdiction_id": remote.jurisdiction_id,
        "service_code": service,
        "start_date": w3c_utc(since - timedelta(hours=1)),
        "end_date": w3c_utc(now + timedelta(hours=1)),
        "page": str(page),
        "page_size": "100",
    }
    return {name: value for name, value in found.items() if value}
