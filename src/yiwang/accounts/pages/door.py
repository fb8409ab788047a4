"""Pages at the door 登录页面: login and logout, and the records of both 登录记录."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ...interface.public import Column, Order, actor_of, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ..addresses import address_of
from ..forms import AccessFilterForm, LoginForm, PurposeForm
from ..models import AccessRecord
from ..permissions import AUDIT
from ..queries import access_records, address_in_clear
from ..rules import normal_username, shown_address
from ..services import record_lock_out, record_login, record_logout, reveal_address
from .single_sign_on import left_page, sign_on_label, was_signed_on

_NEWEST = Order("newest", "at", descending=True)
_COLUMNS = (
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("账号")),
    Column(gettext_lazy("事项")),
    Column(gettext_lazy("来源")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_OWN_COLUMNS = (Column(gettext_lazy("时间")), Column(gettext_lazy("事项")), Column(gettext_lazy("来源")))


@dataclass(frozen=True, slots=True)
class AccessView:
    """An access record as a list shows it: with its address masked, or whole for its owner."""

    record: AccessRecord
    address: str


class Login(LoginView):
    """The login page 登录页; success and lock-out are journaled in the stream of the account."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True
    _was_open = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides the form, the name of the single sign-on when there is one."""
        return {**super().get_context_data(**kwargs), "sign_on": sign_on_label()}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Note first whether the name may be tried at all, so that a lock is journaled once."""
        name = normal_username(request.POST.get("username", ""))
        self._was_open = AxesProxyHandler.is_allowed(request, {"username": name})
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in and say so in the journal, both or neither."""
        with transaction.atomic():
            account_id = form.get_user().pk
            record_login(at=timezone.now(), account_id=account_id, address=address_of(self.request))
            return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Journal the failure that locks the account out."""
        if self._was_open and getattr(self.request, "axes_locked_out", False):
            name = normal_username(self.request.POST.get("username", ""))
            record_lock_out(at=timezone.now(), username=name, address=address_of(self.request))
        return super().form_invalid(form)


class Logout(LogoutView):
    """Leaving 退出登录, journaled."""

    next_page = "accounts:login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Journal, then end the session; who came by single sign-on may leave there too."""
        signed_on = was_signed_on(request)
        if request.user.is_authenticated:
            record_logout(at=timezone.now(), account_id=request.user.pk, address=address_of(request))
        answer = super().post(request, *args, **kwargs)
        return (left_page(request) if signed_on else None) or answer


login = never_cache(Login.as_view())
logout = never_cache(Logout.as_view())


@never_cache
@login_required
@require_GET
def own_access(request: HttpRequest) -> HttpResponse:
    """我的登录记录: one's own, addresses whole, so that a stranger's login is noticed."""
    rows = access_records(account_id=request.user.pk)
    page = page_by_key(rows, _NEWEST, cursor=request.GET.get("cursor"))
    shown = [AccessView(record, address_in_clear(record)) for record in page.rows]
    return render(request, "accounts/own_access.html", {"page": page, "rows": shown, "columns": _OWN_COLUMNS})


def _auditor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor is None or not actor.scope(AUDIT).everywhere:
        raise Refused("您没有查看登录记录的权限。", act=AUDIT)
    return actor


@never_cache
@login_required
@require_GET
def access_list(request: HttpRequest) -> HttpResponse:
    """登录记录 of all accounts, for the audit administrator; addresses masked."""
    _auditor(request)
    form = AccessFilterForm(request.GET or None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = access_records(
        username=normal_username(wanted.get("username", "")),
        kind=wanted.get("kind", ""),
        on=wanted.get("on"),
    )
    page = page_by_key(rows, _NEWEST, cursor=request.GET.get("cursor"))
    context = {
        "form": form,
        "page": page,
        "rows": [AccessView(record, shown_address(address_in_clear(record))) for record in page.rows],
        "columns": _COLUMNS,
        "purpose": PurposeForm(auto_id=False),
    }
    return render(request, "accounts/access.html", context)


@never_cache
@login_required
@require_POST
def show_address(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """查看来源地址: whole, once, for a purpose that the journal keeps."""
    actor = _auditor(request)
    form = PurposeForm(request.POST)
    purpose = form.cleaned_data["purpose"] if form.is_valid() else ""
    address = reveal_address(actor=actor, at=timezone.now(), record_id=record_id, purpose=purpose)
    record = access_records().get(id=record_id)
    context = {"record": record, "address": address, "note": _("本次查看已存证。")}
    return render(request, "accounts/address.html", context)
