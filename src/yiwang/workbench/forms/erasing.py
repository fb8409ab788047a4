"""The form of a reporter who wants his personal data erased 申请删除."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import text_area


class ErasureForm(forms.Form):
    """Why, and that it cannot be undone."""

    reason = forms.CharField(
        label=_("申请理由"),
        max_length=500,
        widget=text_area(3),
        help_text=_("例如 问题已解决，不再需要保留。"),
    )
    sure = forms.BooleanField(label=_("我知道删除后不能恢复，我也不能再凭这条诉求查看原文"))
