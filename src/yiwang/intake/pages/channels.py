"""Registry pages 渠道目录: the list, what is shipped and not in it yet, importing and exporting a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, YiwangError, invalid
from ..enums import ChannelKind, Direction, DoorKind
from ..models import Channel
from ..queries.channels import LiveChannel, channel_index
from ..queries.health import health_of
from ..queries.shipped import shipped_definitions
from ..rules.definition import Definition, read_definition, read_registry, registry_text
from ..services.registry import publish_channel
from .access import holding
from .channel_forms import ChannelFilterForm, RegistryFileForm
from .channel_words import LIGHTS

_MOST_FILE = 4_000_000
_COLUMNS = (
    Column(gettext_lazy("渠道")),
    Column(gettext_lazy("来源类别")),
    Column(gettext_lazy("对接方式")),
    Column(gettext_lazy("方向")),
    Column(gettext_lazy("主管单位")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("运行状况")),
)


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel as the list shows it."""

    live: LiveChannel
    kind: object
    door: object
    direction: object
    badges: list[tuple[object, str]]
    light: object
    tone: str
    level: str


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One definition of an imported file and what became of it."""

    code: str
    name: str
    outcome: str
    tone: str
    problem: str = ""


def state_badges(live: LiveChannel, at: datetime) -> list[tuple[object, str]]:
    """Badges of a channel's state."""
    found: list[tuple[object, str]] = [(_("已启用"), "good") if live.is_enabled else (_("未启用"), "neutral")]
    day = timezone.localdate(at)
    if live.valid_from is not None and day < live.valid_from:
        found.append((_("尚未生效"), "waiting"))
    if live.valid_to is not None and day >= live.valid_to:
        found.append((_("已过有效期"), "warning"))
    if live.definition.is_example:
        found.append((_("示例格式"), "waiting"))
    return found


@require_GET
@holding("intake.health", "intake.channels")
def channels(request: HttpRequest, actor: Actor) -> HttpResponse:
    """渠道目录."""
    at = timezone.now()
    form = ChannelFilterForm(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    known = channel_index().by_code
    health = health_of(at).by_code
    rows = [_row(live, health[live.code].level, at) for live in known.values()]
    shown = [row for row in rows if _matches(row, chosen, at)]
    context = {
        "form": form, "rows": shown, "columns": _COLUMNS, "is_empty": not known,
        "may_edit": actor.may_anywhere("intake.channels"),
        "shipped": [_shipped(one) for one in shipped_definitions() if one.code not in known],
        "troubled": sum(row.level in {"warning", "bad"} for row in rows),
    }  # fmt: skip
    return render(request, "intake/channels.html", context)


def _row(live: LiveChannel, level: str, at: datetime) -> ChannelRow:
    definition = live.definition
    light, tone = LIGHTS[level]
    return ChannelRow(
        live, ChannelKind(definition.kind).label, DoorKind(definition.door).label,
        Direction(definition.direction).label, state_badges(live, at), light, tone, level,
    )  # fmt: skip


def _matches(row: ChannelRow, chosen: dict[str, str], at: datetime) -> bool:
    live, definition = row.live, row.live.definition
    text = chosen.get("text", "").strip().lower()
    if text and text not in f"{live.name} {live.code} {definition.owner}".lower():
        return False
    if chosen.get("door") and definition.door != chosen["door"]:
        return False
    if chosen.get("kind") and definition.kind != chosen["kind"]:
        return False
    wanted = {
        "": True, "open": live.is_open(at), "disabled": not live.is_enabled,
        "invalid": live.is_enabled and not live.is_open(at), "example": definition.is_example,
        "troubled": row.level in {"warning", "bad"},
    }  # fmt: skip
    return wanted[chosen.get("state", "")]


def _shipped(definition: Definition) -> tuple[Definition, object, object]:
    return definition, ChannelKind(definition.kind).label, DoorKind(definition.door).label


@require_POST
@holding("intake.channels")
def add_shipped(request: HttpRequest, actor: Actor) -> HttpResponse:
    """加入目录: one shipped definition by its code, or all that are not there yet."""
    known, wanted = channel_index().by_code, request.POST.get("code", "")
    found = [one for one in shipped_definitions() if one.code not in known and wanted in {one.code, "all"}]
    if not found:
        raise NotFound(_("没有这个随附的渠道，或它已在目录中。"), code="intake.no_channel")
    added = 0
    for definition in found:
        try:
            publish_channel(actor=actor, at=timezone.now(), text=definition.text)
        except YiwangError as error:
            messages.error(request, f"{definition.name}：{error.message}")
        else:
            added += 1
    if added:
        words = _("已加入 {n} 个渠道，新渠道尚未启用。")
        messages.success(request, words.format(n=added))
    if len(found) == 1 and added:
        return redirect("intake:channel", found[0].code)
    return redirect("intake:channels")


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.channels")
def import_registry(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导入渠道目录: definitions that are right are published, the others named."""
    posted = request.method == "POST"
    form = RegistryFileForm(*((request.POST, request.FILES) if posted else ()))
    rows: list[ImportedRow] = []
    if posted and form.is_valid():
        try:
            texts = read_registry(_text_of(form.cleaned_data["file"].read(_MOST_FILE + 1)))
        except YiwangError as error:
            show_problems(form, error)
        else:
            rows = [_imported(text, actor) for text in texts]
    context = {
        "form": form, "rows": rows,
        "breadcrumbs": [Crumb(_("渠道目录"), reverse("intake:channels")), Crumb(_("导入"))],
    }  # fmt: skip
    return render(request, "intake/channels_import.html", context, status=422 if form.errors else 200)


def _text_of(content: bytes) -> str:
    if len(content) > _MOST_FILE:
        raise invalid("file", "", _("文件超过 4 MB，请分开导入。"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("file", "", _("文件须为 UTF-8 编码，请另存后重试。")) from None


def _imported(text: str, actor: Actor) -> ImportedRow:
    try:
        definition = read_definition(text)
    except YiwangError as error:
        return ImportedRow("—", text.strip().splitlines()[0][:60], _("有误"), "bad", error.message)
    before = Channel.objects.filter(code=definition.code).values_list("version", flat=True).first()
    try:
        channel = publish_channel(actor=actor, at=timezone.now(), text=text)
    except YiwangError as error:
        return ImportedRow(definition.code, definition.name, _("有误"), "bad", error.message)
    outcome = (_("新增"), "good") if before is None else (_("更新"), "active")
    if before == channel.version:
        outcome = (_("未变"), "neutral")
    return ImportedRow(definition.code, definition.name, *outcome)


@require_GET
@holding("intake.channels")
def export_registry(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导出渠道目录: all of it, or the channel named by `code`, as one YAML file without keys."""
    wanted = request.GET.get("code", "")
    known = channel_index().by_code
    if wanted and wanted not in known:
        raise NotFound(_("没有这个渠道。"), code="intake.no_channel")
    texts = [live.definition.text for code, live in known.items() if wanted in {"", code}]
    body = texts[0] if wanted else registry_text(texts)
    answer = HttpResponse(body, content_type="application/yaml; charset=utf-8")
    name = wanted or f"channels-{timezone.localdate():%Y%m%d}"
    answer["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return answer
