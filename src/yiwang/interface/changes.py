"""Changes 变更: who changed what since the page was read, for the answer to a stale version.

`interface` stands below the apps that know posts and kinds of facts, so they register how to name them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

_post_namer: Callable[[UUID], str] | None = None
_kind_labels: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Change:
    """One change by somebody else 他人改动: when, which post (never a person's name), what."""

    at: datetime
    by: str
    what: str


def name_posts_with(namer: Callable[[UUID], str]) -> None:
    """Register how the key of a post becomes words such as `江宁区城运中心 派遣员` (called by `orgs`)."""
    global _post_namer  # noqa: PLW0603 - one namer a process
    _post_namer = namer


def label_kinds(labels: dict[str, Any]) -> None:
    """Register the words for kinds of journal entries, such as `cases.dispatched`: `派遣`."""
    _kind_labels.update(labels)


def kind_label(kind: str) -> str:
    """The words for a kind of journal entry in the reader's language; the kind when no app has named it."""
    return _(str(_kind_labels.get(kind, kind)))


def changes_of(entries: Sequence[Any]) -> list[Change]:
    """The journal entries a `StaleVersion` carries, in words."""
    return [Change(entry.at, _who(entry), kind_label(entry.kind)) for entry in entries]


def _who(entry: Any) -> str:
    if entry.post is not None and _post_namer is not None:
        return _post_namer(entry.post)
    if entry.actor is None:
        return _("系统")
    return _("其他人员")
