"""Pages of the responsibility list 权责清单: list, add, change, end."""

from __future__ import annotations

from datetime import datetime
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

from ...interface.public import Column, Crumb, expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ...orgs.public import AreaNode, UnitNode, area_index, unit_index
from ..errors import ResponsibilityTie
from ..forms import EndForm, ResponsibilityFilterForm, ResponsibilityForm, named_areas
from ..models import ResponsibilityRow
from ..permissions import may_edit
from ..queries.drafts import open_drafts
from ..queries.index import catalog_index, shanghai_day
from ..queries.lists import responsibility_page, responsibility_view
from ..queries.responsibility import responsibility_node
from ..rules.nodes import limit_words
from ..services.responsibility import add_responsibility, end_responsibility, replace_responsibility
from .access import editor

_COLUMNS = (
    Column(gettext_lazy("分类")),
    Column(gettext_lazy("区域")),
    Column(gettext_lazy("立案条件")),
    Column(gettext_lazy("主办单位")),
    Column(gettext_lazy("协办单位")),
    Column(gettext_lazy("有效期")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


@require_GET
@staff()
def responsibilities(request: HttpRequest, actor: Actor) -> HttpResponse:
    """权责清单: who answers for what, newest first."""
    form = ResponsibilityFilterForm(request.GET or None, schemes=catalog_index().schemes.values())
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page, rows = responsibility_page(
        at=timezone.now(),
        scheme_code=given.get("scheme", ""),
        unit_id=given.get("unit"),
        past=given.get("past", False),
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "columns": _COLUMNS,
        "may_edit": may_edit(actor),
        "units": unit_index().by_code.values(),
    }
    return render(request, "catalog/responsibilities.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def responsibility_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """新增权责: a tie is answered by naming the row that is there."""
    at = timezone.now()
    form = _form(request, initial=_asked_for(request, at))
    tie: UUID | None = None
    if request.method == "POST" and form.is_valid():
        try:
            add_responsibility(actor=actor, at=at, terms=form.terms())
        except YiwangError as error:
            tie = _show(form, error)
        else:
            messages.success(request, _("已新增权责清单行。"))
            return redirect("catalog:responsibilities")
    return _render_form(request, form, tie=tie, heading=_("新增权责"))


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def responsibility(request: HttpRequest, actor: Actor, row_id: UUID) -> HttpResponse:
    """变更权责: a change ends this row and begins a new one on the chosen day."""
    at = timezone.now()
    row = _row(row_id)
    form = _form(request, initial=initial_terms(row, at))
    tie: UUID | None = None
    if request.method == "POST" and form.is_valid():
        try:
            replace_responsibility(
                actor=actor, at=at, row_id=row_id, terms=form.terms(), expected=expected_version(request)
            )
        except YiwangError as error:
            tie = _show(form, error)
        else:
            messages.success(request, _("已变更：原行终止，新行生效。"))
            return redirect("catalog:responsibilities")
    day = shanghai_day(at)
    more = {
        "row": row,
        "view": responsibility_view(row, day),
        "version": request.POST.get("version") or row.version,
        "drafts": open_drafts(),
        "end_form": EndForm(initial={"valid_to": day}),
        "has_ended": row.valid_to is not None and row.valid_to <= day,
    }
    return _render_form(request, form, tie=tie, heading=_("变更权责"), **more)


@require_POST
@editor
def responsibility_end(request: HttpRequest, actor: Actor, row_id: UUID) -> HttpResponse:
    """终止权责."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写失效日期。"))
        return redirect("catalog:responsibility", row_id)
    try:
        end_responsibility(
            actor=actor,
            at=timezone.now(),
            row_id=row_id,
            valid_to=form.cleaned_data["valid_to"],
            expected=expected_version(request),
        )
    except StaleVersion:
        raise
    except YiwangError as error:
        messages.error(request, error.message)
        return redirect("catalog:responsibility", row_id)
    messages.success(request, _("已终止。"))
    return redirect("catalog:responsibilities")


def _form(request: HttpRequest, *, initial: dict[str, Any]) -> ResponsibilityForm:
    return ResponsibilityForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        schemes=catalog_index().schemes.values(),
    )


def _asked_for(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """What a link from a class or a condition carries."""
    return {
        "scheme": request.GET.get("scheme", ""),
        "class_id": request.GET.get("class", ""),
        "condition_id": request.GET.get("condition", ""),
        "valid_from": shanghai_day(at),
    }


def initial_terms(row: ResponsibilityRow, at: datetime) -> dict[str, Any]:
    """What a form shows of a row before anything is entered."""
    area = area_index().by_id.get(row.area_id) if row.area_id else None
    units = unit_index().by_id
    return {
        "scheme": row.scheme.code,
        "class_id": row.matter_class.code if row.matter_class else "",
        "condition_id": row.condition.ordinal if row.condition else None,
        "area_id": _shown(area) if area else "",
        "host_id": _shown(units[row.host_unit_id]),
        "co_unit_ids": "\n".join(_shown(units[key]) for key in row.co_unit_ids if key in units),
        "limit": limit_words(responsibility_node(row).limit),
        "basis": row.basis,
        "valid_from": max(shanghai_day(at), row.valid_from),
        "valid_to": row.valid_to,
    }


def _shown(node: AreaNode | UnitNode) -> str:
    """As the form reads it back: `name (code)`."""
    return f"{node.name}（{node.code}）"


def _row(row_id: UUID) -> ResponsibilityRow:
    found = ResponsibilityRow.objects.select_related("scheme", "matter_class", "condition")
    row = found.filter(id=row_id).first()
    if row is None:
        raise Http404
    return row


def _show(form: ResponsibilityForm, error: YiwangError) -> UUID | None:
    """Put a refusal on the form; returns the row it names. A stale version goes on to its own page."""
    if isinstance(error, StaleVersion):
        raise error
    show_problems(form, error)
    return error.other if isinstance(error, ResponsibilityTie) else None


def _render_form(
    request: HttpRequest, form: ResponsibilityForm, *, tie: UUID | None, heading: str, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "tie_url": reverse("catalog:responsibility", args=[tie]) if tie else "",
        "units": unit_index().by_code.values(),
        "areas": named_areas(),
        "breadcrumbs": [Crumb(_("权责清单"), reverse("catalog:responsibilities")), Crumb(heading)],
        **more,
    }
    return render(request, "catalog/responsibility.html", context, status=422 if form.errors else 200)
