"""Pages of post kinds 岗位类别页面: what each permits in plain Chinese, changing it, and what was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, expected_version, staff
from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ..acts import act_label
from ..enums import OfficerBranch
from ..forms import KindForm
from ..models import PostKind
from ..permissions import AUDIT, GRANT
from ..queries import GrantChange, PostKindNode, grant_changes, holders_by_kind, post_kinds
from ..services import ShippedDifference, adopt_shipped_kind, save_post_kind, shipped_difference
from .access import carried_out, status_of
from .granting import SCOPES, granted_subjects, pairs_of, ticked_subjects

_COLUMNS = (
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("代码")),
    Column(gettext_lazy("三员")),
    Column(gettext_lazy("授权"), numeric=True),
    Column(gettext_lazy("在任人数"), numeric=True),
)


def _reader(actor: Actor) -> None:
    if not (actor.scope(GRANT).everywhere or actor.scope(AUDIT).everywhere):
        raise Refused("您没有查看岗位授权的权限。", act=GRANT)


def _branch(kind: PostKindNode) -> str:
    return "、".join(str(branch.label) for branch in OfficerBranch if branch in kind.branches)


@require_GET
@staff()
def kind_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """岗位类别: all of them, with how many people hold each."""
    _reader(actor)
    holders = holders_by_kind(timezone.now())
    differing = {kind.id for kind in PostKind.objects.all() if shipped_difference(kind) is not None}
    rows = [
        {
            "kind": kind,
            "branch": _branch(kind),
            "count": len(kind.grants),
            "holders": holders.get(kind.id, 0),
            "differs": kind.id in differing,
        }
        for kind in post_kinds().values()
    ]
    context = {"rows": rows, "columns": _COLUMNS, "edits": actor.scope(GRANT).everywhere}
    return render(request, "orgs/kinds.html", context)


@require_http_methods(["GET", "POST"])
@staff()
def kind_page(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """One kind: its grants in words and its versions; with `orgs.grant`, the table to change them."""
    _reader(actor)
    kind = post_kinds().get(code)
    if kind is None:
        raise Http404
    initial = {
        "name": kind.name,
        "position": kind.position,
        "exclusive_with": sorted(kind.exclusive_with),
        "grant": pairs_of(kind.grants),
    }
    form = KindForm(request.POST if request.method == "POST" else None, kind=kind, initial=initial)
    if request.method == "POST" and carried_out(
        form, lambda given: _save(actor, code, form, given, expected_version(request))
    ):
        messages.success(request, _("授权已保存，立即生效，审计管理员可见此次变更。"))
        return redirect("orgs:kind", code)
    edits = actor.scope(GRANT).everywhere
    stored = PostKind.objects.get(code=code)
    context = {
        "kind": kind,
        "difference": _difference_row(shipped_difference(stored)),
        "branch": _branch(kind),
        "exclusive": [post_kinds()[c].name for c in sorted(kind.exclusive_with) if c in post_kinds()],
        "subjects": granted_subjects(kind.grants),
        "form": form if edits else None,
        "table": ticked_subjects(form.ticked()) if edits else [],
        "scopes": SCOPES,
        "version": request.POST.get("version") or stored.version,
        "stored_version": stored.version,
        "changes": _change_rows(grant_changes(kind.id)),
        "breadcrumbs": [Crumb(_("岗位类别"), reverse("orgs:kinds")), Crumb(kind.name)],
    }
    return render(request, "orgs/kind.html", context, status=status_of(form))


@require_POST
@staff()
def adopt_kind(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """采用随附设定."""
    adopt_shipped_kind(actor=actor, at=timezone.now(), code=code, expected=expected_version(request))
    messages.success(request, _("已采用随附设定，立即生效；以后升级时自动跟随。"))
    return redirect("orgs:kind", code)


def _save(actor: Actor, code: str, form: KindForm, given: dict[str, Any], version: int | None) -> PostKind:
    return save_post_kind(
        actor=actor,
        at=timezone.now(),
        code=code,
        name=given["name"],
        grants=form.grants(),
        exclusive_with=given["exclusive_with"],
        position=given["position"],
        expected=version,
    )


@require_http_methods(["GET", "POST"])
@staff()
def new_kind(request: HttpRequest, actor: Actor) -> HttpResponse:
    """新增岗位类别; a code that stands already is refused here."""
    if not actor.scope(GRANT).everywhere:
        raise Refused("您没有设定岗位授权的权限。", act=GRANT)
    form = KindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.cleaned_data["code"] in post_kinds():
        form.add_error("code", _("该代码已被使用。"))
    if request.method == "POST" and carried_out(
        form, lambda given: _save(actor, given["code"], form, given, None)
    ):
        messages.success(request, _("岗位类别已新增。"))
        return redirect("orgs:kind", form.cleaned_data["code"])
    context = {
        "form": form,
        "table": ticked_subjects(form.ticked()),
        "scopes": SCOPES,
        "breadcrumbs": [Crumb(_("岗位类别"), reverse("orgs:kinds")), Crumb(_("新增"))],
    }
    return render(request, "orgs/new_kind.html", context, status=status_of(form))


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """How a kind differs from the package, in words; empty where it does not."""

    lacking: list[str]
    extra: list[str]
    name: str
    exclusive: str


def _difference_row(found: ShippedDifference | None) -> DifferenceRow | None:
    if found is None:
        return None
    exclusive = ""
    if found.exclusive_with is not None:
        names = [kinds.name for code, kinds in post_kinds().items() if code in found.exclusive_with]
        exclusive = "、".join(names) or "—"
    return DifferenceRow(
        sorted(map(_worded, found.lacking)), sorted(map(_worded, found.extra)), found.name, exclusive
    )


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a kind's grants in words."""

    at: datetime
    kind: str
    by: str
    added: list[str]
    removed: list[str]
    is_first: bool


def _worded(pair: tuple[str, str]) -> str:
    act, scope = pair
    return f"{act_label(act)}（{dict(SCOPES)[scope]}）"


def _change_rows(changes: list[GrantChange]) -> list[ChangeRow]:
    kinds = {kind.id: kind.name for kind in post_kinds().values()}
    return [
        ChangeRow(
            change.at,
            kinds.get(change.kind_id, ""),
            change.by or _("系统"),
            sorted(map(_worded, change.added)),
            sorted(map(_worded, change.removed)),
            change.is_first,
        )
        for change in changes
    ]


@require_GET
@staff()
def grant_change_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """授权变更: what the security administrators changed, newest first, for the audit administrator."""
    _reader(actor)
    rows = _change_rows([change for change in grant_changes() if not change.is_first])
    return render(request, "orgs/grant_changes.html", {"changes": rows})
