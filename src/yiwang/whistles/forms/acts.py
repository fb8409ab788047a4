"""Act forms 行为表单: one form an act of a whistle or of a unit's task, each making one service call."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ...interface.public import pictures
from ...kernel.actor import Actor
from ...kernel.working_time import SHANGHAI
from ..enums import RatingQuestion
from ..models import Whistle
from ..queries.rulebook import rulebook
from ..services import checking_in, deciding, judging, rating, reporting, working
from .fields import (
    attending_post,
    aware,
    degrees,
    host_choices,
    keys,
    kind_choices,
    moment,
    text_area,
    unit_choices,
    uploads,
)


class ActForm(forms.Form):
    """Base of the act forms: carries the version that the page has seen.

    Attributes:
        label: heading of the page and of the button.
        hint: what the act does, for whoever is about to do it.
        danger: whether the button is red.
        weighs: whether the act weighs what the whistler says, so that the page shows it beside the form.
    """

    label: ClassVar[Any] = ""
    hint: ClassVar[Any] = ""
    danger: ClassVar[bool] = False
    weighs: ClassVar[bool] = False
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, whistle: Whistle, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.whistle, self.at = whistle, at
        self.fields["version"].initial = whistle.version
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices; for subclasses."""

    def known(self, actor: Actor) -> dict[str, Any]:
        """What every service is given."""
        return {
            "actor": actor, "at": self.at, "whistle_id": self.whistle.id,
            "expected": self.cleaned_data["version"],
        }  # fmt: skip

    def act(self, actor: Actor) -> Any:
        """Call the service; only when the form is valid."""
        raise TypeError(f"{type(self).__name__} calls no service")


class ReasonForm(ActForm):
    """An act that wants a reason and nothing else."""

    service: ClassVar[Any] = None
    argument: ClassVar[str] = "reason"
    reason = text_area(_("理由"), most=1000)

    def act(self, actor: Actor) -> Any:
        """Call the service with the reason."""
        return type(self).service(**self.known(actor), **{self.argument: self.cleaned_data["reason"]})


class ApproveForm(ReasonForm):
    """批准."""

    label, argument, service = _("批准"), "note", staticmethod(deciding.approve_whistle)
    weighs = True
    reason = text_area(_("意见"), required=False, most=1000)


class SendBackForm(ReasonForm):
    """退回修改."""

    label, service = _("退回修改"), staticmethod(deciding.send_back_whistle)
    weighs = True


class RefuseForm(ReasonForm):
    """不予批准."""

    label, danger, service = _("不予批准"), True, staticmethod(deciding.refuse_whistle)
    weighs = True


class WithdrawForm(ReasonForm):
    """撤回."""

    label, danger, service = _("撤回"), True, staticmethod(deciding.withdraw_whistle)


class RaiseForm(ReasonForm):
    """提级协调."""

    label, service = _("提级协调"), staticmethod(deciding.raise_whistle)
    hint = _("提请区领导协调；各单位的时限照常计算。")


class CoordinateForm(ReasonForm):
    """区领导交办."""

    label, argument, service = _("区领导交办"), "decision", staticmethod(deciding.coordinate_whistle)
    weighs = True
    reason = text_area(_("交办意见"), most=1000)


