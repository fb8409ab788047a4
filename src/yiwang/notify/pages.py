"""Pages of messages 短信: gateways and templates for the administrator, the list of messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..interface.public import Column, Crumb, Fact, expected_version, show_problems, staff
from ..kernel.actor import Actor
from ..kernel.errors import Conflict, NotFound, StaleVersion, YiwangError
from ..kernel.working_time import SHANGHAI
from .enums import MessageState, Notice
from .forms import GatewayForm, MessageFilterForm, TemplateForm, TrialForm, gateway_initial
from .models import Gateway, Message, MessageTemplate
from .permissions import CONFIGURE, MESSAGES
from .queries import last_failures, masked_phone, messages_page, templates_shown
from .rules import fill
from .services.gateways import add_gateway, change_gateway, switch_gateway
from .services.resending import resend, try_gateway
from .services.templates import TEMPLATED, save_template

_GATEWAY_COLUMNS = (
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("网关地址")),
    Column(gettext_lazy("每日额度"), numeric=True),
    Column(gettext_lazy("免打扰时段")),
    Column(gettext_lazy("状态")),
)
_TEMPLATE_COLUMNS = (
    Column(gettext_lazy("通知事项")),
    Column(gettext_lazy("内容")),
    Column(gettext_lazy("起始日期")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_MESSAGE_COLUMNS = (
    Column(gettext_lazy("产生时间")),
    Column(gettext_lazy("诉求编号")),
    Column(gettext_lazy("通知事项")),
    Column(gettext_lazy("手机号码")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("尝试"), numeric=True),
    Column(gettext_lazy("网关应答")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_TONES = {
    MessageState.QUEUED: "waiting", MessageState.SENDING: "active", MessageState.SENT: "good",
    MessageState.FAILED: "bad", MessageState.HELD: "warning", MessageState.SKIPPED: "neutral",
}  # fmt: skip
#: What a preview shows in place of the placeholders.
_SAMPLE = {
    "number": "20260302-00000017-4", "title": gettext_lazy("路灯不亮"), "unit": gettext_lazy("城市管理局"),
    "limit": "03-05 18:00", "link": "https://yw.example.gov.cn/t/20260302-00000017-4/k7q2mzt4hvx5c3w6pdr5n6jbye/",
}  # fmt: skip


@require_GET
@staff(CONFIGURE)
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """短信网关和模板: the gateways, and the words of each notice."""
    rows = templates_shown(timezone.now())
    templates = [(notice, Notice(notice).label, _standing(rows.get(notice, []))) for notice in TEMPLATED]
    context = {
        "rows": list(Gateway.objects.order_by("-is_on", "name")[:100]),
        "gateway_columns": _GATEWAY_COLUMNS,
        "templates": templates,
        "template_columns": _TEMPLATE_COLUMNS,
    }
    return render(request, "notify/settings.html", context)


def _standing(rows: list[MessageTemplate]) -> MessageTemplate | None:
    """The row in force today, else the next to come."""
    today = timezone.now().astimezone(SHANGHAI).date()
    return next((row for row in rows if row.valid_from <= today), rows[-1] if rows else None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(CONFIGURE)
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """新增短信网关."""
    today = timezone.now().astimezone(SHANGHAI).date()
    initial = {"valid_from": today, "quiet_from": "21:00", "quiet_to": "08:00"}
    form = GatewayForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_gateway(actor=actor, at=timezone.now(), terms=form.terms())
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已新增，尚未启用；请先试发。"))
            return redirect("notify:gateway", row.id)
    return _form_page(request, form, _("新增短信网关"), reverse("notify:settings"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff(CONFIGURE)
def change(request: HttpRequest, actor: Actor, gateway_id: UUID) -> HttpResponse:
    """修改短信网关."""
    row = get_object_or_404(Gateway, pk=gateway_id)
    form = GatewayForm(request.POST or None, initial=gateway_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            change_gateway(
                actor=actor, at=timezone.now(), gateway_id=row.id, terms=form.terms(),
                expected=expected_version(request),
            )  # fmt: skip
        except StaleVersion:
            raise
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已修改短信网关。"))
            return redirect("notify:gateway", row.id)
    version = request.POST.get("version") or row.version
    back = reverse("notify:gateway", args=[row.id])
    return _form_page(request, form, _("修改短信网关"), back, version=version)


@require_GET
@staff(CONFIGURE)
def gateway(request: HttpRequest, actor: Actor, gateway_id: UUID) -> HttpResponse:
    """一个短信网关: how it stands, its last failures, switch and trial."""
    return _gateway_page(request, get_object_or_404(Gateway, pk=gateway_id), TrialForm())


@require_POST
@staff(CONFIGURE)
def switch(request: HttpRequest, actor: Actor, gateway_id: UUID) -> HttpResponse:
    """启用或关闭短信网关."""
    on = request.POST.get("on") == "1"
    try:
        switch_gateway(
            actor=actor, at=timezone.now(), gateway_id=gateway_id, on=on, expected=expected_version(request)
        )
    except StaleVersion:
        raise
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request, _("已启用：受理、办结等会给诉求人发短信。") if on else _("已关闭：不再发短信。")
        )
    return redirect("notify:gateway", gateway_id)


@require_POST
@staff(CONFIGURE)
def trial(request: HttpRequest, actor: Actor, gateway_id: UUID) -> HttpResponse:
    """试发一条短信."""
    row = get_object_or_404(Gateway, pk=gateway_id)
    form = TrialForm(request.POST)
    if form.is_valid():
        try:
            sent = try_gateway(actor=actor, at=timezone.now(), gateway_id=row.id, **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            _say(request, sent)
            return redirect("notify:gateway", row.id)
    return _gateway_page(request, row, form)


def _say(request: HttpRequest, sent: Message) -> None:
    """Tell what came of a trial."""
    if sent.state == MessageState.SENT:
        messages.success(request, _("网关已接收试发短信，请查看手机。"))
    else:
        told = {"reason": sent.get_reason_display(), "answer": sent.answer or "—"}
        messages.error(request, _("试发没有成功：%(reason)s（%(answer)s）。") % told)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(CONFIGURE)
def template(request: HttpRequest, actor: Actor, notice: str) -> HttpResponse:
    """短信模板: its words with a preview, and older ones."""
    if notice not in TEMPLATED:
        raise NotFound(_("没有这个通知事项。"))
    now = timezone.now()
    rows = templates_shown(now).get(notice, [])
    standing = _standing(rows)
    initial: dict[str, Any] = {"valid_from": now.astimezone(SHANGHAI).date(), "is_sent": True}
    if standing is not None:
        initial |= {"text": standing.text, "is_sent": standing.is_sent}
    form = TemplateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and request.POST.get("what") != "preview":
        try:
            save_template(actor=actor, at=now, notice=notice, **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已保存短信模板。"))
            return redirect("notify:settings")
    words = (
        form.cleaned_data.get("text", "") if form.is_bound and form.is_valid() else initial.get("text", "")
    )
    label = Notice(notice).label
    sample = {name: str(value) for name, value in _SAMPLE.items()}
    context = {
        "form": form, "rows": rows, "preview": fill(words, sample), "label": label,
        "breadcrumbs": [Crumb(_("短信网关和模板"), reverse("notify:settings")), Crumb(label)],
    }  # fmt: skip
    return render(request, "notify/template.html", context, status=422 if form.errors else 200)


@require_GET
@staff(MESSAGES)
def messages_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """短信记录: newest first, numbers masked."""
    form = MessageFilterForm(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = messages_page(
        state=chosen.get("state", ""), notice=chosen.get("notice", ""),
        number=chosen.get("number", "").strip(), cursor=request.GET.get("cursor", ""),
    )  # fmt: skip
    rows = [(row, masked_phone(row), _TONES[MessageState(row.state)], _may_resend(row)) for row in page.rows]
    context = {"form": form, "page": page, "rows": rows, "columns": _MESSAGE_COLUMNS}
    return render(request, "notify/messages.html", context)


def _may_resend(row: Message) -> bool:
    return row.state in {MessageState.FAILED, MessageState.HELD} and row.sealed is not None


@require_POST
@staff(MESSAGES)
def message_resend(request: HttpRequest, actor: Actor, message_id: UUID) -> HttpResponse:
    """重新发送."""
    try:
        resend(actor=actor, at=timezone.now(), message_id=message_id, expected=expected_version(request))
    except StaleVersion:
        raise
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已排入发送。"))
    back, own = request.POST.get("back", ""), reverse("notify:messages")
    is_own = back.startswith(own) and url_has_allowed_host_and_scheme(back, None)
    return redirect(back if is_own else own)


def _gateway_page(request: HttpRequest, row: Gateway, form: TrialForm) -> HttpResponse:
    quiet = f"{row.quiet_from:%H:%M}—{row.quiet_to:%H:%M}" if row.quiet_from and row.quiet_to else ""
    success = f"{row.success_path} = {row.success_value}" if row.success_path else "2xx"
    context = {
        "row": row, "version": row.version, "form": form,
        "facts": [
            Fact(_("网关地址"), f"{row.method} {row.url}"),
            Fact(_("在内部网络"), _("是") if row.is_internal else _("否")),
            Fact(_("凭证"), _("已设定") if row.credential else ""),
            Fact(_("成功标志"), success),
            Fact(_("结果不明时"), _("自动重发") if row.is_deduplicating else _("等人工核实")),
            Fact(_("查询链接前缀"), row.link_base),
            Fact(_("每日额度"), row.daily_quota),
            Fact(_("免打扰时段"), quiet),
            Fact(_("有效期"), f"{row.valid_from} — {row.valid_to or ''}"),
        ],
        "failures": last_failures(row),
        "breadcrumbs": [Crumb(_("短信网关和模板"), reverse("notify:settings")), Crumb(row.name)],
    }  # fmt: skip
    return render(request, "notify/gateway.html", context, status=422 if form.errors else 200)


def _form_page(
    request: HttpRequest, form: GatewayForm, heading: str, back: str, *, version: object = None
) -> HttpResponse:
    context = {
        "form": form, "heading": heading, "back": back, "version": version,
        "breadcrumbs": [Crumb(_("短信网关和模板"), reverse("notify:settings")), Crumb(heading)],
    }  # fmt: skip
    return render(request, "notify/gateway_form.html", context, status=422 if form.errors else 200)
