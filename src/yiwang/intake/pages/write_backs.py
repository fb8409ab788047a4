"""Write-back pages 回写: what sources are told, what was given up, sending again singly and in bulk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...interface.public import Column, Crumb, Fact, Happening, changes_of, expected_version
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, YiwangError, invalid
from ...ledger.public import JournalEntry
from ..enums import WriteBackState
from ..models import WriteBack
from ..queries.channels import LiveChannel, channel_index
from ..queries.write_backs import given_up_ids, write_backs_page
from ..rules.words import tell, words_of
from ..services.writing_back import facts_of, send_again
from .access import holding
from .channel import WRITE_BACK_TONES
from .channel_forms import WriteBackFilterForm
from .channel_words import change_words
from .previewing import body_words

#: Sent again at one go, at most.
_MOST = 200
_HISTORY = 30
_COLUMNS = (
    Column(gettext_lazy("选择"), hidden_label=True),
    Column(gettext_lazy("发生时间")),
    Column(gettext_lazy("渠道")),
    Column(gettext_lazy("变化")),
    Column(gettext_lazy("来源编号")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("尝试"), numeric=True),
    Column(gettext_lazy("对方应答")),
)


@require_GET
@holding("intake.exchange")
def write_backs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """回写: what waits or was given up; with a channel also what was sent."""
    known = channel_index()
    telling = [(live.code, live.name) for live in known.by_code.values() if live.definition.write_back]
    form = WriteBackFilterForm(request.GET or None, channels=telling)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    live = known.by_code.get(chosen.get("channel", ""))
    state = chosen.get("state", "")
    page = write_backs_page(
        channel_id=live.id if live else None, state=state, cursor=request.GET.get("cursor", "")
    )
    rows = [(row, change_words(row.change), WRITE_BACK_TONES[row.state]) for row in page.rows]
    context = {
        "form": form, "page": page, "rows": rows, "columns": _COLUMNS, "live": live,
        "needs_channel": live is None and state == WriteBackState.SENT, "has_telling": bool(telling),
        "may_resend": any(row.state == WriteBackState.GIVEN_UP for row in page.rows),
    }  # fmt: skip
    return render(request, "intake/write_backs.html", context)


@require_GET
@holding("intake.exchange")
def write_back(request: HttpRequest, actor: Actor, write_back_id: UUID) -> HttpResponse:
    """一条回写: what is or was sent, in the channel's present words, and how it went."""
    row = get_object_or_404(WriteBack.objects.select_related("channel"), pk=write_back_id)
    told, problem = _told(row, channel_index().by_id.get(row.channel_id))
    history = list(JournalEntry.objects.filter(stream=row.id).order_by("-seq")[:_HISTORY])
    context = {
        "row": row, "change": change_words(row.change), "tone": WRITE_BACK_TONES[row.state],
        "facts": _facts(row), "told": told, "problem": problem, "version": row.version,
        "happenings": [Happening(one.at, one.what, one.by) for one in changes_of(history)],
        "breadcrumbs": [Crumb(_("回写"), reverse("intake:write_backs")), Crumb(change_words(row.change))],
    }  # fmt: skip
    return render(request, "intake/write_back.html", context)


@require_POST
@holding("intake.exchange")
def resend(request: HttpRequest, actor: Actor, write_back_id: UUID) -> HttpResponse:
    """重新发送一条."""
    send_again(
        actor=actor, at=timezone.now(), write_back_id=write_back_id, expected=expected_version(request)
    )
    messages.success(request, _("已排入发送。"))
    return redirect("intake:write_back", write_back_id)


@require_POST
@holding("intake.exchange")
def resend_many(request: HttpRequest, actor: Actor) -> HttpResponse:
    """批量重新发送: those chosen, or the newest that were given up (of the channel named)."""
    if request.POST.get("all") == "yes":
        live = channel_index().by_code.get(request.POST.get("channel", ""))
        ids = given_up_ids(live.id if live else None, _MOST)
    else:
        ids = _chosen(request)
    sent = passed = 0
    for key in ids:
        try:
            send_again(actor=actor, at=timezone.now(), write_back_id=key)
            sent += 1
        except Conflict:
            passed += 1
    words = _("已排入发送 {sent} 条，{passed} 条已在等待发送。")
    messages.success(request, words.format(sent=sent, passed=passed))
    return redirect(_back(request))


def _chosen(request: HttpRequest) -> list[UUID]:
    given = request.POST.getlist("row")
    try:
        found = [UUID(text) for text in given]
    except ValueError:
        raise invalid("row", given, "请刷新页面后重新选择。") from None
    if not 1 <= len(found) <= _MOST:
        raise invalid("row", len(found), f"请选择 1 到 {_MOST} 条。")
    return found


def _back(request: HttpRequest) -> str:
    """The list as it was filtered."""
    back = request.POST.get("back", "")
    is_own = back.startswith(reverse("intake:write_backs")) and url_has_allowed_host_and_scheme(back, None)
    return back if is_own else reverse("intake:write_backs")


def _told(row: WriteBack, live: LiveChannel | None) -> tuple[dict[str, str] | None, str]:
    """Method, address and body in words, unsigned; or why there is nothing to send."""
    try:
        words = words_of(live.definition) if live is not None else None
        if words is None or row.change not in words.changes:
            return None, _("渠道现在不回写这种变化。")
        told = tell(words, row.change, facts_of(row))
    except (KeyError, YiwangError) as error:
        return None, str(error)
    shown = {"method": told.method, "url": told.url, "body": body_words(told.body)}
    closed = live is not None and not live.is_enabled
    return shown, _("渠道已停用，发送时会放弃。") if closed else ""


def _facts(row: WriteBack) -> list[Fact]:
    def shown(at: object) -> str:
        return "" if at is None else timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")  # type: ignore[arg-type]

    facts = [
        Fact(_("渠道"), row.channel.name, href=reverse("intake:channel", args=[row.channel.code])),
        Fact(_("变化"), change_words(row.change)),
        Fact(_("来源编号"), row.facts.get("source_number", "")),
        Fact(_("案件"), row.facts.get("case_number", ""), href=reverse("workbench:case", args=[row.case])),
        Fact(_("发生时间"), shown(row.happened_at)),
        Fact(_("尝试次数"), row.attempts),
        Fact(_("送达时间"), shown(row.sent_at)),
        Fact(_("对方应答"), row.answer),
    ]
    if row.state == WriteBackState.WAITING:
        facts.append(Fact(_("下次发送"), shown(row.due_at)))
    return facts
