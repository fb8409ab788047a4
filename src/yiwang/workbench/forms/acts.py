"""Act forms 行为表单: one form an act of the case table, each making one service call."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...catalog.public import LimitUnit, catalog_index, responsible
from ...interface.public import pictures
from ...kernel.actor import Actor
from ...ledger.public import acting
from .. import names
from ..evidence import keep_pictures
from .fields import (
    Picker,
    UnitsField,
    choice_field,
    class_field,
    select,
    text_area,
    text_input,
    unit_field,
)
from .places import PlaceFields


class ActForm(forms.Form):
    """Base of the act forms: carries the version that the page has seen.

    Attributes:
        action: name of the form in addresses.
        phrases: purpose of the phrases that may be put into `phrase_field`.
    """

    action: ClassVar[str] = ""
    phrases: ClassVar[str] = ""
    phrase_field: ClassVar[str] = ""
    SERVICES: ClassVar[dict[str, Any]] = {
        "request_verification": cases.request_verification,
        "confirm": cases.confirm_case,
        "approve": cases.approve_feedback,
        "sign": cases.sign_task,
    }

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, case: cases.Case, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.action}_%s")
        super().__init__(*args, **kwargs)
        self.case = case
        self.fields["version"].initial = case.version
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and proposals from the case."""

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Carry the act out by one service call; an act without fields needs nothing but the case."""
        self.SERVICES[self.action](**self._given(actor, at))

    def _given(self, actor: Actor, at: datetime) -> dict[str, Any]:
        return {
            "actor": actor,
            "at": at,
            "case_id": self.case.id,
            "expected": self.cleaned_data.get("version"),
        }


def plain(name: str) -> type[ActForm]:
    """The form of an act without fields."""
    return type(f"{name.title()}Form", (ActForm,), {"action": name})


class ReasonForm(ActForm):
    """An act that asks for a reason."""

    SERVICES: ClassVar[dict[str, Any]] = {
        "refute": cases.refute_case,
        "return_to_acceptance": cases.return_to_acceptance,
        "void": cases.void_case,
        "recall": cases.recall_case,
        "rework": cases.rework_case,
        "reopen": cases.reopen_case,
    }
    phrase_field = "reason"

    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(2))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Call the service of the action with the reason."""
        self.SERVICES[self.action](reason=self.cleaned_data["reason"], **self._given(actor, at))


def reasoned(name: str, phrases: str = "") -> type[ActForm]:
    """The form of an act that asks for a reason only."""
    return type(f"{name.title()}Form", (ReasonForm,), {"action": name, "phrases": phrases})


class AcceptForm(PlaceFields, ActForm):
    """受理: class, place and urgency."""

    action = "accept"

    matter_class = class_field(required=True)
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=cases.Urgency.choices, widget=select())

    field_order = (
        "version",
        "matter_class",
        "urgency",
        "district",
        "street",
        "community",
        "place_lon",
        "place_lat",
    )

    def prepare(self) -> None:
        """Start from what is known; a case that has its place is not asked for it again."""
        self.fields["matter_class"].initial = self.case.matter_class
        self.fields["urgency"].initial = self.case.urgency
        if self.case.community is not None:
            self.drop_place()
        else:
            self.prepare_place()

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Accept the case."""
        given = self.cleaned_data
        cases.accept_case(
            matter_class=given["matter_class"],
            urgency=given["urgency"],
            community=given.get("community"),
            lon=given.get("place_lon"),
            lat=given.get("place_lat"),
            **self._given(actor, at),
        )


class RegisterForm(ActForm):
    """立案: one of the registering conditions of the class."""

    action = "register"

    condition = forms.ChoiceField(label=_("立案条件"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """Offer the conditions of the class with their limits."""
        found = catalog_index().conditions(self.case.matter_class) if self.case.matter_class else ()
        choices = [(str(row.id), f"{row.text}（{limit_text(row.amount, row.unit)}）") for row in found]
        field = choice_field(self, "condition")
        field.choices = choices
        field.initial = choices[0][0] if len(choices) == 1 else None

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Register the case under the condition."""
        condition = UUID(self.cleaned_data["condition"])
        cases.register_case(condition_id=condition, **self._given(actor, at))


def limit_text(amount: Any, unit: str) -> str:
    """A limit in words, such as `4工作时`."""
    number = Decimal(str(float(amount))).normalize()
    return f"{number:f}{LimitUnit(unit).label}" if unit else ""


