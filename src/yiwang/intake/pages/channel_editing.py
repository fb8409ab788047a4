"""Editing a channel 编辑渠道: the definition beside what its sample becomes; its contract; publishing it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Crumb, changes_of, expected_version
from ...kernel.actor import Actor
from ...kernel.errors import Invalid, StaleVersion, YiwangError, invalid
from ...kernel.ids import instant_of
from ..doors.trials import start_trial, trial_outcome
from ..models import Channel
from ..queries.channels import channel_index
from ..queries.shipped import STARTER, shipped_definitions
from ..rules.definition import Definition, read_definition
from ..rules.rewiring import rewiring
from ..services.registry import publish_channel
from .access import holding
from .channel_words import STEP_WORDS, change_words
from .previewing import preview_of

#: Characters of a definition and of a sample that the editor takes.
_MOST = 400_000
#: A trial that takes longer waits for a worker that is not there.
_LATE = timedelta(seconds=40)
_OUTCOMES = {
    "passed": (gettext_lazy("通过"), "good"),
    "failed": (gettext_lazy("未通过"), "bad"),
    "not_applicable": (gettext_lazy("不适用"), "neutral"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.channels")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """新建渠道: from a small example, or from the shipped definition that `from` names."""
    wanted = request.GET.get("from", "")
    text = next((one.text for one in shipped_definitions() if one.code == wanted), STARTER)
    return _edit(request, actor, None, text)


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.channels")
def edit(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """编辑渠道: saving publishes, unless somebody else has meanwhile."""
    channel = get_object_or_404(Channel, code=code)
    return _edit(request, actor, channel, channel.text)


def _edit(request: HttpRequest, actor: Actor, channel: Channel | None, text: str) -> HttpResponse:
    if request.method != "POST":
        return _draw(request, channel, text=text, version=channel.version if channel else None)
    given = _given(request, "text")
    if channel is None and not given.strip():
        return _draw(request, channel, text=given, problem=_("请填写渠道定义。"), status=422)
    expected = expected_version(request)
    overwritten = request.POST.get("overwrite", "")
    if overwritten.isdigit():
        expected = int(overwritten)
    try:
        _check_code(given, channel)
        live = channel_index().by_code.get(channel.code) if channel is not None else None
        published = publish_channel(actor=actor, at=timezone.now(), text=given, expected=expected)
    except StaleVersion as error:
        assert channel is not None
        newer = Channel.objects.get(pk=channel.pk)
        return _draw(
            request, newer, text=given, version=expected, newer=newer, changes=changes_of(error.changes),
            status=409,
        )  # fmt: skip
    except YiwangError as error:
        line, key = error.details.get("line", 0), error.details.get("key", "")
        return _draw(
            request, channel, text=given, version=expected, problem=error.message, line=line, key=key,
            status=422,
        )  # fmt: skip
    messages.success(request, _("渠道定义已发布。"))
    if live is not None:
        _tell_rewiring(request, live.definition, read_definition(published.text))
    return redirect("intake:channel", published.code)


def _tell_rewiring(request: HttpRequest, before: Definition, now: Definition) -> None:
    """Say what the channel has left behind."""
    found = rewiring(before, now)
    if found.keys:
        messages.warning(request, _("对接方式改了，原有凭证已全部失效，请重新发放。"))
    elif found.progress:
        messages.warning(request, _("来源的地址改了，将从头读取；已经收过的不会重复入库。"))


def _given(request: HttpRequest, name: str) -> str:
    """A text of the editor with the line ends of a file."""
    text = request.POST.get(name, "").replace("\r\n", "\n")
    if len(text) > _MOST:
        raise invalid(name, "", _("内容过长，不能超过 40 万字。"))
    return text


def _check_code(text: str, channel: Channel | None) -> None:
    """A page changes its own channel, and a new one takes no code that is taken."""
    definition = read_definition(text)
    if channel is not None and definition.code != channel.code:
        raise Invalid(
            _("渠道代码不能修改，应为“{code}”。需要另一个代码时请新建渠道。").format(code=channel.code),
            line=1, key="code",
        )  # fmt: skip
    if channel is None and Channel.objects.filter(code=definition.code).exists():
        raise Invalid(
            _("已有代码为“{code}”的渠道，请到它的页面修改，或换一个代码。").format(code=definition.code),
            line=1, key="code",
        )  # fmt: skip


def _draw(
    request: HttpRequest, channel: Channel | None, *, text: str, status: int = 200, **more: object
) -> HttpResponse:
    title = _("编辑 {name}").format(name=channel.name) if channel else _("新建渠道")
    crumbs = [Crumb(_("渠道目录"), reverse("intake:channels"))]
    if channel is not None:
        crumbs.append(Crumb(channel.name, reverse("intake:channel", args=[channel.code])))
    context = {
        "channel": channel, "text": text, "sample": request.POST.get("sample", ""), "title": title,
        "back": crumbs[-1].url, "breadcrumbs": [*crumbs, Crumb(_("编辑") if channel else title)], **more,
    }  # fmt: skip
    return render(request, "intake/channel_edit.html", context, status=status)


@require_POST
@holding("intake.channels")
def preview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """预览: what the definition makes of the sample; stores nothing."""
    text = _given(request, "text")
    found = preview_of(text, sample=_given(request, "sample"), at=timezone.now())
    lines = text.splitlines()
    quoted = lines[found.line - 1].strip()[:120] if 0 < found.line <= len(lines) else ""
    told = [(change_words(one.change), one) for one in found.told]
    context = {"preview": found, "quoted": quoted, "told": told}
    return render(request, "intake/parts/channel_preview.html", context)


@require_POST
@holding("intake.channels")
def contract(request: HttpRequest, actor: Actor) -> HttpResponse:
    """契约测试: the seven steps with the text as it stands in the editor, tried by the worker."""
    text = _given(request, "text")
    try:
        read_definition(text)
    except YiwangError as error:
        return render(request, "intake/parts/channel_contract.html", {"problem": error.message})
    key = start_trial(actor=actor, at=timezone.now(), text=text)
    return render(request, "intake/parts/channel_contract.html", {"key": key})


@require_GET
@holding("intake.channels")
def contract_outcome(request: HttpRequest, actor: Actor, key: UUID) -> HttpResponse:
    """契约测试结果: asked for again and again until the worker is done."""
    context: dict[str, object]
    try:
        outcome = trial_outcome(key)
    except YiwangError as error:
        context = {"problem": error.message}
    else:
        if outcome is None:
            context = {"key": key, "is_late": timezone.now() - instant_of(key) > _LATE}
        else:
            steps = [(STEP_WORDS[one.step], *_OUTCOMES[one.outcome], one.reason) for one in outcome.steps]
            failed = sum(one.outcome == "failed" for one in outcome.steps)
            context = {"steps": steps, "failed": failed, "problem": outcome.problem}
    return render(request, "intake/parts/channel_contract.html", context)
