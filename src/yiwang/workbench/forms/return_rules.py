"""Forms of the return rules 退单与兜底规则: limits, reasons, fallback owners."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...catalog.public import LimitUnit, MatterKind
from .. import names
from .fields import Picker, select, text_area, text_input, unit_field

_KINDS = [("", _("全部事项")), *MatterKind.choices]
_LIMITS = (
    ("ask", _("申请退单期限")), ("review", _("审核期限")), ("ruling", _("裁定期限")),
    ("fallback", _("待派遣多久可兜底")),
)  # fmt: skip


def _day() -> forms.DateField:
    return forms.DateField(
        label=_("生效日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ReturnRuleForm(forms.Form):
    """设定退单规则: for every kind of matter or for one, from a day on."""

    class_kind = forms.ChoiceField(label=_("事项种类"), choices=_KINDS, required=False, widget=select())
    ask_from = forms.ChoiceField(
        label=_("退单期限起点"), choices=cases.ReturnStart.choices, widget=select(),
        help_text=_("自签收起算的，未签收的任务可以申请退单。"),
    )  # fmt: skip
    arbitrate_from = forms.IntegerField(label=_("第几次退单起须裁定"), initial=2)
    most_transfers = forms.IntegerField(label=_("首问最多移交次数"), initial=1)
    basis = forms.CharField(label=_("依据"), max_length=300, widget=text_area(2))
    valid_from = _day()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in _LIMITS:
            self.fields[f"{name}_amount"] = forms.DecimalField(
                label=label, min_value=0, max_digits=8, decimal_places=4
            )
            self.fields[f"{name}_unit"] = forms.ChoiceField(
                label=_("时间单位"), choices=LimitUnit.choices, widget=select()
            )
        last = ("arbitrate_from", "most_transfers", "basis", "valid_from")
        pairs = [f"{name}_{part}" for name, _label in _LIMITS for part in ("amount", "unit")]
        self.order_fields(["class_kind", *pairs[:2], "ask_from", *pairs[2:], *last])

    def terms(self) -> cases.ReturnRuleTerms:
        """What was entered; call only when the form is valid."""
        given = self.cleaned_data
        limits: dict[str, Any] = {
            name: (given[f"{name}_amount"], given[f"{name}_unit"]) for name, _label in _LIMITS
        }
        rest = ("class_kind", "ask_from", "arbitrate_from", "most_transfers", "basis", "valid_from")
        return cases.ReturnRuleTerms(**limits, **{name: given[name] for name in rest})

    @classmethod
    def starting_from(cls, row: cases.ReturnRule | None, today: date) -> ReturnRuleForm:
        """A form that begins with what a row says, from today or the row's own later day."""
        if row is None:
            return cls(initial={"valid_from": today})
        initial = {name: getattr(row, name) for name in (*cls().fields,)}
        amounts = {f"{name}_amount": f"{initial[f'{name}_amount'].normalize():f}" for name, _label in _LIMITS}
        return cls(initial={**initial, **amounts, "valid_from": max(today, row.valid_from)})


class ReasonRowForm(forms.Form):
    """新增退单理由."""

    code = forms.CharField(label=_("代码"), max_length=24, widget=text_input())
    label = forms.CharField(label=_("名称"), max_length=24, widget=text_input())
    label_en = forms.CharField(label=_("英文名称"), max_length=40, required=False, widget=text_input())
    basis = forms.CharField(label=_("依据"), max_length=300, widget=text_area(2))
    valid_from = _day()


class FallbackOwnerForm(forms.Form):
    """设定兜底单位: of an area, for every kind of matter or for one."""

    area = forms.UUIDField(
        label=_("区域"), widget=Picker(reverse_lazy("workbench:pick_areas"), names.area_name)
    )
    class_kind = forms.ChoiceField(label=_("事项种类"), choices=_KINDS, required=False, widget=select())
    unit = unit_field(_("兜底单位"))
    basis = forms.CharField(label=_("依据"), max_length=300, widget=text_area(2))
    valid_from = _day()
