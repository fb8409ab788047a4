"""Access 准入: the catalog is open to all staff, changing it only to whoever may edit it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from ...interface.public import actor_of
from ...kernel.actor import Actor
from ..permissions import demand_edit

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def staff(view: _View[P]) -> Any:
    """Decorator: hand the actor to the page; whoever is not logged in goes to the login page."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor = actor_of(request)
        if actor is None:
            return redirect_to_login(request.get_full_path())
        return view(request, actor, *args, **kwargs)

    return checked


def editor(view: _View[P]) -> Any:
    """Decorator: like `staff`, and refuses whoever may not edit the catalog."""

    @wraps(view)
    def checked(request: HttpRequest, actor: Actor, *args: Any, **kwargs: Any) -> HttpResponseBase:
        demand_edit(actor)
        return view(request, actor, *args, **kwargs)

    return staff(checked)