class JudgeForm(ActForm):
    """派发报到: host, co-units, when and where to report."""

    label = _("派发报到")
    hint = _("派发即开始计时：签收、联系、报到、办结各有时限。")
    weighs = True
    host = forms.ChoiceField(label=_("主办单位"))
    co_units = forms.MultipleChoiceField(
        label=_("配合单位"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )
    gather_at = moment(_("报到时间"))
    gather_place = forms.CharField(label=_("报到地点"), max_length=200, required=False)
    instruction = text_area(_("派发意见"), required=False, most=1000)

    def prepare(self) -> None:
        """Units to choose from, those that the whistler proposes chosen."""
        proposed = [str(key) for key in self.whistle.proposed_units]
        hosts = host_choices(self.whistle)
        self.fields["host"].choices = hosts  # type: ignore[attr-defined]
        self.fields["co_units"].choices = unit_choices(empty=False)  # type: ignore[attr-defined]
        self.fields["host"].initial = proposed[0] if proposed else hosts[0][0]
        self.fields["co_units"].initial = proposed[1:]
        self.fields["gather_at"].initial = self.whistle.gather_at
        self.fields["gather_place"].initial = self.whistle.gather_place

    def act(self, actor: Actor) -> Any:
        """Send the whistle to its units."""
        given = self.cleaned_data
        return judging.judge_whistle(
            **self.known(actor), host=UUID(given["host"]),
            co_units=keys(key for key in given["co_units"] if key != given["host"]),
            gather_at=aware(given["gather_at"]), gather_place=given["gather_place"],
            instruction=given["instruction"],
        )  # fmt: skip


class AddUnitsForm(ActForm):
    """增派单位."""

    label = _("增派单位")
    units = forms.MultipleChoiceField(label=_("单位"), widget=forms.SelectMultiple(attrs={"size": 8}))
    instruction = text_area(_("派发意见"), required=False, most=1000)

    def prepare(self) -> None:
        """Units to choose from."""
        self.fields["units"].choices = unit_choices(empty=False)  # type: ignore[attr-defined]

    def act(self, actor: Actor) -> Any:
        """Add the units."""
        given = self.cleaned_data
        return judging.add_units(
            **self.known(actor), units=keys(given["units"]), instruction=given["instruction"]
        )


class MinutesForm(ActForm):
    """会商."""

    label = _("会商")
    hint = _("纪要写单位和职务，不写姓名。")
    held_at = moment(_("会商时间"), required=True)
    place = forms.CharField(label=_("会商地点"), max_length=200, required=False)
    attendance = text_area(_("参加单位"), required=False, rows=2)
    text = text_area(_("会商内容"))
    conclusion = text_area(_("议定事项"), required=False)

    def prepare(self) -> None:
        """The meeting is now, on the spot, unless somebody says otherwise."""
        self.fields["held_at"].initial = self.at.astimezone(SHANGHAI).replace(second=0, microsecond=0)
        self.fields["place"].initial = self.whistle.gather_place or self.whistle.address

    def act(self, actor: Actor) -> Any:
        """Record the minutes."""
        given = {name: self.cleaned_data[name] for name in ("place", "attendance", "text", "conclusion")}
        held = aware(self.cleaned_data["held_at"]) or self.at
        minutes = working.MinutesText(held_at=held, **given)
        return working.record_minutes(**self.known(actor), minutes=minutes)


class EndForm(ActForm):
    """销哨."""

    label = _("销哨")
    solved = forms.ChoiceField(
        label=_("是否解决"), choices=[("yes", _("已解决")), ("no", _("未解决"))], widget=forms.RadioSelect
    )
    reason = text_area(_("说明"), required=False, most=1000)

    def act(self, actor: Actor) -> Any:
        """End the whistle."""
        given = self.cleaned_data
        return rating.end_whistle(
            **self.known(actor), solved=given["solved"] == "yes", reason=given["reason"]
        )


class AgainForm(ActForm):
    """二次吹哨."""

    label = _("二次吹哨")
    hint = _("另开一个哨，与本哨关联并计数，须再经审核。")
    kind = forms.ChoiceField(label=_("哨种"))
    reason = text_area(_("未解决的理由"), most=1000)

    def prepare(self) -> None:
        """Kinds in use, the same one first chosen."""
        self.fields["kind"].choices = kind_choices(self.at)  # type: ignore[attr-defined]
        self.fields["kind"].initial = self.whistle.kind.code

    def act(self, actor: Actor) -> Any:
        """Blow again; the new whistle."""
        given = self.cleaned_data
        return rating.blow_again(**self.known(actor), kind=given["kind"], reason=given["reason"])


class TaskForm(ActForm):
    """Base of the forms about one unit's task."""

    def __init__(self, *args: Any, task_id: UUID, **kwargs: Any) -> None:
        self.task_id = task_id
        super().__init__(*args, **kwargs)

    def known(self, actor: Actor) -> dict[str, Any]:
        """What every service is given, with the task."""
        return {**super().known(actor), "task_id": self.task_id}


class TaskReasonForm(TaskForm):
    """An act on a task that wants a reason and nothing else."""

    service: ClassVar[Any] = None
    argument: ClassVar[str] = "reason"
    reason = text_area(_("理由"), most=1000)

    def act(self, actor: Actor) -> Any:
        """Call the service with the reason."""
        return type(self).service(**self.known(actor), **{self.argument: self.cleaned_data["reason"]})


class SignForm(TaskForm):
    """签收."""

    label = _("签收")

    def act(self, actor: Actor) -> Any:
        """Sign."""
        return reporting.sign_report(**self.known(actor))


class ContactForm(TaskReasonForm):
    """联系."""

    label, argument, service = _("联系"), "text", staticmethod(reporting.contact_whistler)
    reason = text_area(
        _("联系情况：与谁沟通（单位和职务）、拟采取的措施、到场时间"),
        hint=_("写单位和职务，不写姓名和手机号。"),
    )


class DeclineForm(TaskReasonForm):
    """拒绝报到."""

    label, danger, service = _("拒绝报到"), True, staticmethod(reporting.decline_report)
    hint = _("拒绝报到会通报吹哨方、指挥中心和上级单位，并计入考核。")


class PowerlessForm(TaskReasonForm):
    """到场人员无权."""

    label, service = _("到场人员无权"), staticmethod(checking_in.mark_powerless)
    hint = _("该单位须另派有权决定的人员报到，报到时限照原时限计算，并计入考核。")


class InsistForm(TaskReasonForm):
    """责令报到."""

    label, service = _("责令报到"), staticmethod(judging.insist_on_report)


class RecallForm(TaskReasonForm):
    """撤回报到任务."""

    label, danger, service = _("撤回报到任务"), True, staticmethod(judging.recall_unit)


class CheckInForm(TaskForm):
    """报到签到: photo, post, and the point from the phone or the map."""

    label = _("报到签到")
    representative = attending_post()
    photo = pictures(_("现场照片"), required=True)
    place_lon = degrees(_("经度"), most=180)
    place_lat = degrees(_("纬度"), most=90)
    accuracy = forms.FloatField(required=False, min_value=0, widget=forms.HiddenInput)

    def act(self, actor: Actor) -> Any:
        """Check in."""
        given = self.cleaned_data
        return checking_in.check_in(
            **self.known(actor), representative=given["representative"],
            pictures=uploads(given["photo"], "scene"), lon=given["place_lon"], lat=given["place_lat"],
            accuracy=given["accuracy"],
        )  # fmt: skip


class FeedbackForm(TaskForm):
    """反馈."""

    label = _("反馈")
    result = text_area(_("办理情况"))
    photos = pictures(_("照片"))

    def act(self, actor: Actor) -> Any:
        """Feed back."""
        given = self.cleaned_data
        return reporting.feed_back_report(
            **self.known(actor), result=given["result"], pictures=uploads(given["photos"], "after")
        )


class MarksForm(TaskForm):
    """Base of the ratings: one choice of the scale a question."""

    note = text_area(_("评语"), required=False, most=1000)

    def prepare(self) -> None:
        """The scale in use."""
        options = [option for option in rulebook().options if option.is_on]
        for question, label in RatingQuestion.choices:
            offered = [(o.code, f"{o.label} {o.points}") for o in options if o.question == question]
            self.fields[question] = forms.ChoiceField(label=label, choices=offered, widget=forms.RadioSelect)
        self.order_fields([*RatingQuestion.values, "note"])

    def marks(self) -> rating.Marks:
        """The values for the service."""
        return rating.Marks(**{name: self.cleaned_data[name] for name in (*RatingQuestion.values, "note")})


class RateForm(MarksForm):
    """评哨."""

    label = _("评价报到单位")

    def act(self, actor: Actor) -> Any:
        """Rate the unit."""
        return rating.rate_unit(**self.known(actor), marks=self.marks())


class RateWhistlerForm(MarksForm):
    """评价吹哨方."""

    label = _("评价吹哨方")

    def act(self, actor: Actor) -> Any:
        """Rate the whistler."""
        return rating.rate_whistler(**self.known(actor), marks=self.marks())


class DecisionForm(ActForm):
    """到场确认 of a check-in outside the fence."""

    label = _("到场确认")
    accept = forms.ChoiceField(
        label=_("是否到场"), choices=[("yes", _("确认到场")), ("no", _("不予确认"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = text_area(_("理由"), most=1000)

    def __init__(self, *args: Any, check_in_id: UUID, **kwargs: Any) -> None:
        self.check_in_id = check_in_id
        super().__init__(*args, **kwargs)

    def act(self, actor: Actor) -> Any:
        """Decide."""
        given = self.cleaned_data
        return checking_in.decide_check_in(
            **self.known(actor), check_in_id=self.check_in_id, accept=given["accept"] == "yes",
            reason=given["reason"],
        )  # fmt: skip


class ItemDoneForm(ActForm):
    """完成清单事项."""

    label = _("完成清单事项")
    feedback = text_area(_("完成情况"))
    photos = pictures(_("照片"))

    def __init__(self, *args: Any, item_id: UUID, **kwargs: Any) -> None:
        self.item_id = item_id
        super().__init__(*args, **kwargs)

    def act(self, actor: Actor) -> Any:
        """Do the item."""
        given = self.cleaned_data
        return reporting.complete_item(
            **self.known(actor), item_id=self.item_id, feedback=given["feedback"],
            pictures=uploads(given["photos"], "after"),
        )  # fmt: skip


class ItemDropForm(ItemDoneForm):
    """取消清单事项."""

    label, danger = _("取消清单事项"), True
    feedback = text_area(_("理由"), most=1000)
    photos = None  # type: ignore[assignment]

    def act(self, actor: Actor) -> Any:
        """Take the item off the list."""
        reason = self.cleaned_data["feedback"]
        return working.drop_item(**self.known(actor), item_id=self.item_id, reason=reason)


#: Forms of a whistle's acts by name.
WHISTLE_FORMS: dict[str, type[ActForm]] = {
    "approve": ApproveForm,
    "send_back": SendBackForm,
    "refuse": RefuseForm,
    "withdraw": WithdrawForm,
    "raise": RaiseForm,
    "coordinate": CoordinateForm,
    "judge": JudgeForm,
    "add_units": AddUnitsForm,
    "confer": MinutesForm,
    "end": EndForm,
    "blow_again": AgainForm,
}
#: Forms of a task's acts by name.
TASK_FORMS: dict[str, type[TaskForm]] = {
    "sign": SignForm,
    "contact": ContactForm,
    "check_in": CheckInForm,
    "feed_back": FeedbackForm,
    "decline": DeclineForm,
    "mark_powerless": PowerlessForm,
    "insist": InsistForm,
    "recall": RecallForm,
    "rate": RateForm,
    "rate_whistler": RateWhistlerForm,
}
