"""Frame views 框架视图: switches that belong to the page frame and to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

#: Cookie that keeps the large-type mode (适老化大字版); a year, readable by the server only.
LARGE_TYPE_COOKIE = "large_type"
_YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def switch_large_type(request: HttpRequest) -> HttpResponse:
    """大字版 on or off; keeps the choice in a cookie and returns to the page it came from."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    if request.COOKIES.get(LARGE_TYPE_COOKIE) == "1":
        response.delete_cookie(LARGE_TYPE_COOKIE)
    else:
        response.set_cookie(
            LARGE_TYPE_COOKIE,
            "1",
            max_age=_YEAR_SECONDS,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response
