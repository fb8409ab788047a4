"""Forms of the registry, of keys, of write-backs and of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import ChannelKind, DoorKind, KeyKind, WriteBackState

_ALL = ("", _("全部"))


class ChannelFilterForm(forms.Form):
    """渠道目录的筛选."""

    text = forms.CharField(
        label=_("名称或单位"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"})
    )
    door = forms.ChoiceField(label=_("对接方式"), required=False, choices=[_ALL, *DoorKind.choices])
    kind = forms.ChoiceField(label=_("来源类别"), required=False, choices=[_ALL, *ChannelKind.choices])
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            _ALL,
            ("open", _("已启用")),
            ("disabled", _("未启用")),
            ("invalid", _("不在有效期")),
            ("example", _("示例格式")),
            ("troubled", _("需要关注")),
        ],
    )


class RegistryFileForm(forms.Form):
    """导入渠道目录: a registry file."""

    file = forms.FileField(label=_("渠道目录文件"), help_text=_("YAML 文件，可含一个或多个渠道定义。"))


class DisableForm(forms.Form):
    """停用渠道: the reason."""

    reason = forms.CharField(label=_("停用原因"), max_length=200)


class KeyForm(forms.Form):
    """发放凭证: its kind, how long it holds, and the other side's token where that is what is kept."""

    kind = forms.ChoiceField(label=_("凭证类型"), choices=KeyKind.choices)
    valid_to = forms.DateField(
        label=_("失效日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("当日零点失效；留空为长期有效。"),
    )  # fmt: skip
    given = forms.CharField(
        label=_("对方发放的令牌"), required=False, max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("只在类型为“对方发放的令牌”时填写。"),
    )  # fmt: skip


class WriteBackFilterForm(forms.Form):
    """回写的筛选."""

    channel = forms.ChoiceField(label=_("渠道"), required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[_ALL, *WriteBackState.choices])

    def __init__(self, *args: Any, channels: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [_ALL, *channels]  # type: ignore[attr-defined]


class CatalogueFilterForm(forms.Form):
    """业务系统目录的筛选."""

    text = forms.CharField(
        label=_("系统、单位或资源"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
    level = forms.ChoiceField(label=_("层级"), required=False)
    sharing = forms.ChoiceField(label=_("共享方式"), required=False)

    def __init__(self, *args: Any, levels: Sequence[str], sharings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, values in (("level", levels), ("sharing", sharings)):
            self.fields[name].choices = [_ALL, *((value, value) for value in values)]  # type: ignore[attr-defined]
