"""Pages of standard processes 标准流程: list, read, change by a new version, switch own dispatching."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, Fact, expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, StaleVersion, YiwangError
from ...orgs.public import area_index
from ..enums import StepProof
from ..forms import EndForm, named_areas
from ..models import StandardProcess
from ..permissions import may_edit
from ..queries.index import catalog_index, shanghai_day
from ..queries.processes import standard_processes, versions_of
from ..queries.roles import role_words
from ..rules.nodes import limit_words
from ..rules.processes import ProcessNode, StepNode
from ..services.processes import add_process, end_process, replace_process, switch_process
from .access import editor
from .process_forms import ProcessForm, StepFormSet, entered_steps

_COLUMNS = (
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("事项分类")),
    Column(gettext_lazy("区域")),
    Column(gettext_lazy("步骤"), numeric=True),
    Column(gettext_lazy("自行派单")),
)
_STEP_COLUMNS = (
    Column(gettext_lazy("序号"), numeric=True),
    Column(gettext_lazy("做什么")),
    Column(gettext_lazy("由谁办")),
    Column(gettext_lazy("时限")),
    Column(gettext_lazy("证明材料")),
    Column(gettext_lazy("下一步")),
)


def step_rows(node: ProcessNode) -> list[dict[str, Any]]:
    """The steps of a process in words, for the table."""
    return [
        {
            "step": step,
            "role": role_words(step),
            "limit": limit_words(step.limit),
            "proof": "、".join(str(StepProof(value).label) for value in step.proof),
        }
        for step in node.steps
    ]


@require_GET
@staff()
def processes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """标准流程: those in force, by code; a few dozen at most."""
    at = timezone.now()
    rows = [_row(node) for node in standard_processes(at)]
    context = {"rows": rows, "columns": _COLUMNS, "may_edit": may_edit(actor)}
    return render(request, "catalog/processes.html", context)


@require_GET
@staff()
def standard_process(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """One process: its steps, versions, and the switch of its own dispatching."""
    node = _standing(code)
    row = StandardProcess.objects.get(pk=node.id)
    shown = _row(node)
    context = {
        "node": node,
        "version": row.version,
        "rows": step_rows(node),
        "columns": _STEP_COLUMNS,
        "facts": [
            Fact(_("事项分类"), shown["matter"], href=shown["class_url"]),
            Fact(_("区域"), shown["area"] or _("全市")),
            Fact(_("生效日期"), node.valid_from),
            Fact(_("依据"), node.basis),
        ],
        "versions": versions_of(code),
        "may_edit": may_edit(actor),
        "end_form": EndForm(initial={"valid_to": shanghai_day(timezone.now())}),
        "breadcrumbs": [Crumb(_("标准流程"), reverse("catalog:processes")), Crumb(node.name)],
    }
    return render(request, "catalog/process.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """新增标准流程."""
    at = timezone.now()
    form = ProcessForm(request.POST or None, initial={"valid_from": shanghai_day(at)})
    steps = StepFormSet(request.POST or None, prefix="step")
    if request.method == "POST" and form.is_valid() and steps.is_valid():
        try:
            row = add_process(actor=actor, at=at, terms=form.terms(entered_steps(steps)))
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已新增标准流程。"))
            return redirect("catalog:process", row.code)
    return _render_form(request, form, steps, _("新增标准流程"), reverse("catalog:processes"))


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def change(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """变更标准流程: this version ends on the day the new one begins."""
    at = timezone.now()
    node = _standing(code)
    initial = _initial(node) | {"valid_from": max(shanghai_day(at), node.valid_from)}
    form = ProcessForm(request.POST or None, initial=initial, fixed=True)
    steps = StepFormSet(
        request.POST or None, prefix="step", initial=[_step_initial(step, node) for step in node.steps]
    )
    if request.method == "POST" and form.is_valid() and steps.is_valid():
        try:
            replace_process(
                actor=actor,
                at=at,
                process_id=node.id,
                terms=form.terms(entered_steps(steps)),
                expected=expected_version(request),
            )
        except StaleVersion:
            raise
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已变更：原版本终止，新版本生效。"))
            return redirect("catalog:process", code)
    version = request.POST.get("version") or StandardProcess.objects.get(pk=node.id).version
    back = reverse("catalog:process", args=[code])
    return _render_form(request, form, steps, _("变更标准流程"), back, version=version)


@require_POST
@editor
def switch(request: HttpRequest, actor: Actor, process_id: UUID) -> HttpResponse:
    """开启或关闭自行派单."""
    on = request.POST.get("on") == "1"
    try:
        row = switch_process(
            actor=actor,
            at=timezone.now(),
            process_id=process_id,
            on=on,
            expected=expected_version(request),
        )
    except (StaleVersion, NotFound):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
        return redirect("catalog:processes")
    messages.success(request, _("已开启自行派单。") if on else _("已关闭自行派单。"))
    return redirect("catalog:process", row.code)


@require_POST
@editor
def end(request: HttpRequest, actor: Actor, process_id: UUID) -> HttpResponse:
    """终止标准流程."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写失效日期。"))
        return redirect("catalog:processes")
    try:
        end_process(
            actor=actor,
            at=timezone.now(),
            process_id=process_id,
            valid_to=form.cleaned_data["valid_to"],
            expected=expected_version(request),
        )
    except (StaleVersion, NotFound):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已终止。"))
    return redirect("catalog:processes")


