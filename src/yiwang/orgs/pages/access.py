"""Access 准入: who may open the pages of `orgs`, and the round of a form through a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ...interface.public import show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid
from ..permissions import ASSIGN, EDIT

P = ParamSpec("P")
F = TypeVar("F", bound=Form)
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def administrators(view: View[P]) -> Page[P]:
    """Decorator: hand the actor to the page when he edits or assigns somewhere; services check the rest."""
    return staff(EDIT, ASSIGN)(view)


def carried_out(form: Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Whether a form was valid and its act done; what a service finds wrong is shown on the form.

    A refusal and a stale version are not the form's matter and pass on to the error page.
    """
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except (Invalid, Conflict) as error:
        if error.code == "stale_version":
            raise
        show_problems(form, error)
        return False
    return True


def one_of_several(kind: type[F], request: HttpRequest, what: str, **given: Any) -> F:
    """One of several forms on a page, bound when the field `what` names it; its ids are its own."""
    sent = request.POST if request.POST.get("what") == what else None
    return kind(sent, auto_id=f"id_{what}_%s", **given)


def status_of(*forms: Form) -> int:
    """422 for a page that shows a form again, else 200."""
    return 422 if any(form.is_bound and form.errors for form in forms) else 200