class AnswerForm(ActForm):
    """直接答复: the answer, which the reporter reads."""

    action = "answer"
    phrases = "answer"
    phrase_field = "answer"

    answer = forms.CharField(
        label=_("答复内容"), max_length=2000, widget=text_area(4), help_text=_("诉求人会看到这段文字。")
    )

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Answer and close."""
        cases.answer_directly(answer=self.cleaned_data["answer"], **self._given(actor, at))


class OnTheSpotForm(ActForm):
    """自行处置: what was done, with pictures before and after."""

    action = "handle_on_the_spot"
    phrases = "result"
    phrase_field = "result"

    result = forms.CharField(label=_("处置情况"), max_length=2000, widget=text_area(3))
    before = pictures(_("处置前照片"))
    after = pictures(_("处置后照片"))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Keep the pictures and close, in one transaction."""
        given = self._given(actor, at)
        with acting(actor=actor, at=at):
            given["expected"] = keep_pictures(
                **given, before=self.cleaned_data["before"], after=self.cleaned_data["after"]
            )
            cases.handle_on_the_spot(result=self.cleaned_data["result"], **given)


class RejectForm(ActForm):
    """不予受理: the reason, and where else to go."""

    action = "reject"
    phrases = "reject"
    phrase_field = "reason"

    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(2))
    elsewhere = forms.CharField(
        label=_("可反映的渠道"),
        max_length=200,
        required=False,
        widget=text_input(),
        help_text=_("如诉讼、仲裁、行政复议、信访等，诉求人会看到。"),
    )

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Reject with the reason."""
        given = self.cleaned_data
        cases.reject_case(reason=given["reason"], elsewhere=given["elsewhere"], **self._given(actor, at))


class DispatchForm(ActForm):
    """派遣: host, co-units, instruction; the responsibility list proposes."""

    action = "dispatch"
    phrases = "dispatch"
    phrase_field = "instruction"

    host = unit_field(_("主办单位"))
    co_units = UnitsField(
        label=_("协办单位"),
        required=False,
        widget=Picker(reverse_lazy("workbench:pick_units"), names.unit_name, multiple=True),
    )
    instruction = forms.CharField(label=_("派遣意见"), max_length=500, required=False, widget=text_area(2))

    def prepare(self) -> None:
        """Propose whom the responsibility list names, and say why and until when."""
        amount, unit = cases.limit_for(self.case)
        self.fields["instruction"].help_text = _("处置时限：%(limit)s，自派遣时起算。") % {
            "limit": limit_text(amount, unit)
        }
        found = proposal_for(self.case)
        if found is not None:
            self.fields["host"].initial = found.host_id
            self.fields["co_units"].initial = list(found.co_unit_ids)
            self.fields["host"].help_text = found.reason

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Dispatch to the units."""
        given = self.cleaned_data
        cases.dispatch_case(
            host=given["host"],
            co_units=given["co_units"],
            instruction=given["instruction"],
            **self._given(actor, at),
        )


class BulkDispatchForm(forms.Form):
    """批量派给指定单位: one host for every chosen case."""

    host = unit_field(_("主办单位"))
    instruction = forms.CharField(label=_("派遣意见"), max_length=500, required=False, widget=text_area(2))


def proposal_for(case: cases.Case) -> Any:
    """Whom the responsibility list names for a case, or None."""
    if case.matter_class is None or case.community is None:
        return None
    return responsible(case.matter_class, case.grid or case.community, case.condition, at=case.created_at)


class FeedbackForm(ActForm):
    """处置反馈: what was done, with pictures."""

    action = "feed_back"
    phrases = "result"
    phrase_field = "result"

    result = forms.CharField(label=_("办理情况"), max_length=2000, widget=text_area(3))
    before = pictures(_("处置前照片"))
    after = pictures(_("处置后照片"))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Keep the pictures and feed back, in one transaction."""
        given = self._given(actor, at)
        with acting(actor=actor, at=at):
            given["expected"] = keep_pictures(
                **given, before=self.cleaned_data["before"], after=self.cleaned_data["after"]
            )
            cases.complete_task(result=self.cleaned_data["result"], **given)


class RecheckForm(ActForm):
    """核查: passed, failed or impossible, with an opinion and pictures."""

    action = "recheck"
    phrases = "recheck"
    phrase_field = "note"

    result = forms.ChoiceField(
        label=_("核查结果"),
        choices=[c for c in cases.RecheckResult.choices if c[0] != cases.RecheckResult.PENDING],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("核查意见"),
        max_length=500,
        required=False,
        widget=text_area(2),
        help_text=_("核查不通过或无法核查时须写明原因。"),
    )
    scene = pictures(_("现场照片"))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Recheck, or recheck the drawn sample of a closed case."""
        said, given = self.cleaned_data, self._given(actor, at)
        service = cases.recheck_sample if self.case.state == "closed" else cases.recheck_case
        with acting(actor=actor, at=at):
            given["expected"] = keep_pictures(**given, recheck=said["scene"])
            service(result=said["result"], note=said["note"], **given)


