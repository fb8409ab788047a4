"""Middleware 中间件: lost races are tried again, errors become problems, pages get their security headers.

Order in settings: `ContentSecurity` anywhere, `Acts` last of all, so that every other middleware has
looked at the request before the view is called, once or several times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

from ..kernel.outages import is_outage
from .failures import problem_answer
from .outages import note_recovery, outage_answer
from .problem import json_answer, problem_for_status, problem_of
from .requests import retrying, wants_json

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]


class Acts:
    """Runs the view; a deadlock or serialization failure runs it again, and known errors become answers.

    The request's body and files are read before the first attempt and wound back before each other one. A
    view marked `reads_body_itself` is left to itself: it answers a broken body and tries again on its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; a bare 405 of the API becomes a problem too."""
        answer = self.get_response(request)
        note_recovery()
        is_bare = answer.status_code == 405 and wants_json(request)
        return json_answer(problem_for_status(405), request) if is_bare else answer

    def process_view(
        self, request: HttpRequest, view: View, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Call the view in place of Django, so that it can be called again."""
        if request.method in {"GET", "HEAD", "OPTIONS"} or transaction.get_connection().in_atomic_block:
            return None
        if getattr(view, "reads_body_itself", False):
            return None

        @retrying
        def attempt() -> HttpResponseBase:
            for _field, uploads in request.FILES.lists():
                for upload in uploads:
                    upload.seek(0)
            return view(request, *args, **kwargs)

        try:
            return attempt()
        except Exception as error:
            answer = self.process_exception(request, error)
            if answer is None:
                raise
            return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A known error as a page, a fragment or problem+json; None leaves it to Django."""
        if is_outage(error):
            return outage_answer(request, error)
        found = problem_of(error, request)
        return None if found is None else problem_answer(request, found)


class Language:
    """Speaks Chinese until the reader switches; the browser's own preference is not asked.

    Stands in the place of Django's `LocaleMiddleware`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the language that the switch has put into a cookie."""
        wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            answer = self.get_response(request)
            answer.headers.setdefault("Content-Language", language)
        return answer


class ContentSecurity:
    """Sets the content security policy: own files only, no inline scripts, the live feed's port besides."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the headers unless the view has set its own policy."""
        answer = self.get_response(request)
        answer.headers.setdefault("Content-Security-Policy", policy(request))
        answer.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
        return answer


def policy(request: HttpRequest) -> str:
    """The policy of a page; `connect-src` names the origin of the live feed as the browser sees it."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "worker-src 'self' blob:",
            f"connect-src 'self' {live_origin(request)}".rstrip(),
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def live_origin(request: HttpRequest) -> str:
    """Origin of the live feed as the browser sees it: `YIWANG_LIVE_URL`, else host and `YIWANG_LIVE_PORT`."""
    named = getattr(settings, "YIWANG_LIVE_URL", "")
    if named:
        parts = urlsplit(named)
        return f"{parts.scheme}://{parts.netloc}"
    port = getattr(settings, "YIWANG_LIVE_PORT", None)
    host = urlsplit(f"//{request.get_host()}").hostname
    if not port or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{request.scheme}://{shown}:{port}"
