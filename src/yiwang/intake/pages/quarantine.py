"""Pages of the quarantine 隔离数据: the list, one entry with its correction, bulk replay, dropping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import (
    Crumb,
    Fact,
    Happening,
    actor_of,
    changes_of,
    expected_version,
    registered_channels,
    show_problems,
)
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError, invalid
from ...ledger.public import JournalEntry
from ..enums import DropReason, Reason, RevealPurpose
from ..forms import CorrectionForm, DropForm, EntryFilterForm, RevealForm, field_label
from ..models import QuarantineEntry
from ..queries import channel_index, entries_page, masked_row, masked_value, newest_specification
from ..rules.specification import TARGETS
from ..services.quarantine import drop_entry, replay_entries, replay_entry
from ..services.revealing import ACTS, reveal_entry
from .access import holding

_MOST, _HISTORY = 200, 30


@require_GET
@holding("intake.quarantine")
def entries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """隔离数据: what waits, unless the filter asks for others."""
    form = EntryFilterForm(request.GET or None)
    chosen = {"state": "open"}
    if form.is_bound and form.is_valid():
        chosen = {name: str(value or "") for name, value in form.cleaned_data.items()}
    page = entries_page(**chosen, cursor=request.GET.get("cursor", ""))
    rows = [(row, _source(row), masked_value(row)) for row in page.rows]
    return render(request, "intake/quarantine.html", {"form": form, "page": page, "rows": rows})


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
    found = _found(entry_id)
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


def _found(entry_id: UUID) -> QuarantineEntry:
    found = QuarantineEntry.objects.select_related("message__mapping", "run").filter(pk=entry_id).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_POST
@holding("intake.quarantine")
def reveal(request: HttpRequest, actor: Actor, entry_id: UUID) -> HttpResponse:
    """查看原文: the message with its reporter, for a purpose; the answer is kept nowhere."""
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _render(request, _found(entry_id), CorrectionForm(), reveal_form=form)
    purpose = form.cleaned_data["purpose"]
    tree = reveal_entry(actor=actor, at=timezone.now(), entry_id=entry_id, purpose=purpose)
    found = _found(entry_id)
    return _render(request, found, CorrectionForm(initial={"field": found.field}), tree=tree)


@require_POST
@holding("intake.quarantine")
def drop(request: HttpRequest, actor: Actor, entry_id: UUID) -> HttpResponse:
    """舍弃一条, with the reason."""
    drop_entry(
        actor=actor, at=timezone.now(), entry_id=entry_id, reason=request.POST.get("reason", ""),
        expected=expected_version(request),
    )  # fmt: skip
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


def _render(
    request: HttpRequest,
    found: QuarantineEntry,
    form: CorrectionForm,
    *,
    tree: Mapping[str, Any] | None = None,
    reveal_form: RevealForm | None = None,
) -> HttpResponse:
    """The entry's page; with `tree`, the message in clear."""
    row = masked_row(found, newest_specification(found.message)) if tree is None else tree
    actor = actor_of(request)
    assert actor is not None
    errors = form.errors or (reveal_form is not None and reveal_form.errors)
    context = {
        "entry": found,
        "field": field_label(found.field) if found.field in TARGETS else "",
        "value": masked_value(found),
        "form": form,
        "drop_form": DropForm(),
        "reveal_form": reveal_form or RevealForm(),
        "may_reveal": tree is None and all(actor.may_anywhere(act) for act in ACTS),
        "is_clear": tree is not None,
        "remedies": _remedies(found, actor),
        "version": (tree is None and request.POST.get("version")) or found.version,
        "facts": [Fact(name, _shown(value)) for name, value in row.items()],
        "happenings": _happenings(found.id),
        "breadcrumbs": [
            Crumb(_("隔离数据"), reverse("intake:quarantine")),
            Crumb(_source(found)),
        ],
    }
    return render(request, "intake/entry.html", context, status=422 if errors else 200)


@dataclass(frozen=True, slots=True)
class Remedies:
    """What can be done about a message that no corrected field would mend 处置办法.

    Attributes:
        device: address of the form that registers the device it came from.
        channel: address of the channel's definition, whose mapping may be what is wrong.
    """

    text: str
    device: str = ""
    channel: str = ""


def _remedies(found: QuarantineEntry, actor: Actor) -> Remedies | None:
    """None for a message that a corrected field may mend."""
    code = found.message.channel
    if found.reason == Reason.UNKNOWN_DEVICE:
        query = urlencode({"channel": code, "code": found.value})
        register = f"{reverse('intake:device_new')}?{query}" if actor.may_anywhere("intake.devices") else ""
        text = _("登记这台设备后，本条自动结案，以后的读数参与告警；不是本平台的设备，可以舍弃。")
        return Remedies(text, device=register)
    if found.reason not in {Reason.UNREADABLE, Reason.POISON} or found.message.run_id is not None:
        return None
    is_known = code in channel_index().by_code and actor.may_anywhere("intake.channels")
    edit = reverse("intake:channel_edit", args=[code]) if is_known else ""
    text = _("整条报文读不出来，改一个字段没有用：请修改渠道的格式或映射后重放，或请来源重发并舍弃本条。")
    if found.reason == Reason.POISON:
        text = _("处理这条报文时系统出错：修复后重放即可，报文本身不需更正。")
    return Remedies(text, channel=edit)


def _happenings(entry_id: UUID) -> list[Happening]:
    """What was done about the entry, newest first, with the purpose or the reason in words."""
    entries = list(JournalEntry.objects.filter(stream=entry_id).order_by("-seq")[:_HISTORY])
    return [
        Happening(change.at, change.what, change.by, _said(entry))
        for entry, change in zip(entries, changes_of(entries), strict=True)
    ]


def _said(entry: JournalEntry) -> str:
    body = json.loads(entry.body)
    words = {**dict(RevealPurpose.choices), **dict(DropReason.choices)}
    return str(words.get(body.get("purpose") or body.get("reason"), ""))
