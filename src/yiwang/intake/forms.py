"""Forms of intake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..interface.public import registered_channels
from .enums import AlertColour, AlertStatus, DropReason, EntryState, Reason, RevealPurpose
from .models import Mapping
from .rules.specification import TARGETS

_ALL = ("", _("全部"))
_LABELS = {
    "source_number": _("来源编号"),
    "text": _("诉求内容"),
    "title": _("标题"),
    "kind": _("诉求类型"),
    "urgency": _("紧急程度"),
    "privacy": _("保密要求"),
    "class": _("事项类别"),
    "community": _("社区代码"),
    "address": _("地点"),
    "lon": _("经度"),
    "lat": _("纬度"),
    "occurred_at": _("发生时间"),
    "received_at": _("接收时间"),
    "contact_name": _("联系人"),
    "contact_phone": _("联系电话"),
    "state": _("状态"),
    "ending": _("办结方式"),
    "closed_at": _("办结时间"),
    "grid": _("网格代码"),
    "updated_at": _("来源更新时间"),
    "due_at": _("来源时限"),
    "rating": _("来源回访结果"),
    "rating_comment": _("来源回访意见"),
    "verdict": _("来源裁定"),
    "attachments": _("附件"),
}


def field_label(target: str) -> str:
    """The words for a target field of a mapping."""
    return str(_LABELS.get(target, target))


class UploadForm(forms.Form):
    """上传: a file and the mapping to read it by."""

    file = forms.FileField(label=_("文件"), help_text=_("CSV、CSV.GZ、XLSX 或 NDJSON。"))
    mapping = forms.ChoiceField(label=_("映射"))

    def __init__(self, *args: Any, mappings: Sequence[Mapping], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = registered_channels()
        choices = [(str(m.id), f"{names.get(m.name, m.name)} · {m.get_format_display()}") for m in mappings]
        self.fields["mapping"].choices = choices  # type: ignore[attr-defined]


class EntryFilterForm(forms.Form):
    """隔离数据的筛选."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[_ALL, *EntryState.choices], initial=EntryState.OPEN
    )
    reason = forms.ChoiceField(label=_("原因"), required=False, choices=[_ALL, *Reason.choices])
    run = forms.UUIDField(required=False, widget=forms.HiddenInput)


class CorrectionForm(forms.Form):
    """更正: which field to read anew, and its text."""

    field = forms.ChoiceField(label=_("字段"), choices=[(name, _LABELS[name]) for name in TARGETS])
    value = forms.CharField(
        label=_("更正为"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000,
        help_text=_("留空表示这一项没有值。"),
    )  # fmt: skip


class DropForm(forms.Form):
    """舍弃: why."""

    reason = forms.ChoiceField(label=_("舍弃原因"), choices=DropReason.choices)


class RevealForm(forms.Form):
    """查看原文: what for."""

    purpose = forms.ChoiceField(label=_("用途"), choices=RevealPurpose.choices)


class AlertFilterForm(forms.Form):
    """预警的筛选."""

    shown = forms.ChoiceField(
        label=_("范围"), required=False, choices=[("", _("生效中")), ("all", _("全部收到的"))]
    )
    colour = forms.ChoiceField(label=_("颜色"), required=False, choices=[_ALL, *AlertColour.choices])
    area = forms.ChoiceField(label=_("区域"), required=False)
    status = forms.ChoiceField(
        label=_("性质"),
        required=False,
        choices=[("", AlertStatus.ACTUAL.label), *AlertStatus.choices[1:], ("all", _("全部"))],
    )

    def __init__(self, *args: Any, areas: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [_ALL, *areas]  # type: ignore[attr-defined]
