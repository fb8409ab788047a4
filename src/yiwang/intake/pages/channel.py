"""A channel's page 渠道: its definition and catalogue facts, owners, keys, editions, messages, history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...interface.public import Crumb, Fact, Happening, changes_of, expected_version
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ...ledger.public import JournalEntry
from ..enums import ChannelKind, Direction, DoorKind, EntryState, MessageState
from ..models import Channel, Mapping, QuarantineEntry, RawMessage
from ..queries import masked_message, newest_mapping
from ..queries.channels import LiveChannel, channel_index
from ..queries.health import health_of
from ..queries.write_backs import newest_write_backs
from ..rules.specification import read_specification
from ..services.registry import switch_channel
from .access import holding
from .channel_forms import DisableForm, KeyForm
from .channel_words import change_words, owner_rows
from .channels import state_badges
from .health import health_row

_SHOWN, _EDITIONS, _HISTORY = 10, 50, 30
_LONGEST = 60
_TONES = {
    MessageState.RECEIVED: "waiting", MessageState.ACCEPTED: "good", MessageState.UPDATED: "good",
    MessageState.UNCHANGED: "neutral", MessageState.QUARANTINED: "bad", MessageState.REPLAYED: "good",
    MessageState.DROPPED: "neutral",
}  # fmt: skip
WRITE_BACK_TONES = {"waiting": "waiting", "sent": "good", "given_up": "bad"}


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as the page shows it: masked, with the quarantine entry that waits for it."""

    row: RawMessage
    words: str
    tone: str
    entry: UUID | None


