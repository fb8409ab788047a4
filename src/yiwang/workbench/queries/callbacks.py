"""Call-backs 回访 as pages show them: the queue by how it stands, and one with its script and attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from ...cases import public as cases
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import NotFound

SOONEST = Order("soonest", "next_at")
#: Tabs of the queue: which rows, by state and instant.
TABS = ("due", "later", "unreached", "done")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt with what was noted."""

    row: cases.CallbackAttempt
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the script with its options: code and label."""

    code: str
    kind: str
    text: str
    options: Sequence[tuple[str, str]]


def callback_page(actor: Actor, tab: str, *, at: datetime, cursor: str = "") -> Page[cases.Callback]:
    """One page of a tab, the soonest due first."""
    rows = cases.callbacks_for(actor)
    if tab == "due":
        rows = rows.filter(state="waiting", next_at__lte=at)
    elif tab == "later":
        rows = rows.filter(state="waiting", next_at__gt=at)
    else:
        rows = rows.filter(state=tab)
    return page_by_key(rows.select_related("case", "report", "rating"), SOONEST, cursor=cursor or None)


def callback_for(actor: Actor, key: UUID) -> cases.Callback:
    """One call-back the actor may do.

    Raises:
        NotFound: there is none, or not for this actor; both look the same.
    """
    found = cases.callbacks_for(actor).select_related("case", "report", "rating").filter(pk=key).first()
    if found is None:
        raise NotFound("找不到这条回访，或您无权办理。", code="cases.no_callback")
    return found


def attempts_of(row: cases.Callback) -> list[Attempt]:
    """Every attempt, oldest first, with its words."""
    rows = list(row.tries.order_by("at", "id"))
    seqs = [each.seq for each in rows if each.seq]
    words = dict(cases.Remark.objects.filter(case=row.case, seq__in=seqs).values_list("seq", "text"))
    return [Attempt(each, words.get(each.seq or 0, "")) for each in rows]


def script(at: datetime) -> list[Question]:
    """The phone script in the language of the page, in order."""
    english = (get_language() or "").startswith("en")
    found = []
    for row in cases.callback_questions(at):
        options: list[tuple[str, str]] = []
        if row.kind in cases.RatingQuestion.values:
            options = [
                (o.code, o.label_en if english and o.label_en else o.label)
                for o in cases.rating_options(row.kind, at)
            ]
        found.append(
            Question(row.code, row.kind, row.text_en if english and row.text_en else row.text, options)
        )
    return found


def answers_of(row: cases.Callback) -> list[str]:
    """What the host wrote, which the caller tells."""
    tasks = cases.Task.objects.filter(case=row.case, round=row.round, state="done", role="host")
    return [task.result for task in tasks.order_by("done_at") if task.result]
