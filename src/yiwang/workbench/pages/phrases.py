"""Phrases pages 常用语: one's own, the unit's and everybody's, each changed by whoever may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ...cases import public as cases
from ...interface.public import expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, StaleVersion, YiwangError
from ..forms.rules import PhraseForm
from ..queries.phrases import Shelf, shelves
from .problems import sentence_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.view")
def phrases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """常用语: what the forms offer this person."""
    shown = shelves(actor, own_label=_("我的"), everyone_label=_("全员"))
    return _page(request, actor, shown, "workbench:phrases")


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def shared_phrases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """全员常用语, for whoever keeps the rules and works on no case."""
    shown = [s for s in shelves(actor, own_label="", everyone_label=_("全员")) if s.owner == "everyone"]
    return _page(request, actor, shown, "workbench:shared_phrases")


def _page(request: HttpRequest, actor: Actor, shown: list[Shelf], back: str) -> HttpResponse:
    owners = [(shelf.owner, shelf.name) for shelf in shown if shelf.may_edit]
    form = PhraseForm(request.POST if request.method == "POST" else None, owners=owners)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                cases.add_phrase(actor=actor, at=timezone.now(), **form.terms(actor))
            except YiwangError as problem:
                show_problems(form, problem)
            else:
                messages.success(request, _("已新增常用语。"))
                return redirect(back)
        status = 422
    context: dict[str, Any] = {"shelves": shown, "form": form if owners else None, "back": back}
    return render(request, "workbench/phrases.html", context, status=status)


@require_POST
@staff("cases.view", "cases.configure")
def change_phrase(request: HttpRequest, actor: Actor, phrase_id: UUID) -> HttpResponse:
    """修改 or 停用 a phrase."""
    given: dict[str, Any] = {"actor": actor, "at": timezone.now(), "phrase_id": phrase_id}
    given["expected"] = expected_version(request)
    try:
        if request.POST.get("act") == "retire":
            cases.retire_phrase(**given)
            messages.success(request, _("已停用。"))
        else:
            cases.edit_phrase(text=request.POST.get("text", ""), **given)
            messages.success(request, _("已修改。"))
    except StaleVersion:
        messages.error(request, _("别人刚刚改过这一条，请核对后再改。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    shared = request.POST.get("back") == "workbench:shared_phrases"
    return redirect("workbench:shared_phrases" if shared else "workbench:phrases")
