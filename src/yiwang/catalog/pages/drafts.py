"""Pages of drafts 权责变更草案 of the responsibility list: compile, submit, send back, publish."""

from __future__ import annotations

from collections.abc import Callable
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

from ...interface.public import Column, Crumb, Fact, expected_version, panels, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, StaleVersion, YiwangError
from ...orgs.public import unit_index
from ..forms import named_areas
from ..models import ResponsibilityDraft
from ..permissions import may_edit, may_publish
from ..queries.drafts import (
    change_views,
    draft_for,
    draft_page,
    others_may_publish,
    publishing_rule,
    row_by_id,
)
from ..queries.index import catalog_index, shanghai_day
from ..services.drafts import (
    add_change,
    create_draft,
    drop_draft,
    publish_draft,
    remove_change,
    revise_draft,
    save_publishing_rule,
    send_draft_back,
    submit_draft,
)
from ..states import DRAFT, PERMISSION, PUBLISH, RESPONSIBILITY_DRAFT, SUBMITTED
from .access import editor
from .draft_forms import ChangeForm, DraftFilterForm, DraftForm, PublishingForm, ReasonForm
from .responsibilities import initial_terms

#: Type of owner under which other apps put panels on a draft's page.
DRAFT_OWNER = "catalog.draft"
_COLUMNS = (
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("生效日期")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("编制时间")),
)
_CHANGE_COLUMNS = (
    Column(gettext_lazy("变更")),
    Column(gettext_lazy("原有")),
    Column(gettext_lazy("变更后")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_Act = Callable[..., ResponsibilityDraft]
_ACTS: dict[str, _Act] = {"submit": submit_draft, "publish": publish_draft, "drop": drop_draft}


@require_GET
@staff(PERMISSION, PUBLISH)
def drafts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """权责变更草案, newest first."""
    form = DraftFilterForm(request.GET or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = draft_page(state=given.get("state", ""), cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": page,
        "rows": page.rows,
        "columns": _COLUMNS,
        "lifecycle": RESPONSIBILITY_DRAFT,
        "may_edit": may_edit(actor),
        "may_publish": may_publish(actor),
        "rule": publishing_rule(),
    }
    return render(request, "catalog/drafts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(PUBLISH)
def rule(request: HttpRequest, actor: Actor) -> HttpResponse:
    """权责变更发布规则: whether a draft is published by another person than its authors."""
    known = publishing_rule()
    initial = {"second_person": known.second_person, "basis": known.basis}
    form = PublishingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save_publishing_rule(actor=actor, at=timezone.now(), **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("catalog:drafts")
    context = {
        "form": form,
        "breadcrumbs": [Crumb(_("权责变更草案"), reverse("catalog:drafts")), Crumb(_("发布规则"))],
    }
    return render(request, "catalog/publishing_rule.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def draft_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """编制权责变更草案."""
    at = timezone.now()
    form = DraftForm(request.POST or None, initial={"takes_effect": shanghai_day(at)})
    if request.method == "POST" and form.is_valid():
        try:
            row = create_draft(actor=actor, at=at, **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            return redirect("catalog:draft", row.id)
    context = {
        "form": form,
        "breadcrumbs": [Crumb(_("权责变更草案"), reverse("catalog:drafts")), Crumb(_("编制草案"))],
    }
    return render(request, "catalog/draft_add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def draft_revise(request: HttpRequest, actor: Actor, draft_id: UUID) -> HttpResponse:
    """修改草案: its title and its day."""
    row = draft_for(draft_id)
    form = DraftForm(request.POST or None, initial={"title": row.title, "takes_effect": row.takes_effect})
    if request.method == "POST" and form.is_valid():
        try:
            revise_draft(actor=actor, at=timezone.now(), draft_id=draft_id, **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            return redirect("catalog:draft", draft_id)
    address = reverse("catalog:draft", args=[row.id])
    context = {
        "form": form,
        "breadcrumbs": [
            Crumb(_("权责变更草案"), reverse("catalog:drafts")),
            Crumb(row.title, address),
            Crumb(_("修改")),
        ],
    }
    return render(request, "catalog/draft_add.html", context, status=422 if form.errors else 200)


@require_GET
@staff(PERMISSION, PUBLISH)
def draft(request: HttpRequest, actor: Actor, draft_id: UUID) -> HttpResponse:
    """One draft: its changes with what speaks against them, what may be done, and panels of other apps."""
    return _show(request, actor, draft_id, ReasonForm())


@require_POST
@staff(PERMISSION, PUBLISH)
def draft_act(request: HttpRequest, actor: Actor, draft_id: UUID, action: str) -> HttpResponse:
    """Submit, publish, send back or give up a draft."""
    at, expected = timezone.now(), expected_version(request)
    reason = ReasonForm(request.POST if action == "send_back" else None)
    try:
        if action == "send_back":
            if not reason.is_valid():
                return _show(request, actor, draft_id, reason)
            words = reason.cleaned_data["reason"]
            send_draft_back(actor=actor, at=at, draft_id=draft_id, reason=words, expected=expected)
        elif action in _ACTS:
            _ACTS[action](actor=actor, at=at, draft_id=draft_id, expected=expected)
        else:
            raise NotFound("没有这个操作。")
    except (StaleVersion, NotFound, Refused):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        label = next(row.label for row in RESPONSIBILITY_DRAFT.transitions if row.action == action)
        messages.success(request, _("已{act}。").format(act=_(label)))
    return redirect("catalog:draft", draft_id)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def change_add(request: HttpRequest, actor: Actor, draft_id: UUID) -> HttpResponse:
    """在草案中新增一行."""
    form = ChangeForm(request.POST or None, schemes=catalog_index().schemes.values())
    if request.method == "POST" and form.is_valid():
        try:
            add_change(actor=actor, at=timezone.now(), draft_id=draft_id, terms=form.terms())
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已加入草案。"))
            return redirect("catalog:draft", draft_id)
    return _render_change(request, draft_id, form, _("新增一行"))


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def change_row(request: HttpRequest, actor: Actor, draft_id: UUID, row_id: UUID) -> HttpResponse:
    """在草案中替换或终止一行: the button `end` ends it without another."""
    at = timezone.now()
    row = row_by_id(row_id)
    ends = request.POST.get("what") == "end"
    form = ChangeForm(
        request.POST if request.method == "POST" and not ends else None,
        initial=initial_terms(row, at),
        schemes=catalog_index().schemes.values(),
    )
    if request.method == "POST" and (ends or form.is_valid()):
        try:
            terms = None if ends else form.terms()
            add_change(actor=actor, at=at, draft_id=draft_id, terms=terms, row_id=row_id)
        except YiwangError as error:
            if ends:
                messages.error(request, error.message)
            else:
                show_problems(form, error)
        else:
            messages.success(request, _("已加入草案。"))
            return redirect("catalog:draft", draft_id)
    return _render_change(request, draft_id, form, _("替换或终止一行"), row=row)


@require_POST
@editor
def change_remove(request: HttpRequest, actor: Actor, draft_id: UUID, change_id: UUID) -> HttpResponse:
    """移除变更."""
    try:
        remove_change(actor=actor, at=timezone.now(), draft_id=draft_id, change_id=change_id)
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已移除。"))
    return redirect("catalog:draft", draft_id)


def _show(request: HttpRequest, actor: Actor, draft_id: UUID, reason: ReasonForm) -> HttpResponse:
    row = draft_for(draft_id)
    at = timezone.now()
    views = change_views(row, at)
    compiling, waiting = row.state == DRAFT, row.state == SUBMITTED
    is_barred = publishing_rule().second_person and actor.account_id in row.author_ids
    context = {
        "draft": row,
        "views": views,
        "columns": _CHANGE_COLUMNS,
        "lifecycle": RESPONSIBILITY_DRAFT,
        "facts": _facts(row),
        "problems": sum(bool(view.problem) for view in views) if compiling or waiting else 0,
        "may_revise": compiling and may_edit(actor),
        "may_drop": (compiling or waiting) and may_edit(actor),
        "may_publish": waiting and may_publish(actor) and not is_barred,
        "may_send_back": waiting and may_publish(actor),
        "is_barred": (compiling or waiting) and may_publish(actor) and is_barred,
        "nobody_else": (compiling or waiting) and not others_may_publish(row, at),
        "reason": reason,
        "panels": panels.places_for(DRAFT_OWNER, row.id, actor),
        "breadcrumbs": [Crumb(_("权责变更草案"), reverse("catalog:drafts")), Crumb(row.title)],
    }
    return render(request, "catalog/draft.html", context, status=422 if reason.errors else 200)


def _facts(row: ResponsibilityDraft) -> list[Fact]:
    found = [
        Fact(_("生效日期"), row.takes_effect),
        Fact(_("编制时间"), timezone.localtime(row.created_at).strftime("%Y-%m-%d %H:%M")),
    ]
    if row.submitted_at:
        found.append(Fact(_("提请时间"), timezone.localtime(row.submitted_at).strftime("%Y-%m-%d %H:%M")))
    if row.decided_at:
        found.append(Fact(_("决定时间"), timezone.localtime(row.decided_at).strftime("%Y-%m-%d %H:%M")))
    if row.refusal:
        found.append(Fact(_("退回理由"), row.refusal))
    return found


def _render_change(
    request: HttpRequest, draft_id: UUID, form: ChangeForm, heading: str, **more: Any
) -> HttpResponse:
    row = draft_for(draft_id)
    address = reverse("catalog:draft", args=[row.id])
    context = {
        "form": form,
        "heading": heading,
        "draft": row,
        "back": address,
        "units": unit_index().by_code.values(),
        "areas": named_areas(),
        "breadcrumbs": [
            Crumb(_("权责变更草案"), reverse("catalog:drafts")),
            Crumb(row.title, address),
            Crumb(heading),
        ],
        **more,
    }
    return render(request, "catalog/draft_change.html", context, status=422 if form.errors else 200)
