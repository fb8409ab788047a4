"""Desk 工作台提示: what waits for a person beside the cases of the queue, counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from ...cases import public as cases
from ...kernel.actor import Actor
from .applications import decidable_applications
from .supervisions import addressed_to

#: Counting stops here: a notice says 99+.
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class DeskNotice:
    """One kind of thing that waits: what, how many, where they stand, and how many of them are late."""

    label: str
    count: str
    url: str
    late: str = ""


def desk_notices(actor: Actor, at: datetime) -> list[DeskNotice]:
    """What waits for the actor: answers its units owe, supervisions to settle, applications to decide."""
    return [*_answers(actor, at), *_to_settle(actor), *_applications(actor, at)]


def _answers(actor: Actor, at: datetime) -> Iterator[DeskNotice]:
    rows = cases.Supervision.objects.filter(
        addressed_to(actor), state="awaited", case__in=cases.visible_to(actor)
    )
    dues = list(rows.values_list("reply_due_at", flat=True)[: MOST_COUNTED + 1])
    if dues:
        late = sum(1 for due in dues if due is not None and due < at)
        url = reverse("workbench:supervisions") + "?whose=mine&state=unanswered"
        yield DeskNotice(_("督办待答复"), _words(len(dues)), url, _words(late) if late else "")


def _to_settle(actor: Actor) -> Iterator[DeskNotice]:
    if not actor.may_anywhere("cases.supervise"):
        return
    rows = cases.Supervision.objects.filter(
        state="answered", case__in=cases.visible_to(actor, "cases.supervise")
    ).exclude(replied_by=actor.account_id)
    if count := _count(rows):
        url = reverse("workbench:supervisions") + "?state=answered"
        yield DeskNotice(_("督办待销号"), _words(count), url)


def _applications(actor: Actor, at: datetime) -> Iterator[DeskNotice]:
    rows = decidable_applications(actor)
    dues = list(rows.values_list("answer_due_at", flat=True)[: MOST_COUNTED + 1])
    if dues:
        late = sum(1 for due in dues if due is not None and due < at)
        yield DeskNotice(
            _("待批申请"), _words(len(dues)), reverse("workbench:applications"), _words(late) if late else ""
        )


def _count(rows: QuerySet[Any]) -> int:
    return len(rows.values_list("pk", flat=True)[: MOST_COUNTED + 1])


def _words(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