class CloseForm(ActForm):
    """结案: solved or answered, which are different endings; neither is chosen beforehand."""

    action = "close"

    ending = forms.ChoiceField(
        label=_("办结方式"),
        choices=[c for c in cases.Ending.choices if c[0] != cases.Ending.FIXED_ON_THE_SPOT],
        widget=forms.RadioSelect,
    )

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Close the case."""
        cases.close_case(ending=self.cleaned_data["ending"], **self._given(actor, at))


class ArchiveForm(ActForm):
    """归档."""

    action = "archive"

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Archive the case."""
        cases.archive_case(actor=actor, at=at, case_id=self.case.id)


class MergeForm(ActForm):
    """并入他案: this case becomes part of another, found by number."""

    action = "merge"

    survivor = forms.UUIDField(
        label=_("主案编号"),
        widget=Picker(reverse_lazy("workbench:pick_cases"), str),
        help_text=_("输入编号或文字查找；本案的诉求会并入所选案件，可在其结案前还原。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_input())

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Merge this case into the chosen one."""
        given = self.cleaned_data
        cases.merge_cases(
            actor=actor, at=at, survivor=given["survivor"], absorbed=self.case.id, reason=given["reason"]
        )


class UnmergeForm(ActForm):
    """拆分还原: undo the merge."""

    action = "unmerge"

    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_input())

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Undo the merge that absorbed this case."""
        cases.unmerge_cases(actor=actor, at=at, absorbed=self.case.id, reason=self.cleaned_data["reason"])


class RateForm(ActForm):
    """评价: a call-back clerk enters what a reporter says."""

    action = "rate"

    report = forms.ChoiceField(label=_("诉求"), widget=select())
    outcome = forms.ChoiceField(label=_("是否解决"), widget=select())
    satisfaction = forms.ChoiceField(label=_("是否满意"), widget=select())
    comment = forms.CharField(label=_("评价意见"), max_length=500, required=False, widget=text_area(2))

    def prepare(self) -> None:
        """Offer the reports that have not rated this round, and the scale in force."""
        rated = cases.Rating.objects.filter(case=self.case, round=self.case.round)
        ours = cases.reports_of(self.case).filter(rated_by_source=False)
        reports = ours.exclude(pk__in=rated.values("report"))
        choice_field(self, "report").choices = [(str(row.id), row.number) for row in reports]
        for question in cases.RatingQuestion.values:
            choice_field(self, question).choices = rating_choices(question, self.case.closed_at)

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Enter the rating."""
        given = self.cleaned_data
        cases.rate_case(
            actor=actor,
            at=at,
            case_id=self.case.id,
            report_id=UUID(given["report"]),
            outcome=given["outcome"],
            satisfaction=given["satisfaction"],
            comment=given["comment"],
        )


def rating_choices(question: str, at: datetime | None) -> list[tuple[str, str]]:
    """The options of one question in the page's language."""
    from django.utils.translation import get_language

    english = (get_language() or "").startswith("en")
    options = cases.rating_options(question, at) if at else []
    return [(o.code, o.label_en if english and o.label_en else o.label) for o in options]


_FORMS: tuple[type[ActForm], ...] = (
    plain("sign"),
    FeedbackForm,
    AcceptForm,
    RegisterForm,
    DispatchForm,
    plain("approve"),
    RecheckForm,
    CloseForm,
    RateForm,
    AnswerForm,
    OnTheSpotForm,
    plain("request_verification"),
    plain("confirm"),
    reasoned("refute"),
    reasoned("return_to_acceptance"),
    reasoned("rework", "rework"),
    reasoned("recall"),
    reasoned("reopen"),
    MergeForm,
    UnmergeForm,
    RejectForm,
    reasoned("void"),
    ArchiveForm,
)
#: Form by its action, in the order in which a page offers them.
ACT_FORMS: dict[str, type[ActForm]] = {form.action: form for form in _FORMS}

#: Rows of the table that one form carries out together.
FORM_OF_ROW = {
    "accept_directly": "accept",
    "feed_back_straight": "feed_back",
    "pass_recheck": "recheck",
    "fail_recheck": "recheck",
    "skip_recheck": "recheck",
}