def _standing(code: str) -> ProcessNode:
    """The version in force today, else the newest of any day.

    Raises:
        NotFound.
    """
    known = next((n for n in standard_processes(timezone.now()) if n.code == code), None)
    found = known or next(iter(versions_of(code)), None)
    if found is None:
        raise NotFound("没有这个标准流程。")
    return found


def _row(node: ProcessNode) -> dict[str, Any]:
    matter = catalog_index().class_by_id[node.class_id]
    area = area_index().by_id.get(node.area_id) if node.area_id else None
    return {
        "node": node,
        "matter": f"{matter.code} {matter.name}",
        "class_url": reverse("catalog:class", args=[matter.scheme_code, matter.code]),
        "area": area.name if area else "",
        "steps": len(node.steps),
    }


def _initial(node: ProcessNode) -> dict[str, Any]:
    matter = catalog_index().class_by_id[node.class_id]
    area = area_index().by_id.get(node.area_id) if node.area_id else None
    return {
        "code": node.code,
        "name": node.name,
        "scheme": matter.scheme_code,
        "class_code": matter.code,
        "area_id": f"{area.name}（{area.code}）" if area else "",
        "can_dispatch": node.can_dispatch,
        "is_example": node.is_example,
        "basis": node.basis,
    }


def _step_initial(step: StepNode, node: ProcessNode) -> dict[str, Any]:
    follows = step.ordinal + 1 if step.ordinal < len(node.steps) else None
    return {
        "what": step.what,
        "role": f"act:{step.act}" if step.act else f"kind:{step.unit_kind}",
        "limit": limit_words(step.limit),
        "proof": list(step.proof),
        "next_ordinal": None if step.next_ordinal == follows else step.next_ordinal or 0,
    }


def _render_form(
    request: HttpRequest,
    form: ProcessForm,
    steps: Any,
    heading: str,
    back: str,
    *,
    version: object = None,
) -> HttpResponse:
    bad = bool(form.errors) or any(steps.errors)
    context = {
        "form": form,
        "steps": steps,
        "heading": heading,
        "back": back,
        "version": version,
        "areas": named_areas(),
        "breadcrumbs": [Crumb(_("标准流程"), reverse("catalog:processes")), Crumb(heading)],
    }
    return render(request, "catalog/process_form.html", context, status=422 if bad else 200)
