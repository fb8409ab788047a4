"""Forms of the working calendar 日历表单."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from ..kernel.working_time import WorkCalendar, interval

_PARTS = re.compile(r"[\s，,、;；]+")
_DASH = re.compile(r"[-~\u2014\u81f3]+")


class LocalDayForm(forms.Form):
    """One local day 本地调整: its hours, or none when it is closed."""

    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    hours = forms.CharField(
        label=_("工作时段"),
        required=False,
        max_length=100,
        help_text=_("例如 08:00-12:00 14:00-18:00；留空表示当天停班。"),
    )
    name = forms.CharField(
        label=_("说明"), max_length=64, help_text=_("写入时限说明，例如 台风停工、运动会放假。")
    )

    def clean_hours(self) -> list[tuple[str, str]]:
        """The intervals as pairs of texts.

        Raises:
            ValidationError: a part is no interval, or they overlap.
        """
        pairs: list[tuple[str, str]] = []
        for part in filter(None, _PARTS.split(self.cleaned_data["hours"].strip())):
            begin, _dash, end = _DASH.sub("-", part).partition("-")
            pairs.append((begin, end))
        try:
            plan = [interval(begin, end) for begin, end in pairs]
            if plan:
                WorkCalendar(intervals=plan)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return pairs


class ReasonForm(forms.Form):
    """Why a correction is proposed or rejected 理由."""

    reason = forms.CharField(label=_("理由"), max_length=200)
