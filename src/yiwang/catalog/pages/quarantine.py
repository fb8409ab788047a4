"""Pages of the quarantine 时限隔离: rows of a standard that could not be read, to correct, replay or drop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, Fact, expected_version, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ..forms import CorrectionForm, DropForm, QuarantineFilterForm
from ..models import LimitQuarantine
from ..queries.lists import quarantine_page
from ..rules.standard_file import CONDITION, NAME
from ..services.quarantine import correct_row, drop_row, replay_row
from ..states import LIMIT_QUARANTINE
from .access import editor

_COLUMNS = (
    Column(gettext_lazy("分类体系")),
    Column(gettext_lazy("行号"), numeric=True),
    Column(gettext_lazy("内容")),
    Column(gettext_lazy("原因")),
    Column(gettext_lazy("状态")),
)


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """A row of the quarantine as the list shows it."""

    row: LimitQuarantine
    name: str
    condition: str


@require_GET
@editor
def quarantine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """时限隔离: rows that wait, unless the filter asks for others."""
    form = QuarantineFilterForm(request.GET or None)
    state = form.cleaned_data["state"] if form.is_bound and form.is_valid() else "open"
    page = quarantine_page(state=state, cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": page,
        "rows": [QuarantineView(row, row.raw.get(NAME, ""), row.raw.get(CONDITION, "")) for row in page.rows],
        "columns": _COLUMNS,
        "lifecycle": LIMIT_QUARANTINE,
    }
    return render(request, "catalog/quarantine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def quarantine_row(request: HttpRequest, actor: Actor, row_id: UUID) -> HttpResponse:
    """隔离行: as it stood in the file, why it was not taken, and the form to correct and replay it."""
    row = LimitQuarantine.objects.select_related("scheme", "condition").filter(id=row_id).first()
    if row is None:
        raise Http404
    columns = {**row.raw, **row.correction}
    form = CorrectionForm(request.POST if request.method == "POST" else None, columns=columns)
    if request.method == "POST" and form.is_valid():
        try:
            return _correct(request, actor, row, form)
        except StaleVersion:
            raise
        except YiwangError as error:
            show_problems(form, form.beside_fields(error))
    return _render(request, row, form)


@require_POST
@editor
def quarantine_drop(request: HttpRequest, actor: Actor, row_id: UUID) -> HttpResponse:
    """放弃隔离行."""
    form = DropForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请写明放弃的原因。"))
        return redirect("catalog:quarantine_row", row_id)
    drop_row(
        actor=actor,
        at=timezone.now(),
        row_id=row_id,
        decision=form.cleaned_data["decision"],
        expected=expected_version(request),
    )
    messages.success(request, _("已放弃。"))
    return redirect("catalog:quarantine")


def _correct(request: HttpRequest, actor: Actor, row: LimitQuarantine, form: CorrectionForm) -> HttpResponse:
    """Save the correction, and take the row in again unless only saving was asked for."""
    given: dict[str, Any] = {
        "actor": actor,
        "at": timezone.now(),
        "row_id": row.id,
        "correction": form.correction(),
        "expected": expected_version(request),
    }
    if request.POST.get("act") == "save":
        correct_row(**given)
        messages.success(request, _("更正已保存，尚未重放。"))
        return redirect("catalog:quarantine_row", row.id)
    replay_row(**given)
    messages.success(request, _("已更正并生成立案条件。"))
    return redirect("catalog:quarantine")


def _render(request: HttpRequest, row: LimitQuarantine, form: CorrectionForm) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "drop_form": DropForm(),
        "version": request.POST.get("version") or row.version,
        "facts": [Fact(name, value) for name, value in row.raw.items()],
        "lifecycle": LIMIT_QUARANTINE,
        "is_open": row.state == "open",
        "breadcrumbs": [
            Crumb(_("时限隔离"), reverse("catalog:quarantine")),
            Crumb(_("第 {number} 行").format(number=row.row_number)),
        ],
    }
    return render(request, "catalog/quarantine_row.html", context, status=422 if form.errors else 200)
