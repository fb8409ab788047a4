"""Pages of single sign-on 统一身份认证: to the provider and back, out again, and the link of an account."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ...interface.public import Column, Order, actor_of, page_by_key, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import Refused, YiwangError
from ..addresses import address_of, own_address
from ..forms import IdentityForm, SearchForm
from ..models import Account
from ..oidc import LIFETIME, Pending, Provider, SignOnFailed, SignOnSettings, known_provider, pending_from
from ..permissions import LINK
from ..queries import accounts_matching
from ..services import account_of_identity, is_over_limit, link_identity, record_sign_on

_COLUMNS = (
    Column(gettext_lazy("用户名")),
    Column(gettext_lazy("姓名")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("统一身份标识")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_BY_USERNAME = Order("username", "username")
_BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Session keys: logins on their way by state, and that the login was a single sign-on.
_PENDING, _SIGNED_ON = "sign_on_pending", "signed_on"
#: Logins that one visitor may have on their way, such as in several windows.
_MOST_PENDING = 5
#: Logins that one address may begin within `LIFETIME`.
MOST_BEGUN = 600
_LOG = logging.getLogger(__name__)


def sign_on_label() -> str:
    """What the button on the login page says; empty without single sign-on."""
    return SignOnSettings(**settings.SINGLE_SIGN_ON).label if settings.SINGLE_SIGN_ON else ""


def was_signed_on(request: HttpRequest) -> bool:
    """Whether this login came by the identity provider."""
    return bool(request.session.get(_SIGNED_ON))


@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """统一身份登录: off to the provider, with state, nonce and the hash of a secret."""
    known = _provider()
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if _is_flooding(request):
        return render(request, "accounts/sign_on_failed.html", {"reason": "busy"}, status=429)
    pending = Pending.begin(at=timezone.now(), next_path=_safe_next(request))
    try:
        address = known.login_address(pending, return_address=_address(request, "accounts:sign_on_return"))
    except SignOnFailed as failure:
        return _failed(request, failure)
    kept = list(request.session.get(_PENDING, []))[-(_MOST_PENDING - 1) :]
    request.session[_PENDING] = [*kept, pending.as_plain()]
    request.session.set_expiry(LIFETIME)
    return redirect(address)


@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Back from the provider: the code becomes an identity, the identity an account, or a refusal."""
    known, now = _provider(), timezone.now()
    try:
        pending = pending_from(_taken(request), state=request.GET.get("state", ""), at=now)
        identity = known.identity(
            _code(request, known), pending, at=now,
            return_address=_address(request, "accounts:sign_on_return"),
        )  # fmt: skip
    except SignOnFailed as failure:
        return _failed(request, failure)
    account = account_of_identity(identity)
    if account is None or not account.is_active:
        _LOG.warning("single sign-on of a person without an active account was refused")
        context = {"identity": identity, "reason": "inactive" if account else "unknown"}
        return render(request, "accounts/sign_on_failed.html", context, status=403)
    with transaction.atomic():
        record_sign_on(at=now, account_id=account.id, address=address_of(request))
        login(request, account, backend=_BACKEND)
        request.session.pop(_PENDING, None)
        request.session[_SIGNED_ON] = True
        request.session.set_expiry(None)
    return redirect(pending.next or settings.LOGIN_REDIRECT_URL)


def left_page(request: HttpRequest) -> HttpResponse | None:
    """The page that leads to the provider's logout; None when it offers none.

    A page and no redirect: the policy of the page with the logout form lets a form lead to ourselves only.
    """
    known = known_provider()
    address = known.logout_address(return_address=_address(request, "accounts:login")) if known else ""
    if not address:
        return None
    return render(request, "accounts/signed_out.html", {"address": address, "sign_on": sign_on_label()})


def _linker(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if actor is None or not actor.may_anywhere(LINK):
        raise Refused("您没有关联统一身份的权限。", act=LINK)
    return actor


@login_required
@require_GET
def identity_list(request: HttpRequest) -> HttpResponse:
    """统一身份: accounts by username with what the identity provider calls each, for the security officer."""
    _linker(request)
    form = SearchForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    page = page_by_key(accounts_matching(text), _BY_USERNAME, cursor=request.GET.get("cursor"))
    context = {"page": page, "columns": _COLUMNS, "form": form, "sign_on": sign_on_label()}
    return render(request, "accounts/identities.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def identity_page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """统一身份标识 of an account: link, change, end."""
    actor = _linker(request)
    account = get_object_or_404(Account, id=account_id)
    form = IdentityForm(request.POST or None, initial={"identity": account.identity or ""})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["identity"]
        try:
            link_identity(actor=actor, at=timezone.now(), account_id=account_id, identity=given)
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("统一身份已关联。") if given else _("统一身份关联已解除。"))
            return redirect("accounts:identities")
    context = {"account": account, "form": form, "sign_on": sign_on_label()}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/identity.html", context, status=status)


def _provider() -> Provider:
    known = known_provider()
    if known is None:
        raise Http404
    return known


def _taken(request: HttpRequest) -> object:
    """The login under the answer's state, taken out of the session: an answer counts once."""
    state = request.GET.get("state", "")
    kept = list(request.session.get(_PENDING, []))
    found = next((one for one in kept if one["state"] == state), None)
    if found is not None:
        request.session[_PENDING] = [one for one in kept if one is not found]
        request.session.save()
    return found


def _code(request: HttpRequest, known: Provider) -> str:
    """The code of the answer.

    Raises:
        SignOnFailed: the provider says no (`denied`), or the answer is another provider's (`issuer`).
    """
    if request.GET.get("error"):
        raise SignOnFailed("denied", request.GET["error"][:40])
    if request.GET.get("iss", known.settings.issuer) != known.settings.issuer:
        raise SignOnFailed("issuer")
    code = request.GET.get("code", "")
    if not code or len(code) > 4_000:
        raise SignOnFailed("code")
    return code


def _failed(request: HttpRequest, failure: SignOnFailed) -> HttpResponse:
    """The page that says what to do; why it failed stands in the log."""
    _LOG.warning("single sign-on failed: %s", failure)
    reason = failure.code if failure.code in {"provider", "denied", "state", "late"} else "unbelieved"
    status = 502 if failure.code == "provider" else 403
    return render(request, "accounts/sign_on_failed.html", {"reason": reason}, status=status)


def _is_flooding(request: HttpRequest) -> bool:
    """Whether one address begins more logins than an office full of people does; each keeps a session."""
    return is_over_limit(
        what="sign_on", address=address_of(request), most=MOST_BEGUN, window=LIFETIME, at=timezone.now()
    )


def _safe_next(request: HttpRequest) -> str:
    """Where to go after the login: a path of ours, or nothing."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted if safe and len(wanted) <= 500 else ""


def _address(request: HttpRequest, name: str) -> str:
    return own_address(request, reverse(name))
