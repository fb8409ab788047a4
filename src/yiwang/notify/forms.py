"""Forms of `notify`: a gateway, a trial, a template, the filter of messages."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .enums import BodyEncoding, MessageState, Notice
from .models import Gateway
from .rules import MOST_TEXT
from .services.gateways import METHODS, GatewayTerms

_ALL = ("", _("全部"))
_BODY_HINT = _("JSON 对象；可用 {phone}、{text}、{id}、{credential}。表单和 GET 按其各项编码。")


def _day(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=hint, widget=widget)


def _clock(label: Any, *, hint: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, help_text=hint, widget=widget)


class TreeField(forms.CharField):
    """A JSON object, typed as text 报文."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
        super().__init__(max_length=4000, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The object that the text spells."""
        text = super().to_python(value)
        if not text:
            return {}
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            tree = None
        if not isinstance(tree, dict):
            raise forms.ValidationError(gettext('应为 JSON 对象，例如 {"mobile": "{phone}"}。'))
        return tree


class GatewayForm(forms.Form):
    """短信网关: how it is told, what its answer means, when it may be told."""

    name = forms.CharField(label=_("名称"), max_length=60)
    url = forms.CharField(label=_("网关地址"), max_length=300)
    is_internal = forms.BooleanField(
        label=_("在内部网络"), required=False, help_text=_("勾选后可以访问内网地址；不勾选只能访问互联网地址")
    )
    method = forms.ChoiceField(label=_("请求方法"), choices=[(name, name) for name in METHODS])
    encoding = forms.ChoiceField(label=_("报文编码"), choices=BodyEncoding.choices)
    headers = TreeField(label=_("请求头"), required=False, rows=3, help_text=_("JSON 对象，占位符同报文"))
    body = TreeField(label=_("报文"), rows=6, help_text=_BODY_HINT)
    credential = forms.CharField(
        label=_("凭证"), required=False, max_length=500, help_text=_("加密保存，不再显示；留空不改"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    success_path = forms.CharField(
        label=_("成功标志路径"), required=False, max_length=120,
        help_text=_("应答中的 JMESPath，例如 code；留空则 2xx 即成功"),
    )  # fmt: skip
    success_value = forms.CharField(label=_("成功标志值"), required=False, max_length=40)
    id_path = forms.CharField(
        label=_("回执编号路径"), required=False, max_length=120, help_text=_("JMESPath，例如 data.msgid")
    )
    is_deduplicating = forms.BooleanField(
        label=_("按编号去重"), required=False,
        help_text=_("网关收到相同的 {id} 只发一次：结果不明时自动重发；不勾选则等人工核实"),
    )  # fmt: skip
    link_base = forms.CharField(
        label=_("查询链接前缀"),
        max_length=120,
        help_text=_("居民打开本平台的地址，例如 https://yw.example.gov.cn"),
    )
    daily_quota = forms.IntegerField(label=_("每日额度"), min_value=1, max_value=1_000_000, initial=1000)
    quiet_from = _clock(_("免打扰开始"), hint=_("紧急事项除外；两项都留空则不设"))
    quiet_to = _clock(_("免打扰结束"))
    valid_from = _day(_("起始日期"))
    valid_to = _day(_("终止日期"), required=False, hint=_("从这一天起不再使用；不填为一直有效"))

    def terms(self) -> GatewayTerms:
        """What the service wants."""
        return GatewayTerms(**self.cleaned_data)


def gateway_initial(row: Gateway) -> dict[str, Any]:
    """A gateway as its form shows it; never the credential."""
    shown = {name: getattr(row, name) for name in GatewayForm.base_fields if name != "credential"}
    for name in ("headers", "body"):
        tree = shown[name]
        shown[name] = json.dumps(tree, ensure_ascii=False, indent=2) if tree else ""
    return shown


class TrialForm(forms.Form):
    """试发: to which number."""

    phone = forms.CharField(
        label=_("手机号码"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


class TemplateForm(forms.Form):
    """短信模板: the words, and from which day."""

    text = forms.CharField(
        label=_("内容"), max_length=MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("占位符：{number} 编号、{title} 诉求摘要、{link} 查询链接、{unit} 单位、{limit} 时限"),
    )  # fmt: skip
    is_sent = forms.BooleanField(label=_("发送这一事项的短信"), required=False)
    valid_from = _day(_("起始日期"), hint=_("从这一天起使用，直到有更新的模板"))


class MessageFilterForm(forms.Form):
    """短信记录的筛选."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *MessageState.choices]
    )
    notice = forms.ChoiceField(
        label=_("通知事项"), required=False, choices=[("", _("全部")), *Notice.choices]
    )
    number = forms.CharField(label=_("诉求编号"), required=False, max_length=20)
