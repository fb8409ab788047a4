"""Forms of clocks 时限表单: contacting the reporter, and the limit of a stage."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...catalog.public import MatterKind
from .fields import class_field, select, text_area, text_input

_UNITS = (
    ("urgent_hour", _("紧急工作时")),
    ("work_hour", _("工作时")),
    ("work_day", _("工作日")),
    ("urgent_day", _("紧急工作日")),
)
_STAGES = [choice for choice in cases.Stage.choices if choice[0] != cases.Stage.SUSPENDED]


def _amount(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=8, decimal_places=4, help_text=help_text, min_value=0
    )


class ContactForm(forms.Form):
    """联系诉求人."""

    way = forms.ChoiceField(label=_("联系途径"), choices=cases.ContactWay.choices, widget=select())
    reached = forms.TypedChoiceField(
        label=_("结果"), choices=(("yes", _("已联系上")), ("no", _("未联系上"))),
        coerce=lambda value: value == "yes", widget=forms.RadioSelect, initial="yes",
    )  # fmt: skip
    note = forms.CharField(
        label=_("联系情况"), required=False, max_length=500, widget=text_area(2),
        help_text=_("未联系上的请写明情况；不要写诉求人的姓名和电话。"),
    )  # fmt: skip


class LimitForm(forms.Form):
    """设定阶段时限: for whom, how long, on what basis, from a day on."""

    stage = forms.ChoiceField(label=_("阶段"), choices=_STAGES, widget=select())
    class_kind = forms.ChoiceField(
        label=_("事项种类"), choices=[("", _("全部")), *MatterKind.choices], required=False, widget=select()
    )
    matter_class = class_field()
    urgency = forms.ChoiceField(
        label=_("紧急程度"),
        choices=[("", _("全部")), *cases.Urgency.choices],
        required=False,
        widget=select(),
    )
    amount = _amount(_("承诺时限"), _("处置的承诺时限在事项目录中设定，这里不填。"))
    unit = forms.ChoiceField(label=_("承诺时限单位"), choices=_UNITS, required=False, widget=select())
    legal_amount = _amount(_("法定时限"), _("法律法规有规定的填写，与承诺时限并列显示。"))
    legal_unit = forms.ChoiceField(label=_("法定时限单位"), choices=_UNITS, required=False, widget=select())
    from_signing = forms.BooleanField(
        label=_("自签收起算"), required=False, help_text=_("只用于联系诉求人；不选为自派遣起算。")
    )
    basis = forms.CharField(
        label=_("依据"), max_length=200, widget=text_input(), help_text=_("没有文件依据的也请写明。")
    )
    valid_from = forms.DateField(
        label=_("生效日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("从这一天起开始的计时适用；已在走的计时不变。"),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def terms(self) -> cases.StageTerms:
        """What was entered; call only when the form is valid."""
        return cases.StageTerms(**{k: v for k, v in self.cleaned_data.items() if k != "version"})

    @classmethod
    def starting_from(cls, row: cases.StageLimit | None, today: date) -> LimitForm:
        """A form that begins with what a row says, from today or the row's own later day."""
        if row is None:
            return cls(initial={"valid_from": today, "unit": "work_hour", "legal_unit": "work_day"})
        first = max(today, row.valid_from)
        initial = {name: getattr(row, name) for name in cls.base_fields if name != "version"}
        for name in ("amount", "legal_amount"):
            if initial[name] is not None:
                initial[name] = f"{initial[name].normalize():f}"
        version = row.version if row.valid_from == first else None
        return cls(initial={**initial, "valid_from": first, "version": version})
