"""The form of a whistle 吹哨表单, from scratch, from a case, or of a draft; and of a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ...interface.public import pictures
from ...kernel.actor import Actor
from ..enums import Cadence, OpensAs
from ..models import Whistle
from ..queries.rulebook import kinds_offered
from ..services.drafting import WhistleDraft
from ..services.scheduling import ScheduleTerms
from ..states import ENTERPRISE
from .attaching import case_numbers
from .fields import (
    area_choices,
    aware,
    degrees,
    keys,
    kind_choices,
    matter_choices,
    moment,
    text_area,
    unit_choices,
)


class WhistleForm(forms.Form):
    """What a whistle says; the point is filled in by a click on the map."""

    kind = forms.ChoiceField(label=_("哨种"))
    matter = forms.ChoiceField(label=_("吹哨事项"), help_text=_("只能吹清单内的事项"))
    title = forms.CharField(label=_("标题"), max_length=80)
    reasons = text_area(_("吹哨事由"))
    tried = text_area(_("已做工作"))
    wanted = text_area(_("请求事项"), required=False, rows=2)
    enterprise = forms.CharField(
        label=_("企业"), max_length=100, required=False, help_text=_("企业哨填写，其他哨种不填")
    )
    address = forms.CharField(label=_("地点"), max_length=300, required=False)
    area = forms.ChoiceField(label=_("区域"), required=False, help_text=_("跨界事项选择共治片区"))
    place_lon = degrees(_("经度"), most=180)
    place_lat = degrees(_("纬度"), most=90)
    fence_metres = forms.IntegerField(
        label=_("围栏半径（米）"), required=False, min_value=1, max_value=20_000,
        help_text=_("到场人员须在此范围内签到；不填按哨种"),
    )  # fmt: skip
    gather_at = moment(_("报到时间"))
    gather_place = forms.CharField(label=_("报到地点"), max_length=200, required=False)
    units = forms.MultipleChoiceField(
        label=_("建议报到单位"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    cases = case_numbers()
    evidence = pictures(_("佐证材料"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    #: Whether only kinds that may be put on a schedule are offered.
    recurring: ClassVar[bool] = False

    def __init__(self, *args: Any, at: datetime, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = kind_choices(at, actor, recurring=self.recurring)
        self.fields["kind"].choices = offered  # type: ignore[attr-defined]
        if not any(row.blow_act == ENTERPRISE for row in kinds_offered(at) if row.code in dict(offered)):
            self.fields["enterprise"].widget = forms.HiddenInput()
        self.fields["matter"].choices = matter_choices(at)  # type: ignore[attr-defined]
        self.fields["area"].choices = area_choices()  # type: ignore[attr-defined]
        self.fields["units"].choices = unit_choices(empty=False)  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(whistle: Whistle) -> dict[str, Any]:
        """What the form shows of a draft."""
        return {
            "kind": whistle.kind.code, "matter": str(whistle.matter_id or ""), "title": whistle.title,
            "reasons": whistle.reasons, "tried": whistle.tried, "wanted": whistle.wanted,
            "enterprise": whistle.enterprise, "address": whistle.address, "area": str(whistle.area or ""),
            "place_lon": whistle.lon, "place_lat": whistle.lat, "fence_metres": whistle.fence_metres,
            "gather_at": whistle.gather_at, "gather_place": whistle.gather_place,
            "units": [str(key) for key in whistle.proposed_units], "version": whistle.version,
        }  # fmt: skip

    def draft(self, cases: Sequence[UUID] = ()) -> WhistleDraft:
        """The values for the service; call only when the form is valid."""
        given = self.cleaned_data
        return WhistleDraft(
            kind=given["kind"], title=given["title"], reasons=given["reasons"], tried=given["tried"],
            wanted=given["wanted"], enterprise=given["enterprise"], address=given["address"],
            matter=UUID(given["matter"]) if given["matter"] else None,
            area=UUID(given["area"]) if given["area"] else None,
            lon=given["place_lon"], lat=given["place_lat"], fence_metres=given["fence_metres"],
            gather_at=aware(given["gather_at"]), gather_place=given["gather_place"],
            units=keys(given["units"]), cases=tuple(cases),
        )  # fmt: skip


class ScheduleForm(WhistleForm):
    """A schedule: the whistle it opens, and when."""

    host = forms.ChoiceField(label=_("主办单位"), required=False, help_text=_("直接派发时必填"))
    cadence = forms.ChoiceField(label=_("定期方式"), choices=Cadence.choices)
    days = forms.CharField(
        label=_("日子"), help_text=_("每周写 1 到 7（周一为 1），每月写 1 到 31，用逗号分开")
    )
    clock = forms.TimeField(label=_("时刻"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    opens_as = forms.ChoiceField(label=_("开出方式"), choices=OpensAs.choices)

    recurring = True
    field_order = (
        "kind", "matter", "title", "reasons", "tried", "wanted", "host", "units", "opens_as", "cadence",
        "days", "clock", "area", "address", "place_lon", "place_lat",
    )  # fmt: skip

    def __init__(self, *args: Any, at: datetime, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, at=at, actor=actor, **kwargs)
        for name in ("enterprise", "gather_at", "gather_place", "cases", "evidence", "fence_metres"):
            self.fields[name].widget = forms.HiddenInput()
        self.fields["units"].label = _("配合单位")
        self.fields["units"].help_text = _("主办和配合单位由指挥中心研判后才直接派发")
        self.fields["host"].choices = unit_choices()  # type: ignore[attr-defined]

    def clean_days(self) -> list[int]:
        """The days as numbers."""
        text = self.cleaned_data["days"].replace("，", ",").replace("、", ",")
        try:
            return [int(part) for part in text.split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError(_("请填写数字，用逗号分开。")) from None

    def clean(self) -> dict[str, Any]:
        """Units that are called at once are led by one."""
        given = self.cleaned_data
        if given.get("opens_as") == OpensAs.SENT and not given.get("host"):
            self.add_error("host", forms.ValidationError(_("请选择主办单位。")))
        return given

    def terms(self) -> ScheduleTerms:
        """The values for the service; call only when the form is valid."""
        given = self.cleaned_data
        host = keys([given["host"]])
        others = tuple(key for key in keys(given["units"]) if key not in host)
        return ScheduleTerms(
            draft=replace(self.draft(), units=host + others), cadence=given["cadence"], days=given["days"],
            minute=given["clock"].hour * 60 + given["clock"].minute, opens_as=given["opens_as"],
        )  # fmt: skip
