"""Access 准入: pages for whoever is logged in and holds an act somewhere; the services check each thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ..kernel.actor import Actor
from ..kernel.errors import Refused
from .requests import actor_of, is_fragment

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]
_Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def staff(*acts: str) -> Callable[[_View[P]], _Page[P]]:
    """Decorator: hand the actor to the page; whoever is not logged in goes to the login page.

    Args:
        acts: the actor must hold one of these somewhere; none means that being logged in is enough.

    Raises:
        Refused: without any of the acts.
    """

    def wrap(view: _View[P]) -> Any:
        @wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if actor is None:
                return _to_login(request)
            if acts and not any(actor.may_anywhere(act) for act in acts):
                raise Refused("您的岗位没有打开此页面的权限。", act=acts[0])
            return view(request, actor, *args, **kwargs)

        return checked

    return wrap


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """The login page; a fragment makes its page load again, which then goes there."""
    if not is_fragment(request):
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=401)
    answer["HX-Refresh"] = "true"
    return answer
