"""Responsibility forms 退单与责任表单: returning, deciding, arbitrating, handing over, falling back."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...files.public import attachments_of
from ...interface.public import pictures
from ...kernel.actor import Actor
from ...ledger.public import acting
from .. import names
from ..evidence import keep_pictures
from .fields import Picker, UnitsField, choice_field, select, text_area, text_input, unit_field

#: Rows of the minutes that the form of a ruling offers.
VIEW_ROWS = 3


class ResponsibilityForm(forms.Form):
    """Base: carries the version that the page has seen and the key of what is decided.

    Attributes:
        action: name of the form in addresses.
        label: what the button says.
    """

    action: ClassVar[str] = ""
    label: ClassVar[Any] = ""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    subject = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, case: cases.Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.fields["version"].initial = case.version
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and hints from the case."""

    @abstractmethod
    def run(self, *, actor: Actor, at: datetime) -> None:
        """Carry the act out by one service call."""

    def given(self, actor: Actor, at: datetime) -> dict[str, Any]:
        """What every act on the case takes."""
        return {"actor": actor, "at": at, "case_id": self.case.id, "expected": self.cleaned_data["version"]}

    def decision(self, actor: Actor, at: datetime) -> dict[str, Any]:
        """What every decision on a return takes."""
        found = {"actor": actor, "at": at, "return_id": self.cleaned_data["subject"]}
        return {**found, "expected": self.cleaned_data["version"]}


class AskReturnForm(ResponsibilityForm):
    """申请退单: reason, words, evidence, and whose job it is."""

    action, label = "ask_return", _("申请退单")

    reason = forms.ChoiceField(label=_("退单理由"), widget=select())
    words = forms.CharField(label=_("说明"), max_length=500, widget=text_area(3))
    proposed_unit = unit_field(_("建议承办单位"), required=False)
    scene = pictures(_("证据照片"))

    def prepare(self) -> None:
        """The reasons of the day, each with its basis; until when, and who decides this time."""
        at = timezone.now()
        reasons = cases.return_reasons(at)
        choice_field(self, "reason").choices = [(row.code, row.words) for row in reasons]
        basis = "；".join(f"{row.words}：{row.basis}" for row in reasons if row.basis)
        self.fields["reason"].help_text = basis
        if self.case.return_count + 1 >= cases.return_limits(self.case, at).arbitrate_from:
            self.fields["words"].help_text = gettext(
                "本案已退过单，再次退单将提交争议裁定；裁定前请继续办理。"
            )

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Keep the pictures and ask, in one transaction."""
        asked, version = self.cleaned_data, self.cleaned_data["version"]
        with acting(actor=actor, at=at):
            had = {row.id for row in attachments_of(cases.EVIDENCE_OWNER, self.case.id)}
            version = keep_pictures(
                actor=actor, at=at, case_id=self.case.id, expected=version, scene=asked["scene"] or ()
            )
            added = [r.id for r in attachments_of(cases.EVIDENCE_OWNER, self.case.id) if r.id not in had]
            terms = cases.ReturnTerms(asked["reason"], asked["words"], asked["proposed_unit"], added)
            cases.ask_return(actor=actor, at=at, case_id=self.case.id, terms=terms, expected=version)


class GrantReturnForm(ResponsibilityForm):
    """准予退单: the task ends; the co-units stay or go with the host."""

    action, label = "grant_return", _("准予退单")

    keeps_co_units = forms.BooleanField(label=_("协办单位继续办理"), required=False, initial=True)
    words = forms.CharField(label=_("审核意见"), max_length=500, required=False, widget=text_area(2))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Grant."""
        said = {name: self.cleaned_data[name] for name in ("keeps_co_units", "words")}
        cases.grant_return(**said, **self.decision(actor, at))


class WordsForm(ResponsibilityForm):
    """A decision that is given in words."""

    SERVICES: ClassVar[dict[str, Any]] = {
        "refuse_return": cases.refuse_return,
        "refer_return": cases.refer_return,
    }
    words = forms.CharField(label=_("审核意见"), max_length=500, widget=text_area(3))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Decide."""
        self.SERVICES[self.action](words=self.cleaned_data["words"], **self.decision(actor, at))


class RefuseReturnForm(WordsForm):
    """不予退单."""

    action, label = "refuse_return", _("不予退单")


class ReferReturnForm(WordsForm):
    """提请裁定."""

    action, label = "refer_return", _("提请裁定")


class TakeBackReturnForm(ResponsibilityForm):
    """收回退单申请."""

    action, label = "take_back_return", _("收回退单申请")

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Take back."""
        cases.take_back_return(actor=actor, at=at, return_id=self.cleaned_data["subject"])


