"""Forms 表单 of levels, same-day closing and doing again: each makes one service call."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...interface.public import pictures
from ...kernel.actor import Actor
from ...ledger.public import acting
from ..evidence import keep_pictures
from .acts import ACT_FORMS as _LOOP_FORMS
from .acts import FORM_OF_ROW as _LOOP_ROWS
from .acts import ActForm, ReasonForm
from .fields import Picker, choice_field, select, text_area


class _LevelReasonForm(ReasonForm):
    """An act that asks for a reason only."""

    SERVICES: ClassVar[dict[str, Any]] = {
        "pass_up": cases.pass_up,
        "dispatch_first": cases.dispatch_first,
    }


class PassUpForm(_LevelReasonForm):
    """上报流转: why one cannot solve it."""

    action = "pass_up"

    def prepare(self) -> None:
        """Say where it goes."""
        self.fields["reason"].help_text = _("上报到上一层级；办理时限不变。")


class DispatchFirstForm(_LevelReasonForm):
    """先派后核: why danger does not wait for the look on the spot."""

    action = "dispatch_first"

    def prepare(self) -> None:
        """Say what follows."""
        self.fields["reason"].help_text = _("仅限紧急险情；派遣后仍须补作现场感知确认。")


class RaiseLevelForm(ActForm):
    """提级管理: to which level, and why."""

    action = "raise_level"

    level = forms.ChoiceField(label=_("提级到"), widget=select())
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(2))

    def prepare(self) -> None:
        """Offer the levels above the one the case stands on, the highest first."""
        levels = cases.levels_of(self.case.street, timezone.now())
        codes = [level.code for level in levels]
        above = codes.index(self.case.level) + 1 if self.case.level in codes else 0
        choices = [(level.code, level.name) for level in levels[above:]]
        choice_field(self, "level").choices = choices[::-1]

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Raise the case."""
        said = self.cleaned_data
        cases.raise_level(level=said["level"], reason=said["reason"], **self._given(actor, at))


class ConfirmOnSiteForm(ActForm):
    """现场感知确认: by what, what was found, where, with a picture."""

    action = "confirm_on_site"
    has_spot = True

    result = forms.ChoiceField(
        label=_("感知结果"),
        choices=[c for c in cases.ConfirmationResult.choices if c[0] != cases.ConfirmationResult.PENDING],
        widget=forms.RadioSelect,
    )
    means = forms.ChoiceField(
        label=_("感知方式"),
        choices=cases.ConfirmationMeans.choices,
        initial=cases.ConfirmationMeans.WORKER,
        widget=forms.RadioSelect,
    )
    scene = pictures(_("现场照片"), help_text=_("必须附照片；视频和无人机请附截图。"))
    place_lon = forms.FloatField(label=_("现场经度"), required=False)
    place_lat = forms.FloatField(
        label=_("现场纬度"), required=False, help_text=_("到场确认须有位置；视频和无人机可不填，取案件位置。")
    )
    note = forms.CharField(
        label=_("现场情况"), max_length=500, required=False, widget=text_area(2),
        help_text=_("不属实或未找到时须写明。"),
    )  # fmt: skip

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Keep the picture and say what was found, in one transaction."""
        said, given = self.cleaned_data, self._given(actor, at)
        look = cases.Look(
            means=said["means"], result=said["result"], lon=said["place_lon"], lat=said["place_lat"],
            note=said["note"],
        )  # fmt: skip
        with acting(actor=actor, at=at):
            given["expected"] = keep_pictures(**given, scene=said["scene"])
            cases.confirm_on_site(look=look, **given)


class ControlRiskForm(ActForm):
    """控险: what was done so that nobody is hurt until it is cleared, with a picture."""

    action = "control_risk"

    measure = forms.CharField(label=_("控险措施"), max_length=500, widget=text_area(2))
    scene = pictures(_("控险照片"))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Keep the picture and note the measure, in one transaction."""
        said, given = self.cleaned_data, self._given(actor, at)
        with acting(actor=actor, at=at):
            given["expected"] = keep_pictures(**given, scene=said["scene"])
            cases.control_risk(measure=said["measure"], **given)


class ReopenByRepeatForm(ActForm):
    """重复来件重办: the new case that says the same again."""

    action = "reopen_by_repeat"

    repeat = forms.UUIDField(
        label=_("新来件"),
        widget=Picker(reverse_lazy("workbench:pick_cases"), str),
        help_text=_("同类、同社区的新来件并入本案，本案重新派遣。"),
    )
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(2))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Reopen the case by the repeat."""
        said = self.cleaned_data
        cases.reopen_by_repeat(repeat_id=said["repeat"], reason=said["reason"], **self._given(actor, at))


_FORMS: tuple[type[ActForm], ...] = (
    ConfirmOnSiteForm,
    DispatchFirstForm,
    ControlRiskForm,
    PassUpForm,
    RaiseLevelForm,
    ReopenByRepeatForm,
)
#: Every form of the case table by its action, in the order in which a page offers them.
ACT_FORMS: dict[str, type[ActForm]] = {**_LOOP_FORMS, **{form.action: form for form in _FORMS}}

#: Rows of the table that one form carries out together.
FORM_OF_ROW = {**_LOOP_ROWS, "refute_on_site": "confirm_on_site"}
