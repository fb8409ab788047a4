"""Access 准入: pages for whoever holds one of the named acts; the services check again."""

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


def holding(*acts: str) -> Callable[[_View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Decorator: hand the actor to the page; whoever holds none of the acts logs in or is refused."""

    def wrap(view: _View[P]) -> Any:
        @wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            if not any(actor.may_anywhere(act) for act in acts):
                raise Refused("您的岗位没有打开此页面的权限。", code="intake.refused", act=acts[0])
            return view(request, actor, *args, **kwargs)

        return checked

    return wrap
