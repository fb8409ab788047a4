"""Middleware of accounts 账号中间件: idle sessions end, and a first password must be changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from .addresses import address_of
from .models import Account
from .services import record_logout

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_SEEN = "seen_at"
#: A session's last use is noted this often, so that reading a page does not write.
_NOTE_EVERY = 300
_IDLE_SECONDS = 2 * 3600


class SessionLimits:
    """Ends a session nobody used for two hours (`SESSION_IDLE_SECONDS`), and holds back first passwords.

    Requests without a login in their session pass untouched and cost nothing.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, or redirect to the page that changes the password."""
        if SESSION_KEY in request.session:
            _end_when_idle(request)
            if _must_change_first(request):
                return redirect("accounts:change_password")
        return self.get_response(request)


def _end_when_idle(request: HttpRequest) -> None:
    now = int(time.time())
    seen = request.session.get(_SEEN)
    if seen is not None and now - seen > getattr(settings, "SESSION_IDLE_SECONDS", _IDLE_SECONDS):
        record_logout(
            at=timezone.now(), account_id=UUID(request.session[SESSION_KEY]), address=address_of(request),
            idle=True,
        )  # fmt: skip
        logout(request)
    elif seen is None or now - seen > _NOTE_EVERY:
        request.session[_SEEN] = now


def _must_change_first(request: HttpRequest) -> bool:
    user = request.user
    if not (isinstance(user, Account) and user.must_change_password and user.has_usable_password()):
        return False
    allowed = (
        reverse("accounts:change_password"),
        reverse("accounts:logout"),
        "/frame/",
        settings.STATIC_URL,
    )
    return not request.path.startswith(allowed)
