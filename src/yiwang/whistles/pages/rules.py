"""Pages of the rules 哨种与事项清单: kinds, matters, thresholds, stages, the scale, outside units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases.public import local_day
from ...interface.public import Crumb, expected_version, show_problems, spoken_limit, staff
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, StaleVersion, YiwangError
from ...orgs.public import act_label
from .. import public as whistles
from ..enums import KindPack
from ..forms.rules import FrequencyForm, KindForm, MatterForm, OptionForm, OutsideForm, StageForm
from ..models import WhistleKind
from ..queries.rulebook import rulebook
from ..services.configuring import LIMITS
from ..states import CONFIGURE, JUDGE

_EITHER = ["GET", "HEAD", "POST"]


@require_GET
@staff(CONFIGURE)
def kinds(request: HttpRequest, actor: Actor) -> HttpResponse:
    """哨种: who may blow what, who approves, by when; switched on and off here."""
    today = local_day(timezone.now())
    views: list[dict[str, Any]] = [
        {
            "row": row,
            "limits": [_limit(row, name) for name in LIMITS],
            "blow": act_label(row.blow_act),
            "approve": act_label(row.approve_act),
            "next": _next_of(row),
        }
        for row in rulebook().kinds_on(today).values()
    ]
    packs = [
        (pack, label, [view for view in views if view["row"].pack == pack])
        for pack, label in KindPack.choices
    ]
    return render(request, "whistles/rules/kinds.html", {"packs": packs, "is_empty": not views})


def _next_of(row: WhistleKind) -> WhistleKind | None:
    """The row that takes the place of this one on a later day."""
    later = [one for one in rulebook().kinds if one.code == row.code and one.valid_from > row.valid_from]
    return min(later, key=lambda one: one.valid_from, default=None)


def _limit(row: WhistleKind, name: str) -> str:
    amount = getattr(row, f"{name}_amount")
    return "—" if amount is None else spoken_limit(amount, getattr(row, f"{name}_unit"))


@require_http_methods(_EITHER)
@staff(CONFIGURE)
def kind(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定哨种: a new one, or one that starts from another (`?from=`)."""
    at, source = timezone.now(), _source(request)
    initial = KindForm.initial_of(source) if source else {}
    form = KindForm(request.POST or None, initial=initial, today=local_day(at))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            pack = source.pack if source else KindPack.OPTIONAL.value
            done = _tried(form, whistles.set_kind, actor=actor, at=at, terms=form.terms(pack), expected=None)
            if done:
                messages.success(request, _("哨种已设定。"))
                return redirect("whistles:kinds")
    crumbs = [Crumb(_("哨种与事项清单"), reverse("whistles:kinds")), Crumb(_("设定哨种"))]
    return render(
        request, "whistles/rules/form.html",
        {"form": form, "heading": _("设定哨种"), "back": reverse("whistles:kinds"), "breadcrumbs": crumbs},
        status=status,
    )  # fmt: skip


def _source(request: HttpRequest) -> WhistleKind | None:
    try:
        key = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    return WhistleKind.objects.filter(pk=key).first()


def _tried(form: Form, service: Callable[..., Any], **given: Any) -> bool:
    """Call a service; False puts its refusal on the form."""
    try:
        service(**given)
    except StaleVersion:
        raise
    except YiwangError as problem:
        show_problems(form, problem)
        return False
    return True


@require_POST
@staff(CONFIGURE)
def switch(request: HttpRequest, actor: Actor, kind_id: UUID) -> HttpResponse:
    """启用 or 停用 a kind."""
    on = request.POST.get("on") == "1"
    row = whistles.switch_kind(
        actor=actor, at=timezone.now(), kind_id=kind_id, on=on, expected=expected_version(request)
    )
    messages.success(request, (_("已启用“%s”。") if on else _("已停用“%s”。")) % row.name)
    return redirect("whistles:kinds")


@require_POST
@staff(CONFIGURE)
def pack_switch(request: HttpRequest, actor: Actor, pack: str) -> HttpResponse:
    """启用 or 停用 every kind of a pack."""
    on = request.POST.get("on") == "1"
    count = whistles.switch_pack(actor=actor, at=timezone.now(), pack=pack, on=on)
    messages.success(request, (_("已启用 %s 个哨种。") if on else _("已停用 %s 个哨种。")) % count)
    return redirect("whistles:kinds")


@require_POST
@staff(CONFIGURE)
def load(request: HttpRequest, actor: Actor) -> HttpResponse:
    """载入默认哨种: what is missing of the package's."""
    added = whistles.load_whistle_rules(actor=actor, at=timezone.now())
    messages.success(request, _("已载入 %s 条。") % added)
    return redirect("whistles:kinds")


