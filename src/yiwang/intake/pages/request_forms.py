"""Forms 表单 of requests to sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import SourceRequestKind
from ..services.source_requests import MAX_REASON
from ..states import ASKED, SOURCE_REQUEST


class RequestFilterForm(forms.Form):
    """来源申请的筛选."""

    state = forms.ChoiceField(
        label=_("状态"), required=False,
        choices=[
            ("", _(SOURCE_REQUEST.states[ASKED])),
            *((name, _(label)) for name, label in SOURCE_REQUEST.states.items() if name != ASKED),
            ("all", _("全部")),
        ],
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("申请事项"), required=False, choices=[("", _("全部")), *SourceRequestKind.choices]
    )
    channel = forms.ChoiceField(label=_("渠道"), required=False)

    def __init__(self, *args: Any, channels: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [("", _("全部")), *channels]  # type: ignore[attr-defined]


class ReturnForm(forms.Form):
    """Why the source should take the report back."""

    reason = forms.CharField(
        label=_("理由"), max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("原样告知来源，请勿写入诉求人姓名、电话等个人信息。"),
    )  # fmt: skip


class ExtensionForm(ReturnForm):
    """Why more time is needed, and until when."""

    wished_at = forms.DateTimeField(
        label=_("希望延至"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    field_order = ("wished_at", "reason")
