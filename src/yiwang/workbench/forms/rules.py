"""Forms of the rules 规则表单: policies, the rating scale, phrases."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...catalog.public import MatterKind
from ...kernel.actor import Actor
from .fields import choice_field, class_field, select, text_area, text_input

_STAGES = (("before", _("处置前照片")), ("after", _("处置后照片")))


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PolicyForm(forms.Form):
    """设定办理规则: for a kind of matter, or for one class of it, from a day on."""

    class_kind = forms.ChoiceField(label=_("事项种类"), choices=MatterKind.choices, widget=select())
    matter_class = class_field()
    evidence = forms.MultipleChoiceField(
        label=_("必备证据"), choices=_STAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    review = forms.ChoiceField(
        label=_("反馈审核"), choices=cases.ReviewRule.choices, widget=forms.RadioSelect,
        help_text=_("派遣员先审核反馈，再交核查。"),
    )  # fmt: skip
    sample_percent = forms.IntegerField(label=_("短路径抽查比例（%）"))
    reopen_days = forms.IntegerField(label=_("可要求重办天数"))
    archive_days = forms.IntegerField(label=_("归档天数"), help_text=_("结案后多少天自动归档。"))
    valid_from = forms.DateField(
        label=_("生效日"), widget=_day(), help_text=_("从这一天起适用；同一天再次设定则更改该条。")
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matter_class"].help_text = _("不选为该种类的全部事项。")

    def terms(self) -> cases.PolicyTerms:
        """What was entered; call only when the form is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return cases.PolicyTerms(**{**given, "evidence": tuple(given["evidence"])})

    @classmethod
    def starting_from(cls, row: cases.LoopPolicy | None, today: date) -> PolicyForm:
        """A form that begins with what a row says, from today or the row's own later day."""
        if row is None:
            usual = cases.PolicyTerms(class_kind=MatterKind.EVENT.value, valid_from=today)
            return cls(
                initial={**{name: getattr(usual, name) for name in cls.base_fields if name != "version"}}
            )
        first = max(today, row.valid_from)
        initial = {name: getattr(row, name) for name in cls.base_fields if name != "version"}
        version = row.version if row.valid_from == first else None
        return cls(initial={**initial, "valid_from": first, "version": version})


class EndForm(forms.Form):
    """The first day on which something no longer holds."""

    valid_to = forms.DateField(label=_("停用日"), widget=_day())


class OptionForm(forms.Form):
    """新增评价选项."""

    question = forms.ChoiceField(label=_("评价问题"), choices=cases.RatingQuestion.choices, widget=select())
    label = forms.CharField(label=_("名称"), max_length=24, widget=text_input())
    label_en = forms.CharField(label=_("英文名称"), max_length=40, required=False, widget=text_input())
    code = forms.CharField(
        label=_("代码"),
        max_length=24,
        widget=text_input(),
        help_text=_("小写字母、数字或下划线，如 very_satisfied"),
    )
    is_positive = forms.BooleanField(label=_("计为满意或解决"), required=False)
    valid_from = forms.DateField(label=_("生效日"), widget=_day())


class PhraseForm(forms.Form):
    """新增常用语: whose, for which act, and the words."""

    owner = forms.ChoiceField(label=_("归属"), widget=select())
    purpose = forms.ChoiceField(label=_("用途"), choices=cases.PhrasePurpose.choices, widget=select())
    text = forms.CharField(label=_("内容"), max_length=300, widget=text_area(2))

    def __init__(self, *args: Any, owners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_field(self, "owner").choices = owners

    def terms(self, actor: Actor) -> dict[str, Any]:
        """Arguments of the service; call only when the form is valid."""
        given = self.cleaned_data
        owner = given["owner"]
        return {
            "purpose": given["purpose"],
            "text": given["text"],
            "account": actor.account_id if owner == "own" else None,
            "unit": UUID(owner) if owner not in {"own", "everyone"} else None,
        }