class AskArbitrationForm(ResponsibilityForm):
    """申请争议裁定, by the receiver of a handover."""

    action, label = "ask_arbitration", _("申请争议裁定")

    words = forms.CharField(label=_("理由"), max_length=500, widget=text_area(3))
    proposed_unit = unit_field(_("建议承办单位"), required=False)

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Ask."""
        said = {name: self.cleaned_data[name] for name in ("words", "proposed_unit")}
        cases.ask_arbitration(**said, **self.given(actor, at))


class RuleForm(ResponsibilityForm):
    """作出裁定: by meeting or designation, the units, the basis and the words."""

    action, label = "rule_arbitration", _("作出裁定")

    mode = forms.ChoiceField(label=_("裁定方式"), choices=cases.RulingMode.choices, widget=forms.RadioSelect)
    host = unit_field(_("主办单位"))
    co_units = UnitsField(
        label=_("协办单位"),
        required=False,
        widget=Picker(reverse_lazy("workbench:pick_units"), names.unit_name, multiple=True),
    )
    legal_basis = forms.CharField(label=_("法定依据"), max_length=300, widget=text_area(2))
    words = forms.CharField(label=_("裁定意见（含分工）"), max_length=1000, widget=text_area(3))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].help_text = _("会商须记录至少两个单位的意见；只写单位和岗位，不写姓名。")
        for number in range(1, VIEW_ROWS + 1):
            mark = {"n": number}
            self.fields[f"view_unit_{number}"] = unit_field(gettext("会商单位 %(n)d") % mark, required=False)
            self.fields[f"view_post_{number}"] = forms.CharField(
                label=gettext("岗位 %(n)d") % mark, max_length=40, required=False, widget=text_input()
            )
            self.fields[f"view_words_{number}"] = forms.CharField(
                label=gettext("意见 %(n)d") % mark, max_length=500, required=False, widget=text_area(2)
            )

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Rule."""
        given = self.cleaned_data
        ruling = cases.Ruling(
            mode=given["mode"], host=given["host"], co_units=tuple(given["co_units"]),
            legal_basis=given["legal_basis"], words=given["words"], views=self._views(),
        )  # fmt: skip
        cases.rule_arbitration(
            actor=actor, at=at, arbitration_id=given["subject"], ruling=ruling, expected=given["version"]
        )

    def _views(self) -> tuple[cases.MeetingView, ...]:
        given, found = self.cleaned_data, []
        for number in range(1, VIEW_ROWS + 1):
            unit, words = given[f"view_unit_{number}"], given[f"view_words_{number}"]
            if unit is not None or words:
                post = given[f"view_post_{number}"]
                found.append(cases.MeetingView(unit or UUID(int=0), post, words))
        return tuple(found)


class HandOverForm(ResponsibilityForm):
    """首问移交, once."""

    action, label = "hand_over", _("首问移交")

    to_unit = unit_field(_("接收单位"))
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(3))

    def prepare(self) -> None:
        """Say what follows."""
        self.fields["to_unit"].help_text = _("只能移交一次；接收单位不得再转、不得退单。")

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Hand over."""
        said = {name: self.cleaned_data[name] for name in ("to_unit", "reason")}
        cases.hand_over_case(**said, **self.given(actor, at))


class FirstAskedForm(ResponsibilityForm):
    """记为首问."""

    action, label = "mark_first", _("记为首问")

    unit = unit_field(_("首问单位"), required=False)

    def prepare(self) -> None:
        """Say what an empty field means."""
        self.fields["unit"].help_text = _("不填为您所在的单位和岗位；派遣员可以指明其他单位。")

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Note it."""
        cases.mark_first_asked(unit=self.cleaned_data["unit"], **self.given(actor, at))


class FallbackForm(ResponsibilityForm):
    """兜底派遣."""

    action, label = "take_fallback", _("兜底派遣")

    cause = forms.ChoiceField(
        label=_("兜底原因"), choices=cases.FallbackCause.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(3))

    def prepare(self) -> None:
        """Who it is, and from when."""
        offer = cases.fallback_offer(self.case, timezone.now())
        if offer is not None and offer.owner is not None:
            said = {"unit": names.unit_name(offer.owner.unit_id), "basis": offer.owner.basis}
            self.fields["cause"].help_text = gettext("兜底单位：%(unit)s（%(basis)s）") % said

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Give it to the fallback owner."""
        said = {name: self.cleaned_data[name] for name in ("cause", "reason")}
        cases.take_fallback(**said, **self.given(actor, at))


RESPONSIBILITY_FORMS: dict[str, type[ResponsibilityForm]] = {
    form.action: form
    for form in (
        AskReturnForm, GrantReturnForm, RefuseReturnForm, ReferReturnForm, TakeBackReturnForm,
        AskArbitrationForm, RuleForm, HandOverForm, FirstAskedForm, FallbackForm,
    )
}  # fmt: skip
