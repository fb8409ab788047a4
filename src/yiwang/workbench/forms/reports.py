"""Report forms 诉求表单: what staff register (代录) and what a resident fills in on the phone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...interface.public import pictures
from ...kernel.actor import Actor
from ...ledger.public import acting
from ..evidence import keep_pictures
from ..names import CHANNELS
from .fields import choice_field, class_field, select, text_area, text_input, unit_field
from .places import PlaceFields

_PHONE = re.compile(r"^\+?[0-9][0-9 -]{5,18}[0-9]$")
#: Channel of the residents' own page.
WEB = "h5"


class ReportForm(PlaceFields):
    """Fields that both doors ask for."""

    text = forms.CharField(label=_("诉求内容"), max_length=5000, widget=text_area(5))
    kind = forms.ChoiceField(
        label=_("诉求类型"),
        choices=cases.RequestKind.choices,
        initial=cases.RequestKind.HELP,
        widget=select(),
    )
    privacy = forms.ChoiceField(
        label=_("保密要求"), choices=cases.Privacy.choices, initial=cases.Privacy.OPEN, widget=select()
    )
    name = forms.CharField(label=_("称呼"), max_length=40, required=False, widget=text_input())
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=20,
        required=False,
        widget=text_input(type="tel", inputmode="tel", autocomplete="off"),
    )
    address = forms.CharField(
        label=_("地点描述"),
        max_length=300,
        required=False,
        widget=text_input(placeholder=_("例如：某某小区 3 号楼门口")),
    )

    def clean_phone(self) -> str:
        """A phone number of plausible shape, or nothing."""
        phone = str(self.cleaned_data["phone"]).strip()
        if phone and not _PHONE.match(phone):
            raise forms.ValidationError(_("请填写正确的电话号码。"))
        return phone

    def draft(self, **more: Any) -> cases.ReportDraft:
        """The draft for the service."""
        given = self.cleaned_data
        return cases.ReportDraft(
            text=given["text"],
            kind=given["kind"],
            privacy=given["privacy"],
            address=given["address"],
            lon=given.get("place_lon"),
            lat=given.get("place_lat"),
            community=given.get("community"),
            contact={"name": given["name"], "phone": given["phone"]},
            **more,
        )


class RegistrationForm(ReportForm):
    """登记诉求: staff enter what somebody says, and may finish it in one go."""

    ONLY, ACCEPT, ANSWER, ON_THE_SPOT = "only", "accept", "answer", "on_the_spot"

    channel = forms.ChoiceField(
        label=_("来源渠道"), widget=select(), choices=[c for c in CHANNELS.items() if c[0] != WEB]
    )
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=cases.Urgency.choices, widget=select())
    matter_class = class_field()
    complained_unit = unit_field(_("被投诉举报单位"), required=False)
    is_sensitive = forms.BooleanField(label=_("敏感件（仅授权人员可见）"), required=False)
    is_first_asked = forms.BooleanField(label=_("首问：由本单位接待，须办理或移交一次"), required=False)
    then = forms.ChoiceField(
        label=_("登记后"),
        initial=ONLY,
        choices=[
            (ONLY, _("仅登记")),
            (ACCEPT, _("直接受理")),
            (ANSWER, _("直接答复")),
            (ON_THE_SPOT, _("自行处置")),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("答复内容或处置情况"), max_length=2000, required=False, widget=text_area(3)
    )
    before = pictures(_("处置前照片"))
    after = pictures(_("处置后照片"))

    def offer(self, actor: Actor) -> None:
        """Offer only the ways to finish that the actor's posts permit."""
        acts = {
            self.ACCEPT: "cases.accept",
            self.ANSWER: "cases.answer",
            self.ON_THE_SPOT: "cases.handle_on_the_spot",
        }
        field = choice_field(self, "then")
        field.choices = [
            (value, label)
            for value, label in list(field.choices)  # type: ignore[arg-type]
            if value not in acts or actor.may_anywhere(acts[value])
        ]

    def run(self, *, actor: Actor, at: datetime) -> cases.Case:
        """Register, and finish as chosen, in one transaction."""
        given = self.cleaned_data
        draft = self.draft(
            channel=given["channel"],
            urgency=given["urgency"],
            matter_class=given["matter_class"],
            complained_unit=given["complained_unit"],
            is_sensitive=given["is_sensitive"],
            entered_by_staff=True,
        )
        with acting(actor=actor, at=at):
            _report, case = cases.receive_report(actor=actor, at=at, draft=draft)
            then: dict[str, Any] = {"actor": actor, "at": at, "case_id": case.id}
            keep_pictures(**then, before=given["before"], after=given["after"])
            if given["is_first_asked"]:
                cases.mark_first_asked(**then)
            if given["then"] == self.ACCEPT:
                return cases.accept_case(**then)
            if given["then"] == self.ANSWER:
                return cases.answer_directly(answer=given["answer"], **then)
            if given["then"] == self.ON_THE_SPOT:
                return cases.handle_on_the_spot(result=given["answer"], **then)
        return case


class ResidentForm(ReportForm):
    """我要反映: a resident's report in under a minute; no login.

    `website` is a trap that people do not see; who fills it in is told, so that nothing is lost silently.
    """

    scene = pictures(_("照片"), help_text=_("可不传；最多 6 张。"))
    consent = forms.BooleanField(label=_("我已阅读告知，同意为办理本诉求使用上述信息"))
    website = forms.CharField(
        label=_("请勿填写"), required=False, widget=text_input(autocomplete="off", tabindex="-1")
    )

    MOST_PICTURES = 6

    def clean_scene(self) -> list[Any]:
        """At most six pictures."""
        found: list[Any] = self.cleaned_data["scene"]
        if len(found) > self.MOST_PICTURES:
            raise forms.ValidationError(_("最多上传 6 张照片。"))
        return found

    def clean_website(self) -> str:
        """Stays empty when a person fills the form in."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("请清空“请勿填写”一栏后再提交。"))
        return ""

    def run(self, *, actor: Actor, at: datetime) -> cases.Report:
        """Register the report with its pictures."""
        with acting(actor=actor, at=at):
            report, case = cases.receive_report(actor=actor, at=at, draft=self.draft(channel=WEB))
            keep_pictures(actor=actor, at=at, case_id=case.id, scene=self.cleaned_data["scene"])
        return report


class TrackingRatingForm(forms.Form):
    """评价 by the reporter, on the scale in force."""

    outcome = forms.ChoiceField(label=_("问题解决了吗"), widget=forms.RadioSelect)
    satisfaction = forms.ChoiceField(label=_("您满意吗"), widget=forms.RadioSelect)
    comment = forms.CharField(label=_("想说的话"), max_length=500, required=False, widget=text_area(2))

    def __init__(self, *args: Any, scale: dict[str, list[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question, choices in scale.items():
            choice_field(self, question).choices = choices