@require_http_methods(_EITHER)
@staff(CONFIGURE)
def matters(request: HttpRequest, actor: Actor) -> HttpResponse:
    """吹哨事项清单: what may be whistled, since when; a new matter."""
    at = timezone.now()
    today = local_day(at)
    form = MatterForm(request.POST or None, today=today)
    sent = request.method == "POST" and form.is_valid()
    if sent and _tried(form, whistles.add_matter, actor=actor, at=at, terms=form.terms()):
        messages.success(request, _("已列入清单。"))
        return redirect("whistles:matters")
    names = {row.code: row.name for row in rulebook().kinds}
    rows = [
        (row, names.get(row.kind_code, ""), row.valid_to is None or row.valid_to > today)
        for row in sorted(rulebook().matters, key=lambda m: (m.field, m.kind_code, m.order, m.name))
    ]
    crumbs = [Crumb(_("哨种与事项清单"), reverse("whistles:kinds")), Crumb(_("吹哨事项清单"))]
    context = {"form": form, "rows": rows, "today": today, "breadcrumbs": crumbs}
    return render(request, "whistles/rules/matters.html", context, status=422 if form.errors else 200)


@require_POST
@staff(CONFIGURE)
def matter_end(request: HttpRequest, actor: Actor, matter_id: UUID) -> HttpResponse:
    """移出清单 from today on."""
    at = timezone.now()
    try:
        whistles.end_matter(
            actor=actor,
            at=at,
            matter_id=matter_id,
            valid_to=local_day(at),
            expected=expected_version(request),
        )
    except StaleVersion:
        raise
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已移出清单。"))
    return redirect("whistles:matters")


#: Forms of the page of scales: the form, the service, the name of its button.
_SCALES: dict[str, tuple[type[Form], Callable[..., Any]]] = {
    "frequency": (FrequencyForm, whistles.set_frequency),
    "stage": (StageForm, whistles.save_stage),
    "option": (OptionForm, whistles.save_option),
}


@require_http_methods(_EITHER)
@staff(CONFIGURE)
def scales(request: HttpRequest, actor: Actor) -> HttpResponse:
    """阈值、阶段与评分: thresholds of the whistling rate, stages of the work, options of the scale."""
    at = timezone.now()
    today, sent = local_day(at), request.POST.get("form", "")
    if request.method == "POST" and sent not in _SCALES:
        raise NotFound("没有这个表单。")
    forms = {name: _scale_form(name, request if name == sent else None, today) for name in _SCALES}
    if sent and forms[sent].is_valid():
        given = forms[sent].cleaned_data
        if _tried(forms[sent], _SCALES[sent][1], actor=actor, at=at, **given):
            messages.success(request, _("已保存。"))
            return redirect("whistles:scales")
    book = rulebook()
    context = {
        "forms": forms, "frequency": book.frequency_on(today), "stages": book.stages, "options": book.options,
        "breadcrumbs": [
            Crumb(_("哨种与事项清单"), reverse("whistles:kinds")), Crumb(_("阈值、阶段与评分")),
        ],
    }  # fmt: skip
    return render(request, "whistles/rules/scales.html", context, status=422 if sent else 200)


def _scale_form(name: str, request: HttpRequest | None, today: Any) -> Form:
    kwargs: dict[str, Any] = {"today": today} if name == "frequency" else {}
    return _SCALES[name][0](request.POST if request else None, auto_id=f"{name}_%s", **kwargs)


@require_http_methods(_EITHER)
@staff(CONFIGURE, JUDGE)
def outside_units(request: HttpRequest, actor: Actor) -> HttpResponse:
    """外部单位: who is reached by a link."""
    form = OutsideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        if _tried(form, whistles.add_outside_unit, actor=actor, at=at, **form.cleaned_data):
            messages.success(request, _("已新增外部单位。"))
            return redirect("whistles:outside_units")
    context = {
        "form": form, "rows": rulebook().outside, "may_end": actor.scope(CONFIGURE).everywhere,
        "breadcrumbs": [Crumb(_("吹哨报到"), reverse("whistles:list")), Crumb(_("外部单位"))],
    }  # fmt: skip
    return render(request, "whistles/rules/outside.html", context, status=422 if form.errors else 200)


@require_POST
@staff(CONFIGURE)
def outside_end(request: HttpRequest, actor: Actor, outside_id: UUID) -> HttpResponse:
    """停用 an outside unit."""
    try:
        whistles.end_outside_unit(
            actor=actor, at=timezone.now(), outside_id=outside_id, expected=expected_version(request)
        )
    except StaleVersion:
        raise
    except YiwangError as problem:
        messages.error(request, problem.message)
    return redirect("whistles:outside_units")
