"""Forms 表单 of requests to sources."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ..services.source_requests import MAX_REASON


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
