"""Access 准入: pages for whoever holds the named act; the services check again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from ...interface.public import actor_of
from ...kernel.actor import Actor
from ...kernel.errors import Refused

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def holding(act: str) -> Callable[[_View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Decorator: hand the actor to the page; others go to the login page or are refused."""

    def wrap(view: _View[P]) -> Any:
        @wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            if not actor.may_anywhere(act):
                raise Refused("您的岗位没有打开此页面的权限。", code="places.refused", act=act)
            return view(request, actor, *args, **kwargs)

        return checked

    return wrap
