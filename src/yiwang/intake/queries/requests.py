"""Requests to sources 来源申请: reads for the case page and for what is written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from ...cases.public import Case, Remark, Report, reports_of, visible_to
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ..models import SourceRequest
from ..rules.definition import Owners
from ..rules.words import instant_words
from ..states import ASKED
from .channels import LiveChannel, channel_index

_OLDEST, _NEWEST = Order("oldest", "asked_at"), Order("newest", "asked_at", descending=True)


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns what of one report 权责归属, with what was asked of its source.

    Attributes:
        channel: None when the report came through no channel of the registry; all is ours then.
    """

    report: Report
    channel: LiveChannel | None
    requests: Sequence[SourceRequest]
    reasons: Mapping[tuple[UUID, int], str]

    @property
    def owners(self) -> Owners:
        """Who owns limit, extension, return, final call and voice."""
        return self.channel.definition.owners if self.channel is not None else Owners()

    def reason_of(self, row: SourceRequest) -> str:
        """Why we asked; empty when it was erased."""
        return self.reasons.get((row.case, row.asked_seq), "")

    def waits_for(self, kind: str) -> bool:
        """Whether a request of this kind waits for the source."""
        return any(row.kind == kind and row.state == ASKED for row in self.requests)


def ownerships(case: Case) -> list[Ownership]:
    """Each report of a case with its owners and its requests, oldest report first."""
    channels = channel_index().by_code
    reports = list(reports_of(case))
    keys = [report.id for report in reports]
    rows = list(SourceRequest.objects.filter(report__in=keys).order_by("-asked_at"))
    reasons = _reasons(rows)
    return [
        Ownership(
            report, channels.get(report.channel), [row for row in rows if row.report == report.id], reasons
        )
        for report in reports
    ]


def _reasons(rows: Sequence[SourceRequest]) -> dict[tuple[UUID, int], str]:
    """Case and entry → the reason that stands beside it."""
    if not rows:
        return {}
    cases, entries = {row.case for row in rows}, {row.asked_seq for row in rows}
    found = Remark.objects.filter(case__in=cases, seq__in=entries)
    return {(remark.case_id, remark.seq): remark.text for remark in found}


def reason_of(row: SourceRequest) -> str:
    """Why a request was made; empty when it was erased."""
    return _reasons([row]).get((row.case, row.asked_seq), "")


def requests_page(
    actor: Actor, *, state: str = ASKED, kind: str = "", channel: UUID | None = None, cursor: str = ""
) -> Page[SourceRequest]:
    """One page of requests about cases that the actor may see; those that wait, the oldest first.

    Args:
        state: empty for all, the newest first.
    """
    rows = SourceRequest.objects.select_related("channel").filter(case__in=visible_to(actor).values("id"))
    given = {"state": state, "kind": kind, "channel": channel}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    return page_by_key(rows, _OLDEST if state == ASKED else _NEWEST, cursor=cursor)


def open_request(report_id: UUID) -> SourceRequest | None:
    """The oldest request of a report that waits for its source."""
    return SourceRequest.objects.filter(report=report_id, state=ASKED).order_by("asked_at", "id").first()


def request_facts(row: SourceRequest) -> dict[str, str]:
    """Reason and wished limit of a request, as the placeholders `reason` and `due` stand for them."""
    return {"reason": reason_of(row), "due": instant_words(row.wished_at)}
