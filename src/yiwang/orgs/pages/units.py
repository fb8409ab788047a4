"""Pages of units 机构页面: browse, create, rename, open posts; the duty roster."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, Order, expected_version, page_by_key, staff
from ...kernel.actor import Actor
from ..enums import UnitKind
from ..forms import DutyForm, NameForm, PostForm, SwapForm, UnitFilterForm, UnitForm
from ..models import DutyRoster, Unit
from ..permissions import ASSIGN, EDIT, may_govern_unit, sees_unit
from ..queries import area_index, duty_of_unit, posts_of_unit, unit_index
from ..rules.units import UnitNode
from ..services import create_unit, open_post, remove_duty, rename_unit, roster_duty, swap_duty
from .access import administrators, carried_out, one_of_several, status_of

_COLUMNS = (
    Column(gettext_lazy("代码")),
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("类别")),
    Column(gettext_lazy("所在区域")),
)
_BY_CODE = Order("code", "code")


def _rows(nodes: list[UnitNode]) -> list[dict[str, object]]:
    areas = area_index().by_id
    return [
        {
            "unit": node,
            "kind": UnitKind(node.kind).label,
            "area": areas.get(node.home_area_id) if node.home_area_id else None,
        }
        for node in nodes
    ]


@require_http_methods(["GET", "POST"])
@administrators
def unit_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """机构: the topmost units the actor governs, and a form for a new one."""
    now, index = timezone.now(), unit_index()
    form = UnitForm(request.POST or None)
    if request.method == "POST" and _create(form, actor, None):
        messages.success(request, _("机构已设立。"))
        return redirect("orgs:units")
    seen = [node for node in index.by_code.values() if sees_unit(actor, node.id, now)]
    shown = {node.id for node in seen}
    top = sorted((node for node in seen if node.parent_id not in shown), key=lambda node: node.code)
    context = {
        "rows": _rows(top),
        "columns": _COLUMNS,
        "form": form if actor.may_anywhere(EDIT) else None,
        "assigns": actor.may_anywhere(ASSIGN),
    }
    return render(request, "orgs/units.html", context, status=status_of(form))


def _create(form: UnitForm, actor: Actor, parent_id: UUID | None) -> bool:
    return carried_out(
        form,
        lambda given: create_unit(
            actor=actor,
            at=timezone.now(),
            code=given["code"],
            name=given["name"],
            kind=UnitKind(given["kind"]),
            parent_id=parent_id,
            home_area_id=given["area"],
        ),
    )


def _unit_for(actor: Actor, unit_id: UUID) -> UnitNode:
    node = unit_index().by_id.get(unit_id)
    if node is None or not sees_unit(actor, unit_id, timezone.now()):
        raise Http404
    return node


def _crumbs(node: UnitNode, *more: Crumb) -> list[Crumb]:
    line = [
        Crumb(above.name, reverse("orgs:unit", args=[above.id]))
        for above in reversed(unit_index().ancestors(node.id)[1:])
    ]
    own = Crumb(node.name, reverse("orgs:unit", args=[node.id]) if more else "")
    return [Crumb(_("机构"), reverse("orgs:units")), *line, own, *more]


@require_http_methods(["GET", "POST"])
@administrators
def unit_page(request: HttpRequest, actor: Actor, unit_id: UUID) -> HttpResponse:
    """One unit: its parts and posts; renaming, a new part, a new post."""
    node = _unit_for(actor, unit_id)
    now = timezone.now()
    rename = one_of_several(NameForm, request, "rename", initial={"name": node.name})
    part = one_of_several(UnitForm, request, "part")
    post = one_of_several(PostForm, request, "post")
    version = expected_version(request)
    if request.method == "POST" and (
        (part.is_bound and _create(part, actor, unit_id))
        or (post.is_bound and _open(post, actor, unit_id))
        or (rename.is_bound and _rename(rename, actor, unit_id, version))
    ):
        messages.success(request, _("已保存。"))
        return redirect("orgs:unit", unit_id)
    edits = may_govern_unit(actor, EDIT, unit_id, now)
    context = {
        "node": node,
        "kind": UnitKind(node.kind).label,
        "breadcrumbs": _crumbs(node),
        "columns": _COLUMNS,
        "rows": _rows(list(unit_index().children(unit_id))),
        "posts": posts_of_unit(unit_id),
        "version": Unit.objects.values_list("version", flat=True).get(id=unit_id),
        "rename": rename if edits else None,
        "part": part if edits else None,
        "post": post if edits else None,
    }
    return render(request, "orgs/unit.html", context, status=status_of(rename, part, post))


def _rename(form: NameForm, actor: Actor, unit_id: UUID, version: int | None) -> bool:
    return carried_out(
        form,
        lambda given: rename_unit(
            actor=actor, at=timezone.now(), unit_id=unit_id, name=given["name"], expected=version
        ),
    )


def _open(form: PostForm, actor: Actor, unit_id: UUID) -> bool:
    return carried_out(
        form,
        lambda given: open_post(
            actor=actor,
            at=timezone.now(),
            kind_code=given["kind"],
            unit_id=unit_id,
            area_id=given["area"],
            name=given["name"],
        ),
    )


@require_http_methods(["GET", "POST"])
@staff()
def roster_page(request: HttpRequest, actor: Actor, unit_id: UUID) -> HttpResponse:
    """值班表 of one unit for a week (`?week=2026-03-02`), and a form for one more shift.

    Open to its administrators, and to read to whoever acts in a post of the unit or of a part of it.
    """
    now = timezone.now()
    node = unit_index().by_id.get(unit_id)
    own = [above.id for above in unit_index().ancestors(actor.unit_id)] if actor.unit_id else []
    if node is None or not (unit_id in own or sees_unit(actor, unit_id, now)):
        raise Http404
    form = DutyForm(request.POST or None)
    monday = _monday(request.GET.get("week", ""), now)
    if request.method == "POST" and carried_out(
        form,
        lambda given: roster_duty(
            actor=actor,
            at=now,
            unit_id=unit_id,
            post_kind=given["post_kind"],
            account_id=given["account"].id,
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
        ),
    ):
        messages.success(request, _("排班已保存。"))
        return redirect(
            f"{reverse('orgs:roster', args=[unit_id])}?week={form.cleaned_data['starts_at']:%Y-%m-%d}"
        )
    assigns = may_govern_unit(actor, ASSIGN, unit_id, now)
    context = {
        "node": node,
        "breadcrumbs": _crumbs(node, Crumb(_("值班表"))) if sees_unit(actor, unit_id, now) else [],
        "days": _week(unit_id, monday),
        "monday": monday,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "is_this_week": monday <= timezone.localdate(now) < monday + timedelta(days=7),
        "today": timezone.localdate(now),
        "form": form if assigns else None,
        "now": now,
    }
    return render(request, "orgs/roster.html", context, status=status_of(form))


def _monday(text: str, now: datetime) -> date:
    """The Monday of the week that the address names, of this week when it names none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = timezone.localdate(now)
    return day - timedelta(days=day.weekday())


