"""Catalogue page 业务系统和数据资源目录: generated from the channel definitions, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...interface.public import Column
from ...kernel.actor import Actor
from ..queries.channels import LiveChannel, channel_index
from .access import holding
from .channel_forms import CatalogueFilterForm

_SYSTEMS = (
    Column(gettext_lazy("业务系统")),
    Column(gettext_lazy("主管单位")),
    Column(gettext_lazy("承建单位")),
    Column(gettext_lazy("层级")),
    Column(gettext_lazy("渠道")),
)
_RESOURCES = (
    Column(gettext_lazy("数据资源")),
    Column(gettext_lazy("业务系统")),
    Column(gettext_lazy("主要数据项")),
    Column(gettext_lazy("更新频率")),
    Column(gettext_lazy("共享方式")),
    Column(gettext_lazy("渠道")),
)


@dataclass(slots=True)
class SystemRow:
    """One business system 业务系统 with the channels that connect it."""

    name: str
    owner: str
    builder: str
    level: str
    channels: list[LiveChannel] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """One data resource 数据资源."""

    name: str
    system: str
    fields: str
    frequency: str
    sharing: str
    owner: str
    level: str
    channel: LiveChannel


@require_GET
@holding("intake.health", "intake.channels")
def catalogue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """业务系统和数据资源目录; `format=csv` gives the same rows as a file."""
    every = resources()
    form = CatalogueFilterForm(
        request.GET if request.GET.keys() & {"text", "level", "sharing"} else None,
        levels=sorted({row.level for row in systems() if row.level}),
        sharings=sorted({row.sharing for row in every if row.sharing}),
    )
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    text, level, sharing = (chosen.get(name, "").strip() for name in ("text", "level", "sharing"))
    shown = [
        row
        for row in every
        if text in f"{row.name}{row.system}{row.fields}{row.owner}"
        and level in {"", row.level}
        and sharing in {"", row.sharing}
    ]
    if request.GET.get("format") == "csv":
        return _csv(shown)
    kept = [
        row
        for row in systems()
        if text in f"{row.name}{row.owner}{row.builder}" and level in {"", row.level} and not sharing
    ]
    query = request.GET.copy()
    query["format"] = "csv"
    context = {
        "form": form, "systems": kept, "resources": shown, "system_columns": _SYSTEMS,
        "resource_columns": _RESOURCES, "csv_query": query.urlencode(), "only_resources": bool(sharing),
    }  # fmt: skip
    return render(request, "intake/catalogue.html", context)


def systems() -> list[SystemRow]:
    """Business systems by name and owner, each with its channels."""
    found: dict[tuple[str, str], SystemRow] = {}
    for live in channel_index().by_code.values():
        told, owner = live.definition.system, live.definition.owner
        name = told.get("name", "")
        if name:
            row = found.setdefault(
                (name, owner), SystemRow(name, owner, told.get("builder", ""), told.get("level", ""))
            )
            row.channels.append(live)
    return list(found.values())


def resources() -> list[ResourceRow]:
    """Data resources in the order of the registry."""
    return [
        ResourceRow(
            one.get("name", ""), live.definition.system.get("name", ""), one.get("fields", ""),
            one.get("frequency", ""), one.get("sharing", ""), live.definition.owner,
            live.definition.system.get("level", ""), live,
        )
        for live in channel_index().by_code.values()
        for one in live.definition.resources
    ]  # fmt: skip


def _csv(rows: list[ResourceRow]) -> HttpResponse:
    written = StringIO()
    csv.writer(written).writerows([_harmless(cell) for cell in line] for line in _lines(rows))
    answer = HttpResponse("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="resources-{timezone.localdate():%Y%m%d}.csv"'
    return answer


def _lines(rows: list[ResourceRow]) -> Iterator[list[str]]:
    yield [
        _("数据资源"), _("业务系统"), _("主管单位"), _("承建单位"), _("层级"), _("主要数据项"), _("更新频率"),
        _("共享方式"), _("渠道代码"), _("渠道"),
    ]  # fmt: skip
    for row in rows:
        live = row.channel
        yield [
            row.name, row.system, row.owner, live.definition.system.get("builder", ""), row.level, row.fields,
            row.frequency, row.sharing, live.code, live.name,
        ]  # fmt: skip


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
