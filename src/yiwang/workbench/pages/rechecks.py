"""Sample recheck page 抽查."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ...cases.public import CASE
from ...interface.public import staff
from ...kernel.actor import Actor
from ..queries.lists import rows_of
from ..queries.rechecks import waiting_samples


@require_GET
@staff("cases.recheck")
def rechecks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """抽查: short-path cases that wait for a look by somebody else."""
    at = timezone.now()
    page = waiting_samples(actor, cursor=request.GET.get("cursor", ""))
    rows = rows_of([recheck.case for recheck in page.rows], at)
    context = {"page": page, "rows": rows, "lifecycle": CASE, "now": at}
    return render(request, "workbench/rechecks.html", context)
