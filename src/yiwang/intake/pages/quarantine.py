"""Pages of the quarantine 隔离数据: the list, one entry with its correction, bulk replay, dropping."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Crumb, Fact, expected_version, registered_channels, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError, invalid
from ..forms import CorrectionForm, EntryFilterForm, field_label
from ..models import QuarantineEntry
from ..queries import entries_page, masked_row, newest_specification
from ..rules.specification import TARGETS
from ..services.quarantine import drop_entry, replay_entries, replay_entry
from .access import holding

_MOST = 200


@require_GET
@holding("intake.quarantine")
def entries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """隔离数据: what waits, unless the filter asks for others."""
    form = EntryFilterForm(request.GET or None)
    chosen = {"state": "open"}
    if form.is_bound and form.is_valid():
        chosen = {name: str(value or "") for name, value in form.cleaned_data.items()}
    page = entries_page(**chosen, cursor=request.GET.get("cursor", ""))
    for row in page.rows:
        row.source = _source(row)  # type: ignore[attr-defined]
    return render(request, "intake/quarantine.html", {"form": form, "page": page, "rows": page.rows})


def _source(entry: QuarantineEntry) -> str:
    """Where a message came from: the channel's name, and the line in a file."""
    name = str(registered_channels().get(entry.message.channel) or entry.message.channel)
    if entry.run_id is None:
        return name
    return _("{channel} 第 {number} 行").format(channel=name, number=entry.message.line)


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.quarantine")
def entry(request: HttpRequest, actor: Actor, entry_id: UUID) -> HttpResponse:
    """隔离条目: the row as it came, what is wrong, and the form to correct one field and replay."""
    found = QuarantineEntry.objects.select_related("message__mapping", "run").filter(pk=entry_id).first()
    if found is None:
        raise Http404
    form = CorrectionForm(request.POST if request.method == "POST" else None, initial={"field": found.field})
    if request.method == "POST" and form.is_valid():
        corrected = {form.cleaned_data["field"]: form.cleaned_data["value"]}
        try:
            replay_entry(
                actor=actor, at=timezone.now(), entry_id=entry_id, corrections=corrected,
                expected=expected_version(request),
            )  # fmt: skip
        except StaleVersion:
            raise
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已更正并入库。"))
            return redirect("intake:quarantine")
    return _render(request, found, form)


@require_POST
@holding("intake.quarantine")
def drop(request: HttpRequest, actor: Actor, entry_id: UUID) -> HttpResponse:
    """舍弃一条."""
    drop_entry(actor=actor, at=timezone.now(), entry_id=entry_id, expected=expected_version(request))
    messages.success(request, _("已舍弃，原始消息仍然保存。"))
    return redirect("intake:quarantine")


@require_POST
@holding("intake.quarantine")
def replay(request: HttpRequest, actor: Actor) -> HttpResponse:
    """批量重放 by the newest edition of each mapping."""
    received, failed = replay_entries(actor=actor, at=timezone.now(), entry_ids=_chosen(request))
    words = _("已入库 {received} 条，仍有 {failed} 条未通过。")
    messages.info(request, words.format(received=received, failed=failed))
    return redirect("intake:quarantine")


def _chosen(request: HttpRequest) -> list[UUID]:
    given = request.POST.getlist("entry")
    try:
        found = [UUID(text) for text in given]
    except ValueError:
        raise invalid("entry", given, "请刷新页面后重新选择。") from None
    if not 1 <= len(found) <= _MOST:
        raise invalid("entry", len(found), f"请选择 1 到 {_MOST} 条。")
    return found


def _shown(value: object) -> object:
    """A value as the source wrote it; what holds others as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _render(request: HttpRequest, found: QuarantineEntry, form: CorrectionForm) -> HttpResponse:
    row = masked_row(found, newest_specification(found.message))
    context = {
        "entry": found,
        "field": field_label(found.field) if found.field in TARGETS else "",
        "form": form,
        "version": request.POST.get("version") or found.version,
        "facts": [Fact(name, _shown(value)) for name, value in row.items()],
        "breadcrumbs": [
            Crumb(_("隔离数据"), reverse("intake:quarantine")),
            Crumb(_source(found)),
        ],
    }
    return render(request, "intake/entry.html", context, status=422 if form.errors else 200)
