"""Ladder forms 催督办阶梯表单: for which cases, from which day, and step by step."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...cases.public import LadderEvent, Stage, StepAct, StepAnchor, StepTarget, Urgency
from ...catalog.public import MatterKind
from .fields import class_field, select, text_input
from .supervisions import UNITS

#: Rows for new steps below those of the ladder.
MORE_ROWS = 3
_ANY = [("", "—")]


class LadderForm(forms.Form):
    """设定阶梯: the cases it holds for, and from when on."""

    name = forms.CharField(label=_("名称"), max_length=60, widget=text_input())
    stage = forms.ChoiceField(
        label=_("阶段或事件"), widget=select(),
        choices=[
            (_("阶段"), [(stage.value, stage.label) for stage in Stage if stage != Stage.SUSPENDED]),
            (_("事件"), LadderEvent.choices),
        ],
    )  # fmt: skip
    class_kind = forms.ChoiceField(
        label=_("事项种类"), required=False, widget=select(), choices=[("", _("全部")), *MatterKind.choices]
    )
    matter_class = class_field()
    urgency = forms.ChoiceField(
        label=_("紧急程度"), required=False, widget=select(), choices=[("", _("全部")), *Urgency.choices]
    )
    basis = forms.CharField(
        label=_("依据"), max_length=200, required=False, widget=text_input(),
        help_text=_("文件名称、文号和条款；没有正式依据的请写明“示例”。"),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=_("生效日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("从这一天起适用；同一天再次设定则更改该条。"),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matter_class"].help_text = _("不选为全部事项。")

    def terms(self, steps: list[dict[str, Any]], code: str) -> cases.LadderTerms:
        """What was entered; call only when the form is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return cases.LadderTerms(**given, steps=tuple(steps), code=code)


class StepForm(forms.Form):
    """One step 步骤; a row without an act is left out."""

    act = forms.ChoiceField(
        label=_("动作"), required=False, choices=[*_ANY, *StepAct.choices], widget=select()
    )
    anchor = forms.ChoiceField(
        label=_("时点"), required=False, choices=[*_ANY, *StepAnchor.choices], widget=select()
    )
    share = forms.IntegerField(label=_("用去比例（%）"), required=False)
    amount = forms.IntegerField(label=_("到期后"), required=False)
    count = forms.IntegerField(label=_("第几次起（事件）"), required=False)
    unit = forms.ChoiceField(label=_("单位"), required=False, choices=[*_ANY, *UNITS], widget=select())
    to = forms.MultipleChoiceField(
        label=_("对象"), required=False, choices=StepTarget.choices, widget=forms.CheckboxSelectMultiple
    )
    reply_amount = forms.IntegerField(label=_("答复时限"), required=False)
    reply_unit = forms.ChoiceField(
        label=_("答复时限单位"), required=False, choices=[*_ANY, *UNITS], widget=select()
    )

    def step(self) -> dict[str, Any] | None:
        """The step as it is stored, with what its moment needs; None for an empty row."""
        given = self.cleaned_data
        if not given.get("act"):
            return None
        row: dict[str, Any] = {"act": given["act"], "anchor": given["anchor"], "to": given["to"]}
        if given["anchor"] == StepAnchor.SHARE:
            row["share"] = given["share"]
        if given["anchor"] == StepAnchor.AFTER:
            row.update(amount=given["amount"], unit=given["unit"])
        if given["anchor"] == StepAnchor.COUNT:
            row["count"] = given["count"]
        if given["reply_amount"] is not None:
            row.update(reply_amount=given["reply_amount"], reply_unit=given["reply_unit"])
        return row


StepFormSet = forms.formset_factory(StepForm, extra=MORE_ROWS, max_num=24)


def starting_from(row: cases.Ladder | None, today: date) -> tuple[LadderForm, Any]:
    """Forms that begin with what a ladder says, from today or its own later day."""
    if row is None:
        return LadderForm(initial={"valid_from": today}), StepFormSet(prefix="step")
    first = max(today, row.valid_from)
    initial = {name: getattr(row, name) for name in LadderForm.base_fields if name != "version"}
    initial.update(valid_from=first, version=row.version if row.valid_from == first else None)
    return LadderForm(initial=initial), StepFormSet(prefix="step", initial=row.steps)
