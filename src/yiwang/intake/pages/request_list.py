"""The list of requests to sources 来源申请: what waits for a verdict, for how long, and of which source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...cases.public import Case, Report
from ...interface.public import Column
from ...kernel.actor import Actor
from ..enums import SourceRequestKind
from ..models import SourceRequest
from ..queries.channels import LiveChannel, channel_index
from ..queries.requests import requests_page
from ..services.source_requests import ACT, owner_of
from ..states import ASKED, SOURCE_REQUEST
from .access import holding
from .request_forms import RequestFilterForm

_COLUMNS = (
    Column(gettext_lazy("案件")),
    Column(gettext_lazy("申请事项")),
    Column(gettext_lazy("渠道")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("申请时间")),
    Column(gettext_lazy("希望延至")),
    Column(gettext_lazy("来源时限")),
)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as the list shows it.

    Attributes:
        age: how long it has waited, in words; empty once it is settled.
        is_late: it waits beyond the limit that the source set.
    """

    row: SourceRequest
    case: Case | None
    report: Report | None
    age: str
    is_late: bool


@require_GET
@holding(ACT)
def requests(request: HttpRequest, actor: Actor) -> HttpResponse:
    """来源申请: those that wait, the oldest first, unless the filter asks for others."""
    form = RequestFilterForm(request.GET or None, channels=_choices())
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    state = {"": ASKED, "all": ""}.get(wanted := chosen.get("state") or "", wanted)
    live = channel_index().by_code.get(chosen.get("channel") or "")
    page = requests_page(
        actor, state=state, kind=chosen.get("kind") or "", channel=live.id if live else None,
        cursor=request.GET.get("cursor", ""),
    )  # fmt: skip
    context = {
        "form": form, "page": page, "rows": _rows(page.rows, timezone.now()), "columns": _COLUMNS,
        "lifecycle": SOURCE_REQUEST,
    }  # fmt: skip
    return render(request, "intake/requests.html", context)


def _choices() -> list[tuple[str, str]]:
    """The channels whose source decides anything."""
    return [(live.code, live.name) for live in channel_index().by_code.values() if _decides(live)]


def _decides(live: LiveChannel) -> bool:
    owners = live.definition.owners
    return any(owner_of(owners, kind) == "source" for kind in SourceRequestKind.values)


def _rows(found: Sequence[SourceRequest], now: datetime) -> list[RequestRow]:
    cases = Case.objects.in_bulk([row.case for row in found])
    wanted = Report.objects.only("number", "source_number", "source_due_at")
    reports: dict[UUID, Report] = wanted.in_bulk([row.report for row in found])
    return [_row(row, cases.get(row.case), reports.get(row.report), now) for row in found]


def _row(row: SourceRequest, case: Case | None, report: Report | None, now: datetime) -> RequestRow:
    waits = row.state == ASKED
    due = report.source_due_at if report is not None else None
    age = age_words(now - row.asked_at) if waits else ""
    return RequestRow(row, case, report, age, waits and due is not None and due < now)


def age_words(waited: timedelta) -> str:
    """How long something has waited, in the largest unit that is full: `已等 3 天`."""
    hours = int(waited / timedelta(hours=1))
    if hours >= 24:
        return _("已等 {n} 天").format(n=hours // 24)
    if hours:
        return _("已等 {n} 小时").format(n=hours)
    return _("已等 {n} 分钟").format(n=int(waited / timedelta(minutes=1)))
