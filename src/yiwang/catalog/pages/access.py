"""Access 准入: the catalog is open to all staff, changing it only to whoever may edit it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase

from ...interface.public import staff
from ...kernel.actor import Actor
from ..permissions import demand_edit

P = ParamSpec("P")


def editor(view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]) -> Any:
    """Decorator: like `staff`, and refuses whoever may not edit the catalog."""

    @wraps(view)
    def checked(request: HttpRequest, actor: Actor, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        demand_edit(actor)
        return view(request, actor, *args, **kwargs)

    return staff()(checked)
