"""Picking 选择: what the pickers and the dependent selects of the forms ask the server for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ...accounts.public import accounts_matching
from ...cases.public import CASE_STATES, CaseFilter, list_cases
from ...catalog.public import catalog_index
from ...interface.public import staff
from ...kernel.actor import Actor
from ...orgs.public import unit_index
from .. import names
from ..forms.places import area_choices

LIMIT = 20
Choice = dict[str, str]


def _answer(choices: list[Choice]) -> JsonResponse:
    return JsonResponse({"choices": choices}, json_dumps_params={"ensure_ascii": False})


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:60]


def _choice(key: UUID, label: str, hint: str = "") -> Choice:
    return {"value": str(key), "label": label, "hint": hint}


@require_GET
@staff()
def pick_classes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Matter classes that hold every word; without words, those of the top that have no class below."""
    index = catalog_index()
    found = index.search(_words(request), limit=LIMIT)
    return _answer([_choice(node.id, index.full_name(node.id), node.code) for node in found])


@require_GET
@staff()
def pick_units(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Units whose name or code holds every word."""
    words = _words(request).casefold().split()
    found = [
        _choice(node.id, node.name, names.area_name(node.home_area_id))
        for node in unit_index().by_code.values()
        if all(word in f"{node.name} {node.code}".casefold() for word in words)
    ]
    return _answer(found[:LIMIT])


@require_GET
@staff("cases.merge")
def pick_cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Cases the actor may merge, by number or text."""
    words = _words(request)
    if not words:
        return _answer([])
    found = list_cases(actor, CaseFilter(text=words), at=timezone.now(), limit=LIMIT, act="cases.merge")
    return _answer(
        [_choice(row.id, f"{row.number} {row.title}", str(CASE_STATES[row.state])) for row in found.rows]
    )


@require_GET
@staff("cases.correct")
def pick_conditions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Registering conditions of the classes that hold every word."""
    index = catalog_index()
    found = [
        _choice(row.id, f"{node.name}：{row.text}", node.code)
        for node in index.search(_words(request), limit=LIMIT)
        for row in index.conditions(node.id)
    ]
    return _answer(found[:LIMIT])


@require_GET
@staff("cases.view_sensitive")
def pick_accounts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Active accounts whose name holds the words; for who keeps an access list."""
    words = _words(request)
    if not words:
        return _answer([])
    found = accounts_matching(words).filter(is_active=True)[:LIMIT]
    return _answer([_choice(row.id, row.display_name, row.username) for row in found])


@require_GET
def pick_areas(request: HttpRequest) -> HttpResponse:
    """The three selects, as far as they are chosen; residents use them too."""
    given: dict[str, Any] = {
        level: request.GET.get(level, "") for level in ("district", "street", "community")
    }
    selects = area_choices(given, with_zones=request.GET.get("zones") == "1")
    context = {"areas": selects, "zones": request.GET.get("zones", "")}
    return render(request, "workbench/parts/area_selects.html", context)
