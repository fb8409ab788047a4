"""Panels 面板: parts of one page that several apps provide, each loading by itself.

An app registers a panel for a type of owner; the owner's page draws a place for each panel the actor may
see, and htmx fetches it. Each panel has its own address, its own permission, checked by its own view, and
its own query budget, checked in the tests and reported in production.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.functional import Promise

from ..kernel.actor import Actor

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger("yiwang.interface.panels")


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel 面板.

    Attributes:
        name: unique dotted name, `app.panel`.
        owner_type: type of the thing whose page it stands on, such as `cases.case`.
        label: heading, Chinese source text.
        url_name: name to reverse with the owner's key as the only argument.
        act: named act the actor must hold somewhere for the place to be drawn.
        queries: most queries the panel's view may run.
        order: position on the page, then by name.
        area: part of the page it stands in, such as `main` or `side`; `lead` stands above a case's reports.
    """

    name: str
    owner_type: str
    label: str | Promise
    url_name: str
    act: str = ""
    queries: int = 4
    order: int = 100
    area: str = "main"


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """A panel as the page draws it, with the address it loads from."""

    panel: Panel
    url: str

    @property
    def slug(self) -> str:
        """The panel's name as part of an element id."""
        return self.panel.name.replace(".", "-")


class BudgetExceededError(RuntimeError):
    """A panel ran more queries than it registered."""


_panels: dict[str, Panel] = {}


def add(panel: Panel) -> Panel:
    """Register a panel and return it; the same name again replaces it."""
    _panels[panel.name] = panel
    return panel


def remove(name: str) -> None:
    """Forget a panel; for tests."""
    _panels.pop(name, None)


def panels() -> list[Panel]:
    """Every registered panel, in the order of the page."""
    return sorted(_panels.values(), key=lambda p: (p.order, p.name))


def places_for(owner_type: str, owner_id: UUID, actor: Actor | None, area: str = "main") -> list[PanelPlace]:
    """The panels of one part of an owner's page that the actor's acts allow."""
    return [
        PanelPlace(panel, reverse(panel.url_name, args=[owner_id]))
        for panel in panels()
        if (panel.owner_type, panel.area) == (owner_type, area)
        and actor is not None
        and (not panel.act or actor.may_anywhere(panel.act))
    ]


def within_budget(panel: Panel) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator of a panel's view: count its queries against the panel's budget.

    The view is marked with `budget_of`, the panel's name, so that a test can tell which panels are counted.

    Raises:
        BudgetExceededError: under DEBUG and in tests; in production a warning is logged instead.
    """

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            with _counting() as count:
                answer = view(*args, **kwargs)
                render = getattr(answer, "render", None)
                if callable(render):
                    render()
            if count[0] > panel.queries:
                _report(panel, count[0])
            return answer

        counted.__dict__["budget_of"] = panel.name  # outer decorators carry it on
        return counted

    return wrap


@contextmanager
def _counting() -> Iterator[list[int]]:
    count = [0]

    def step(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(step):
        yield count


def _report(panel: Panel, count: int) -> None:
    text = f"panel {panel.name} ran {count} queries; its budget is {panel.queries}"
    if settings.DEBUG or getattr(settings, "STRICT_BUDGETS", False):
        raise BudgetExceededError(text)
    _log.warning(text)
