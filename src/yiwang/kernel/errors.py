"""Errors that every floor shares.

YiwangError
├── Refused            the act is not allowed (403)
├── NotFound           there is no such thing, or not for this actor (404)
├── StaleVersion       somebody changed it meanwhile (409/412)
├── Conflict           the state does not allow the act (409)
└── Invalid            the input is wrong: names field, value and remedy (422)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: its name, the value given, and what to do about it (Chinese, for the page)."""

    field: str
    value: str
    remedy: str


class YiwangError(Exception):
    """Base of all errors a service raises on purpose.

    Attributes:
        code: stable machine-readable name, such as `cases.evidence_missing`.
        message: Chinese sentence for the page; the API carries it as `detail`.
        status: HTTP status of the answer.
    """

    status = 400
    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.details = details


class Refused(YiwangError):
    """The actor may not do this (403)."""

    status = 403
    code = "refused"


class NotFound(YiwangError):
    """No such thing, or none that this actor may see (404)."""

    status = 404
    code = "not_found"


class Conflict(YiwangError):
    """The thing is in a state that does not allow the act (409)."""

    status = 409
    code = "conflict"


class StaleVersion(Conflict):
    """Somebody changed the thing after it was read (409; 412 under If-Match).

    Attributes:
        changes: the journal entries since the version that was read, oldest first.
    """

    code = "stale_version"

    def __init__(self, message: str, *, changes: Sequence[Any] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.changes = list(changes)


class Invalid(YiwangError):
    """The input is wrong (422); each problem names field, value and remedy."""

    status = 422
    code = "invalid"

    def __init__(self, message: str, problems: Sequence[FieldProblem] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.problems = list(problems)


def invalid_fields(problems: list[FieldProblem]) -> Invalid:
    """An `Invalid` for several fields; its sentence strings their remedies together."""
    return Invalid("；".join(problem.remedy.rstrip("。") for problem in problems) + "。", problems)


def invalid(field: str, value: object, remedy: str) -> Invalid:
    """An `Invalid` for a single field."""
    problem = FieldProblem(field, "" if value is None else str(value), remedy)
    return Invalid(f"{field}：{remedy}", [problem])
