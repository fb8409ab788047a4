"""Supervision forms 催督办表单: what a person orders on a case, and the filters of the register."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...cases.public import StepAct
from ...kernel.actor import Actor
from ...kernel.working_time import UNIT_NAMES
from ...orgs.public import area_index
from .fields import choice_field, select, text_area, unit_field

UNITS = [(code, _(name)) for code, name in UNIT_NAMES.items()]


class WordsForm(forms.Form):
    """Base: the words of an order, and the version that the page has seen."""

    text = forms.CharField(label=_("意见"), max_length=1000, widget=text_area(2))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @abstractmethod
    def run(self, actor: Actor, at: datetime, case: cases.Case) -> None:
        """Carry the act out by one service call."""

    def given(self, actor: Actor, at: datetime, case: cases.Case) -> dict[str, Any]:
        """What every order takes."""
        return {
            "actor": actor, "at": at, "case_id": case.id, "text": self.cleaned_data["text"],
            "expected": self.cleaned_data["version"],
        }  # fmt: skip


class UrgeForm(WordsForm):
    """催办."""

    def run(self, actor: Actor, at: datetime, case: cases.Case) -> None:
        """Urge the case on."""
        cases.urge_case(**self.given(actor, at, case))


class ListForm(WordsForm):
    """挂牌督办."""

    def run(self, actor: Actor, at: datetime, case: cases.Case) -> None:
        """List the case."""
        cases.list_case(**self.given(actor, at, case))


class SuperviseForm(WordsForm):
    """督办, with the limit for the answer."""

    amount = forms.IntegerField(label=_("答复时限"), min_value=1, max_value=999, initial=1)
    unit = forms.ChoiceField(label=_("时限单位"), choices=UNITS, initial="work_day", widget=select())
    to = unit_field(_("答复单位"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].help_text = _("不选为全部承办单位。")

    def run(self, actor: Actor, at: datetime, case: cases.Case) -> None:
        """Supervise the case."""
        to = self.cleaned_data["to"]
        cases.supervise_case(
            **self.given(actor, at, case),
            units=[to] if to else [],
            reply=(Decimal(self.cleaned_data["amount"]), self.cleaned_data["unit"]),
        )


#: Name in the address to form, act it needs and label.
ORDERS: dict[str, tuple[type[WordsForm], str, Any]] = {
    "urge": (UrgeForm, "cases.urge", _("催办")),
    "supervise": (SuperviseForm, "cases.supervise", _("督办")),
    "list": (ListForm, "cases.list", _("挂牌督办")),
}


class RegisterForm(forms.Form):
    """Filters of the register 督办台账."""

    whose = forms.ChoiceField(
        label=_("范围"), required=False, widget=select(),
        choices=[("", _("全部")), ("mine", _("对本单位的"))],
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("类别"), required=False, widget=select())
    state = forms.ChoiceField(label=_("状态"), required=False, widget=select())
    unit = unit_field(_("对象单位"), required=False)
    area = forms.UUIDField(label=_("区域"), required=False, widget=select())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(act.value, act.label) for act in StepAct if act.value in cases.LADDER_ACTS]
        choice_field(self, "kind").choices = [("", _("全部")), *kinds]
        choice_field(self, "state").choices = [
            ("", _("全部")), ("unanswered", _("未答复")), ("late", _("逾期未答复")),
            ("answered", _("已答复")), ("listed", _("挂牌中")), ("settled", _("已销号")),
        ]  # fmt: skip
        areas = sorted(
            (node for node in area_index().by_id.values() if node.kind in {"district", "street"}),
            key=lambda node: node.code,
        )
        self.fields["area"].widget.choices = [("", _("全部")), *((node.id, node.name) for node in areas)]
