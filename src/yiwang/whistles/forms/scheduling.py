"""The form of judging a schedule 研判定期哨: who reports whenever it opens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import WhistleSchedule
from .fields import keys, unit_choices


class JudgeScheduleForm(forms.Form):
    """Host and co-units of every whistle of a schedule; those proposed are chosen."""

    host = forms.ChoiceField(label=_("主办单位"))
    co_units = forms.MultipleChoiceField(
        label=_("配合单位"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )

    def __init__(self, *args: Any, schedule: WhistleSchedule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = [str(key) for key in schedule.units]
        self.fields["host"].choices = unit_choices()  # type: ignore[attr-defined]
        self.fields["co_units"].choices = unit_choices(empty=False)  # type: ignore[attr-defined]
        self.fields["host"].initial = standing[0] if standing else ""
        self.fields["co_units"].initial = standing[1:]

    def named(self) -> dict[str, Any]:
        """Host and co-units for the service; call only when the form is valid."""
        host = self.cleaned_data["host"]
        others = keys(key for key in self.cleaned_data["co_units"] if key != host)
        return {"host": UUID(host), "co_units": others}
