"""Pages of accounts 账号页面: passwords, one's own tokens, administration."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Order, actor_of, expected_version, page_by_key, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import Refused, YiwangError
from ..forms import AccountForm, PasswordForm, ResetForm, SearchForm, TokenForm
from ..models import Account
from ..permissions import MANAGE
from ..queries import accounts_matching, is_locked, tokens_of
from ..services import (
    activate_account,
    change_password,
    create_account,
    deactivate_account,
    issue_token,
    reset_lock,
    reset_password,
    revoke_token,
)

_ACCOUNT_COLUMNS = (
    Column(gettext_lazy("用户名")),
    Column(gettext_lazy("姓名")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("最近登录")),
)
_TOKEN_COLUMNS = (
    Column(gettext_lazy("用途")),
    Column(gettext_lazy("令牌")),
    Column(gettext_lazy("权限")),
    Column(gettext_lazy("失效时间")),
    Column(gettext_lazy("最近使用")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_BY_USERNAME = Order("username", "username")


def _actor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor is None:
        raise Refused("请先登录。")
    return actor


def _manager(request: HttpRequest) -> Actor:
    actor = _actor(request)
    if not actor.may_anywhere(MANAGE):
        raise Refused("您没有管理账号的权限。", act=MANAGE)
    return actor


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "POST"])
def change_own_password(request: HttpRequest) -> HttpResponse:
    """修改口令; the only page open to somebody who still has a first password."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = _actor(request)
        try:
            account = change_password(
                actor=actor,
                at=timezone.now(),
                account_id=_own_id(actor),
                old=form.cleaned_data["old_password"],
                new=form.cleaned_data["new_password"],
            )
        except YiwangError as error:
            show_problems(form, error)
        else:
            update_session_auth_hash(request, account)
            messages.success(request, _("口令已修改，其他设备上的登录已失效。"))
            return redirect("/")
    forced = getattr(request.user, "must_change_password", False)
    return render(request, "accounts/password.html", {"form": form, "forced": forced}, status=_status(form))


def _own_id(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise Refused("请先登录。")
    return actor.account_id


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def own_tokens(request: HttpRequest) -> HttpResponse:
    """我的令牌: list and issue; the text of a new token is on the answer and nowhere else."""
    actor = _actor(request)
    form = TokenForm(request.POST or None)
    issued = None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            issued = issue_token(
                actor=actor,
                at=now,
                account_id=_own_id(actor),
                name=form.cleaned_data["name"],
                acts=form.scopes(),
                expires_at=now + form.lifetime(),
            )
        except YiwangError as error:
            show_problems(form, error)
        else:
            form = TokenForm()
    context = {
        "form": form,
        "issued": issued,
        "columns": _TOKEN_COLUMNS,
        "tokens": list(tokens_of(_own_id(actor))[:100]),
        "now": timezone.now(),
    }
    return render(request, "accounts/tokens.html", context, status=_status(form))


@login_required
@require_POST
def revoke_own_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """撤销令牌."""
    revoke_token(actor=_actor(request), at=timezone.now(), token_id=token_id)
    messages.success(request, _("令牌已撤销。"))
    return redirect("accounts:tokens")


@login_required
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """账号管理: accounts by username, paged by key."""
    _manager(request)
    form = SearchForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    page = page_by_key(accounts_matching(text), _BY_USERNAME, cursor=request.GET.get("cursor"))
    context = {"page": page, "columns": _ACCOUNT_COLUMNS, "form": form}
    return render(request, "accounts/accounts.html", context)


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """新建账号."""
    actor = _manager(request)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = create_account(actor=actor, at=timezone.now(), **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("账号已创建，请再为其安排岗位。"))
            return redirect("accounts:account", account.id)
    return render(request, "accounts/new_account.html", {"form": form}, status=_status(form))


@login_required
@require_GET
def account_page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """账号详情."""
    _manager(request)
    account = get_object_or_404(Account, id=account_id)
    return _account_answer(request, account, ResetForm())


def _account_answer(request: HttpRequest, account: Account, form: ResetForm) -> HttpResponse:
    context = {
        "account": account,
        "locked": is_locked(account.username, timezone.now()),
        "form": form,
        "tokens": list(tokens_of(account.id)[:50]),
        "now": timezone.now(),
    }
    return render(request, "accounts/account.html", context, status=_status(form))


@login_required
@sensitive_post_parameters()
@require_POST
def act_on_account(request: HttpRequest, account_id: UUID, what: str) -> HttpResponse:
    """停用、启用、解除锁定、重置口令."""
    actor, now = _manager(request), timezone.now()
    if what == "deactivate":
        version = expected_version(request)
        deactivate_account(actor=actor, at=now, account_id=account_id, expected=version)
        messages.success(request, _("账号已停用。"))
    elif what == "activate":
        activate_account(actor=actor, at=now, account_id=account_id, expected=expected_version(request))
        messages.success(request, _("账号已启用。"))
    elif what == "unlock":
        reset_lock(actor=actor, at=now, account_id=account_id)
        messages.success(request, _("锁定已解除。"))
    else:
        return _reset(request, actor, account_id)
    return redirect("accounts:account", account_id)


def _reset(request: HttpRequest, actor: Actor, account_id: UUID) -> HttpResponse:
    form = ResetForm(request.POST)
    if form.is_valid():
        try:
            reset_password(
                actor=actor,
                at=timezone.now(),
                account_id=account_id,
                password=form.cleaned_data["password"],
            )
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("口令已重置，请当面告知本人。"))
            return redirect("accounts:account", account_id)
    return _account_answer(request, get_object_or_404(Account, id=account_id), form)
