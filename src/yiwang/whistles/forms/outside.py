"""Forms behind the link of an outside unit 外部单位: one act each, one service call each."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...interface.public import pictures
from ..models import WhistleTask
from ..services.checking_in import check_in
from ..services.outside import outside_actor
from ..services.reporting import (
    complete_item,
    contact_whistler,
    decline_report,
    feed_back_report,
    sign_report,
)
from .fields import attending_post, text_area, uploads


class OutsideForm(forms.Form):
    """Base: what every act of a task needs."""

    label: Any = ""
    button: Any = _("提交")

    def run(self, task: WhistleTask, at: datetime) -> None:
        """Do the act for the unit of the link.

        Raises:
            YiwangError: as the service says.
        """
        self._act(
            {
                "actor": outside_actor(task), "at": at, "whistle_id": task.whistle_id, "task_id": task.id,
            }
        )  # fmt: skip

    @abstractmethod
    def _act(self, common: dict[str, Any]) -> None:
        """Call the service of the act."""


class SignForm(OutsideForm):
    """签收."""

    label = _("签收")
    button = _("签收")

    def _act(self, common: dict[str, Any]) -> None:
        sign_report(**common)


class ContactForm(OutsideForm):
    """联系 the whistler."""

    label = _("联系吹哨单位")
    button = _("登记联系情况")
    text = text_area(
        _("与谁沟通、拟采取的措施和到场时间"), most=2000, hint=_("写单位和职务，不写姓名和手机号。")
    )

    def _act(self, common: dict[str, Any]) -> None:
        contact_whistler(**common, text=self.cleaned_data["text"])


class CheckInForm(OutsideForm):
    """报到签到 on the spot: photo, post, position if the phone gives one."""

    label = _("到场报到")
    button = _("签到")
    representative = attending_post()
    photo = pictures(_("现场照片"), required=True)
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    accuracy = forms.FloatField(required=False, min_value=0, widget=forms.HiddenInput)

    def _act(self, common: dict[str, Any]) -> None:
        given = self.cleaned_data
        check_in(
            **common, pictures=uploads(given["photo"], "scene"), representative=given["representative"],
            lon=given["lon"], lat=given["lat"], accuracy=given["accuracy"],
        )  # fmt: skip


class ItemForm(OutsideForm):
    """完成清单事项: one item of the list."""

    label = _("完成事项")
    button = _("报完成")
    item = forms.UUIDField(widget=forms.HiddenInput)
    feedback = text_area(_("完成情况"), rows=2, most=2000)
    photos = pictures(_("照片"))

    def _act(self, common: dict[str, Any]) -> None:
        given = self.cleaned_data
        del common["task_id"]
        complete_item(
            **common, item_id=given["item"], feedback=given["feedback"],
            pictures=uploads(given["photos"], "after"),
        )  # fmt: skip


class FeedBackForm(OutsideForm):
    """反馈 of what the unit did."""

    label = _("办理反馈")
    button = _("提交反馈")
    result = text_area(_("办理情况"), rows=4)
    photos = pictures(_("照片"))

    def _act(self, common: dict[str, Any]) -> None:
        given = self.cleaned_data
        feed_back_report(**common, result=given["result"], pictures=uploads(given["photos"], "after"))


class DeclineForm(OutsideForm):
    """拒绝报到, with a reason."""

    label = _("不能报到")
    button = _("提交，不能报到")
    reason = text_area(
        _("不能报到的理由"), most=1000, hint=_("理由会告知吹哨单位、指挥中心和上级单位，并计入统计。")
    )

    def _act(self, common: dict[str, Any]) -> None:
        decline_report(**common, reason=self.cleaned_data["reason"])


#: Name in the address to form.
FORMS: dict[str, type[OutsideForm]] = {
    "sign": SignForm,
    "contact": ContactForm,
    "check_in": CheckInForm,
    "item": ItemForm,
    "feed_back": FeedBackForm,
    "decline": DeclineForm,
}