def _week(unit_id: UUID, monday: date) -> list[tuple[date, list[DutyRoster]]]:
    """The seven days of a week, each with the shifts that touch it."""
    zone = timezone.get_default_timezone()
    starts = [datetime.combine(monday + timedelta(days=n), time.min, tzinfo=zone) for n in range(8)]
    shifts = duty_of_unit(unit_id, starts[0], starts[7])
    return [
        (start.date(), [shift for shift in shifts if shift.starts_at < end and shift.ends_at > start])
        for start, end in pairwise(starts)
    ]


@require_http_methods(["GET", "POST"])
@administrators
def swap_shift(request: HttpRequest, actor: Actor, duty_id: UUID) -> HttpResponse:
    """换班: somebody else takes the shift, or what is left of it."""
    duty = DutyRoster.objects.filter(id=duty_id).select_related("account", "post_kind").first()
    if duty is None:
        raise Http404
    node = _unit_for(actor, duty.unit_id)
    form = SwapForm(request.POST or None)
    if request.method == "POST" and carried_out(
        form,
        lambda given: swap_duty(
            actor=actor, at=timezone.now(), duty_id=duty_id, account_id=given["account"].id
        ),
    ):
        messages.success(request, _("已换班。"))
        return redirect(f"{reverse('orgs:roster', args=[node.id])}?week={timezone.localdate(duty.starts_at)}")
    context = {
        "duty": duty,
        "form": form,
        "back": f"{reverse('orgs:roster', args=[node.id])}?week={timezone.localdate(duty.starts_at)}",
        "breadcrumbs": _crumbs(
            node, Crumb(_("值班表"), reverse("orgs:roster", args=[node.id])), Crumb(_("换班"))
        ),
    }
    return render(request, "orgs/swap.html", context, status=status_of(form))


@require_POST
@administrators
def remove_shift(request: HttpRequest, actor: Actor, duty_id: UUID) -> HttpResponse:
    """撤销排班."""
    duty = DutyRoster.objects.filter(id=duty_id).first()
    remove_duty(actor=actor, at=timezone.now(), duty_id=duty_id)
    messages.success(request, _("排班已撤销。"))
    if duty is None:
        return redirect("orgs:rosters")
    return redirect(
        f"{reverse('orgs:roster', args=[duty.unit_id])}?week={timezone.localdate(duty.starts_at)}"
    )


@require_GET
@administrators
def roster_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """值班表: the units whose roster the actor keeps, by code; a city has more than a thousand."""
    now, index = timezone.now(), unit_index()
    form = UnitFilterForm(request.GET or None)
    name = form.cleaned_data["name"].strip() if form.is_valid() else ""
    kept = [key for key in index.by_id if may_govern_unit(actor, ASSIGN, key, now)]
    units = Unit.objects.filter(id__in=kept, name__contains=name)
    page = page_by_key(units, _BY_CODE, cursor=request.GET.get("cursor", ""))
    rows = _rows([index.by_id[unit.id] for unit in page.rows])
    return render(
        request, "orgs/rosters.html", {"form": form, "page": page, "rows": rows, "columns": _COLUMNS}
    )
