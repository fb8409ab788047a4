"""Forms of the working calendar 日历表单."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..kernel.working_time import WorkCalendar, interval
from .official import known_years

_PARTS = re.compile(r"[\s，,、;；]+")
_DASH = re.compile(r"[-~\u2014\u81f3]+")


class _IntervalsForm(forms.Form):
    """A form with a field `hours` of several intervals."""

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


class LocalDayForm(_IntervalsForm):
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


class WorkingHoursForm(_IntervalsForm):
    """Working hours 作息时间: the intervals of every working day from one day to another."""

    hours = forms.CharField(
        label=_("工作时段"), max_length=100, help_text=_("可写多段，例如 08:30-12:00 14:30-18:30。")
    )
    valid_from = forms.DateField(label=_("起始日期"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("最后一天"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("留空表示一直执行；以后新设的一段会自动接续。"),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        given = super().clean() or {}
        since, last = given.get("valid_from"), given.get("last_day")
        if since and last and last < since:
            self.add_error("last_day", _("最后一天不能早于起始日期。"))
        return given

    def valid_to(self) -> date | None:
        """The day after the last, as the service wants it."""
        last: date | None = self.cleaned_data["last_day"]
        return last + timedelta(days=1) if last else None


class YearForm(forms.Form):
    """An official year to load 载入放假安排."""

    years = forms.TypedChoiceField(label=_("年份"), coerce=int)

    def __init__(self, *args: Any, loaded: Collection[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marked = [(y, f"{y}" + (_("（已载入）") if y in loaded else "")) for y in known_years()]
        self.fields["years"].choices = marked  # type: ignore[attr-defined]
        missing = [year for year in known_years() if year not in loaded]
        self.initial.setdefault("years", min(missing, default=max(known_years(), default=None)))


class ReasonForm(forms.Form):
    """Why a correction is proposed or rejected 理由."""

    reason = forms.CharField(label=_("理由"), max_length=200)
