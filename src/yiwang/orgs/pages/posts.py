"""Pages of posts 岗位页面: who holds one, giving, ending, deputising, handing over; one's own posts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Crumb, staff
from ...kernel.actor import Actor
from ..forms import AssignForm, DeputyForm, HandOverForm
from ..grants import held_posts
from ..middleware import CHOSEN_POST
from ..models import Holding, Post
from ..permissions import ASSIGN, EDIT, may_govern_post
from ..queries import (
    area_index,
    holdings_of_account,
    holdings_of_post,
    post_index,
    post_kinds,
    post_label,
    unit_index,
)
from ..services import assign_post, close_post, deputise, end_holding, hand_over
from .access import administrators, carried_out, one_of_several, status_of
from .granting import granted_subjects


def _post_for(actor: Actor, post_id: UUID, at: datetime) -> Post:
    post = Post.objects.filter(id=post_id).select_related("kind").first()
    if post is None or not any(may_govern_post(actor, act, post, at) for act in (EDIT, ASSIGN)):
        raise Http404
    return post


@require_http_methods(["GET", "POST"])
@administrators
def post_page(request: HttpRequest, actor: Actor, post_id: UUID) -> HttpResponse:
    """One post: what it permits, who holds it, and giving it to somebody."""
    now = timezone.now()
    post = _post_for(actor, post_id, now)
    form = AssignForm(request.POST or None)
    if request.method == "POST" and carried_out(
        form,
        lambda given: assign_post(
            actor=actor,
            at=now,
            post_id=post_id,
            account_id=given["account"].id,
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
        ),
    ):
        messages.success(request, _("任职已保存。"))
        return redirect("orgs:post", post_id)
    assigns = may_govern_post(actor, ASSIGN, post, now)
    area = area_index().by_id.get(post_index()[post_id].area_id or post_id)
    unit = unit_index().by_id[post.unit_id]
    context = {
        "post": post,
        "label": post_label(post_id),
        "area": area,
        "code": post_index()[post_id].code,
        "subjects": granted_subjects(post_kinds()[post.kind.code].grants),
        "holdings": holdings_of_post(post_id, now) if assigns else [],
        "assigns": assigns,
        "closes": post.closed_at is None and may_govern_post(actor, EDIT, post, now),
        "form": form if assigns and post.closed_at is None else None,
        "breadcrumbs": [
            Crumb(_("机构"), reverse("orgs:units")),
            Crumb(unit.name, reverse("orgs:unit", args=[unit.id])),
            Crumb(post_label(post_id)),
        ],
    }
    return render(request, "orgs/post.html", context, status=status_of(form))


@require_POST
@administrators
def close(request: HttpRequest, actor: Actor, post_id: UUID) -> HttpResponse:
    """撤销岗位."""
    post = close_post(actor=actor, at=timezone.now(), post_id=post_id)
    messages.success(request, _("岗位已撤销。"))
    return redirect("orgs:unit", post.unit_id)


@require_http_methods(["GET", "POST"])
@staff()
def holding_page(request: HttpRequest, actor: Actor, holding_id: UUID) -> HttpResponse:
    """One holding: a deputy for a while (离岗代理), or a successor (移交).

    Open to the holder himself, who may name a deputy, and to whoever governs the post.
    """
    now = timezone.now()
    holding = Holding.objects.filter(id=holding_id).select_related("account", "post").first()
    if holding is None:
        raise Http404
    assigns = may_govern_post(actor, ASSIGN, holding.post, now)
    if not assigns and holding.account_id != actor.account_id:
        raise Http404
    deputy = one_of_several(DeputyForm, request, "deputise")
    successor = one_of_several(HandOverForm, request, "hand_over")
    if request.method == "POST" and (
        (deputy.is_bound and _deputise(deputy, actor, holding_id))
        or (successor.is_bound and _hand_over(successor, actor, holding_id))
    ):
        messages.success(request, _("已保存。"))
        return redirect("orgs:post", holding.post_id) if assigns else redirect("orgs:own_posts")
    context = {
        "holding": holding,
        "label": post_label(holding.post_id),
        "deputy": deputy,
        "successor": successor if assigns else None,
        "deputies": Holding.objects.filter(deputy_of=holding, ends_at__gt=now)
        .select_related("account")
        .order_by("starts_at"),
    }
    return render(request, "orgs/holding.html", context, status=status_of(deputy, successor))


def _deputise(form: DeputyForm, actor: Actor, holding_id: UUID) -> bool:
    return carried_out(
        form,
        lambda given: deputise(
            actor=actor,
            at=timezone.now(),
            holding_id=holding_id,
            account_id=given["account"].id,
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            reason=given["reason"],
        ),
    )


def _hand_over(form: HandOverForm, actor: Actor, holding_id: UUID) -> bool:
    return carried_out(
        form,
        lambda given: hand_over(
            actor=actor, at=timezone.now(), holding_id=holding_id, account_id=given["account"].id
        ),
    )


@require_POST
@staff()
def end(request: HttpRequest, actor: Actor, holding_id: UUID) -> HttpResponse:
    """终止任职; the holder may send his own deputy home."""
    holding = end_holding(actor=actor, at=timezone.now(), holding_id=holding_id)
    messages.success(request, _("任职已终止。"))
    post = post_index()[holding.post_id]
    if actor.may_anywhere(ASSIGN):
        return redirect("orgs:post", post.id)
    return redirect("orgs:own_posts")


@require_GET
@staff()
def own_posts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """我的岗位: the posts one holds, which one acts in, and deputies."""
    mine = holdings_of_account(actor.account_id, timezone.now()) if actor.account_id else []
    rows = [(holding, post_label(holding.post_id), holding.post_id == actor.post_id) for holding in mine]
    return render(request, "orgs/own_posts.html", {"rows": rows})


@require_POST
@staff()
def choose_post(request: HttpRequest, actor: Actor, post_id: UUID) -> HttpResponse:
    """切换岗位: act in another of one's own posts from now on."""
    if actor.account_id is None or post_id not in held_posts(actor.account_id, timezone.now()):
        raise Http404
    request.session[CHOSEN_POST] = str(post_id)
    messages.success(request, _("已切换岗位。"))
    return redirect("orgs:own_posts")