@require_GET
@holding("intake.health", "intake.channels")
def channel(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """渠道."""
    return draw_channel(request, actor, code)


def draw_channel(
    request: HttpRequest, actor: Actor, code: str, *, status: int = 200, **more: object
) -> HttpResponse:
    """The channel's page, also with a form that was refused or a key that was just given."""
    live, at = live_of(code), timezone.now()
    row = get_object_or_404(Channel, pk=live.id)
    may_edit = actor.may_anywhere("intake.channels")
    found = health_of(at, [code])
    context = {
        "channel": row, "live": live, "definition": live.definition, "version": row.version,
        "badges": state_badges(live, at), "facts": _facts(live),
        "health": health_row(found.channels[0], found), "owners": owner_rows(live),
        "may_edit": may_edit, "editions": _editions(code)[:_EDITIONS],
        "happenings": _happenings(row.id), "key_form": KeyForm(), "disable_form": DisableForm(),
        "keys": [(key, key.holds(at)) for key in reversed(live.keys)] if may_edit else [],
        "messages_shown": _messages(code) if may_edit else [],
        "write_backs": [
            (told, change_words(told.change), WRITE_BACK_TONES[told.state])
            for told in newest_write_backs(live.id, _SHOWN)
        ] if may_edit and live.definition.write_back else [],
        "breadcrumbs": [Crumb(_("渠道目录"), reverse("intake:channels")), Crumb(live.name)],
        **more,
    }  # fmt: skip
    return render(request, "intake/channel.html", context, status=status)


def live_of(code: str) -> LiveChannel:
    """A channel of the registry, open or not."""
    live = channel_index().by_code.get(code)
    if live is None:
        raise Http404
    return live


@require_POST
@holding("intake.channels")
def switch(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """启用或停用; disabling asks for the reason."""
    on = request.POST.get("on") == "yes"
    form = DisableForm(request.POST)
    if not on and not form.is_valid():
        return draw_channel(request, actor, code, status=422, disable_form=form)
    reason = "" if on else form.cleaned_data["reason"]
    switch_channel(
        actor=actor, at=timezone.now(), channel_id=live_of(code).id, on=on, reason=reason,
        expected=expected_version(request),
    )  # fmt: skip
    messages.success(request, _("渠道已启用。") if on else _("渠道已停用。"))
    return redirect("intake:channel", code)


@require_GET
@holding("intake.health", "intake.channels")
def edition(request: HttpRequest, actor: Actor, code: str, number: int) -> HttpResponse:
    """映射版次: the text that explains the messages of its days."""
    live = live_of(code)
    mapping = get_object_or_404(_editions(code), edition=number)
    later = _editions(code).filter(edition=number + 1).first()
    context = {
        "mapping": mapping, "until": later.valid_from if later else None,
        "breadcrumbs": [
            Crumb(_("渠道目录"), reverse("intake:channels")),
            Crumb(live.name, reverse("intake:channel", args=[code])),
            Crumb(_("映射第 {number} 版").format(number=number)),
        ],
    }  # fmt: skip
    return render(request, "intake/channel_edition.html", context)


@require_GET
@holding("intake.channels")
def message(request: HttpRequest, actor: Actor, code: str, message_id: UUID) -> HttpResponse:
    """原始消息: the message as it came, masked, and the edition that explains it."""
    live = live_of(code)
    row = get_object_or_404(RawMessage.objects.select_related("mapping"), pk=message_id, channel=code)
    facts = [
        Fact(_("收到时间"), timezone.localtime(row.received_at).strftime("%Y-%m-%d %H:%M:%S")),
        Fact(
            _("处理时间"),
            row.handled_at and timezone.localtime(row.handled_at).strftime("%Y-%m-%d %H:%M:%S"),
        ),
        Fact(
            _("映射"), _("第 {number} 版").format(number=row.mapping.edition),
            href=reverse("intake:channel_edition", args=[code, row.mapping.edition]),
        ),
    ]  # fmt: skip
    context = {
        "row": row, "tone": _TONES[MessageState(row.state)], "facts": facts,
        "text": json.dumps(_masked(row), ensure_ascii=False, indent=2, default=str),
        "entry": _entries([row]).get(row.id),
        "breadcrumbs": [
            Crumb(_("渠道目录"), reverse("intake:channels")),
            Crumb(live.name, reverse("intake:channel", args=[code])),
            Crumb(_("原始消息")),
        ],
    }  # fmt: skip
    return render(request, "intake/channel_message.html", context)


def _facts(live: LiveChannel) -> list[Fact]:
    definition = live.definition
    contact, system = definition.contact, definition.system
    valid = " — ".join(str(day or "") for day in (definition.valid_from, definition.valid_to))
    quota = _("每分钟 {n} 条，一次最多 {burst} 条，待处理最多 {waiting} 条").format(
        n=definition.quota.per_minute, burst=definition.quota.burst, waiting=definition.quota.waiting
    )
    return [
        Fact(_("渠道代码"), live.code),
        Fact(_("来源类别"), ChannelKind(definition.kind).label),
        Fact(_("对接方式"), DoorKind(definition.door).label),
        Fact(_("方向"), Direction(definition.direction).label),
        Fact(_("主管单位"), definition.owner),
        Fact(_("联系方式"), " ".join(value for value in contact.values() if value)),
        Fact(_("业务系统"), system.get("name", "")),
        Fact(_("承建单位"), system.get("builder", "")),
        Fact(_("层级"), system.get("level", "")),
        Fact(_("有效期"), "" if valid == " — " else valid),
        Fact(_("处理次序"), live.rank, hint=_("1 最先，9 最后；1 和 2 优先于其他渠道。")),
        Fact(_("配额"), quota),
    ]


def _editions(code: str) -> QuerySet[Mapping]:
    return Mapping.objects.filter(name=code).order_by("-edition")


def _messages(code: str) -> list[MessageRow]:
    """The newest messages of the door; those of files stand with their import runs."""
    rows = list(
        RawMessage.objects.select_related("mapping")
        .filter(channel=code, run=None)
        .order_by("-received_at")[:_SHOWN]
    )
    entries = _entries(rows)
    return [
        MessageRow(row, _short(row), _TONES[MessageState(row.state)], entries.get(row.id)) for row in rows
    ]


def _entries(rows: Sequence[RawMessage]) -> dict[UUID, UUID]:
    """The open quarantine entry of each message."""
    found = QuarantineEntry.objects.filter(message__in=rows, state=EntryState.OPEN)
    return dict(found.values_list("message_id", "id"))


def _masked(row: RawMessage) -> dict[str, object]:
    """A message's tree by its own edition, its reporter hidden."""
    try:
        spec = read_specification(row.mapping.text)
    except YiwangError:
        spec = read_specification((newest_mapping(row.channel) or row.mapping).text)
    return masked_message(row, spec)


def _short(row: RawMessage) -> str:
    text = json.dumps(_masked(row), ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _happenings(channel_id: UUID) -> list[Happening]:
    """The journal of the channel, newest first, with what each entry says in words."""
    entries = list(JournalEntry.objects.filter(stream=channel_id).order_by("-seq")[:_HISTORY])
    return [
        Happening(change.at, change.what, change.by, _said(entry))
        for entry, change in zip(entries, changes_of(entries), strict=True)
    ]


def _said(entry: JournalEntry) -> str:
    body = json.loads(entry.body)
    return str(body.get("reason") or body.get("key") or "") if isinstance(body, dict) else ""
