"""Middleware of `orgs` 岗位中间件: the login becomes an actor with its grants, once asked for."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from ..kernel.actor import Actor
from .grants import resolve_actor
from .queries import post_label

GetResponse = Callable[[HttpRequest], HttpResponseBase]
#: Session key of the post somebody chose to act in, when he holds several.
CHOSEN_POST = "chosen_post"


class ActorOfRequest:
    """Puts `request.actor` and `request.post_label`; both cost nothing until a page asks.

    A request costs at most two queries for it: the session and the account.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Attach the lazy actor and pass the request on; without a login the actor is None."""
        if SESSION_KEY in request.session:
            request.actor = SimpleLazyObject(lambda: _actor_of_login(request))  # type: ignore[attr-defined]
            request.post_label = SimpleLazyObject(lambda: _label(request))  # type: ignore[attr-defined]
        else:
            request.actor = None  # type: ignore[attr-defined]
            request.post_label = ""  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor_of_login(request: HttpRequest) -> Actor | None:
    if not request.user.is_authenticated:
        return None
    chosen = request.session.get(CHOSEN_POST)
    return resolve_actor(request.user.pk, timezone.now(), post_id=UUID(chosen) if chosen else None)


def _label(request: HttpRequest) -> str:
    actor = request.actor  # type: ignore[attr-defined]
    return post_label(actor.post_id) if isinstance(actor, Actor) else ""
