"""Panel of the answer check 答复检查 on the case page, while a unit's feedback is in review."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ...cases.public import case_for
from ...interface.public import staff, within_budget
from ...kernel.actor import Actor
from ..issue_registering import ANSWER_PANEL
from ..queries.answers import first_report, replies_of
from ..services.answers import check_answer

#: States in which somebody looks at what the unit fed back.
_LOOKED_AT = ("reviewing", "rechecking", "closing")


@require_GET
@staff("cases.review")
@within_budget(ANSWER_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """答复检查 of a case."""
    case = case_for(actor, case_id)
    replies = replies_of(case) if case.state in _LOOKED_AT else []
    report = first_report(case) if replies else None
    text = report.text if report else ""
    checked = [
        (one, check_answer(report=text, reply=one.text, address=case.address, earlier=one.earlier))
        for one in replies
    ]
    return render(request, "triage/answers/panel.html", {"checked": checked})
