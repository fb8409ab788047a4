"""Forms of the rules of whistles: a kind, a matter, thresholds, stages, the scale, outside units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...catalog.public import catalog_index
from ...orgs.public import act_label
from ..enums import Direction, RatingQuestion
from ..models import WhistleKind
from ..queries.rulebook import rulebook
from ..rules.links import MOST_DAYS
from ..services.configuring import APPROVE_ACTS, BLOW_ACTS, LIMITS, KindTerms, MatterTerms
from .fields import LimitField


def _day(label: Any, today: date) -> forms.DateField:
    return forms.DateField(
        label=label, initial=today, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _act_choices(offered: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, act_label(name)) for name in offered]


class KindForm(forms.Form):
    """A kind of whistle from a day on."""

    code = forms.CharField(
        label=gettext_lazy("代码"), max_length=40, help_text=gettext_lazy("英文字母、数字、下划线")
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    direction = forms.ChoiceField(label=gettext_lazy("方向"), choices=Direction.choices)
    scope = forms.CharField(label=gettext_lazy("适用"), max_length=200, required=False)
    blow_act = forms.ChoiceField(label=gettext_lazy("启动权"))
    approve_act = forms.ChoiceField(label=gettext_lazy("审核权"))
    most_units = forms.IntegerField(
        label=gettext_lazy("最多单位"), min_value=0, max_value=50, initial=0,
        help_text=gettext_lazy("0 为不限"),
    )  # fmt: skip
    sign = LimitField(label=gettext_lazy("签收时限"))
    contact = LimitField(label=gettext_lazy("联系时限"))
    report = LimitField(label=gettext_lazy("报到时限"))
    finish = LimitField(label=gettext_lazy("办结时限"))
    fence_metres = forms.IntegerField(
        label=gettext_lazy("围栏半径（米）"), min_value=1, max_value=20_000, initial=300
    )
    most_rings = forms.IntegerField(
        label=gettext_lazy("最多吹哨次数"), min_value=1, max_value=10, initial=2,
        help_text=gettext_lazy("超过后只能提级协调"),
    )  # fmt: skip
    link_days = forms.IntegerField(
        label=gettext_lazy("链接保留天数"), min_value=1, max_value=MOST_DAYS, initial=7,
        help_text=gettext_lazy("外部单位的链接在最后一个时限之后（重发晚于时限的，自重发起）再保留几天"),
    )  # fmt: skip
    may_recur = forms.BooleanField(label=gettext_lazy("可设为定期哨"), required=False)
    rates_both = forms.BooleanField(label=gettext_lazy("双考核：报到单位也评价吹哨方"), required=False)
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["blow_act"].choices = _act_choices(BLOW_ACTS)  # type: ignore[attr-defined]
        self.fields["approve_act"].choices = _act_choices(APPROVE_ACTS)  # type: ignore[attr-defined]
        self.fields["valid_from"] = _day(gettext_lazy("生效日"), today)

    @staticmethod
    def initial_of(row: WhistleKind) -> dict[str, Any]:
        """What the form shows of a kind."""
        plain = (
            "code", "name", "direction", "scope", "blow_act", "approve_act", "most_units", "fence_metres",
            "most_rings", "link_days", "may_recur", "rates_both", "basis",
        )  # fmt: skip
        limits = {
            name: (getattr(row, f"{name}_amount"), getattr(row, f"{name}_unit"))
            for name in LIMITS
            if getattr(row, f"{name}_amount") is not None
        }
        return {**{name: getattr(row, name) for name in plain}, **limits}

    def terms(self, pack: str) -> KindTerms:
        """The values for the service; call only when the form is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return KindTerms(pack=pack, **given)


class MatterForm(forms.Form):
    """A matter for the list."""

    name = forms.CharField(label=gettext_lazy("事项"), max_length=80)
    field = forms.CharField(label=gettext_lazy("领域"), max_length=40, required=False)
    kind_code = forms.ChoiceField(label=gettext_lazy("哨种"), required=False)
    matter_class = forms.ChoiceField(
        label=gettext_lazy("事项类别"), required=False,
        help_text=gettext_lazy("选择后，所附案件须属于该类别；不选则按事项名称"),
    )  # fmt: skip
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=300, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = rulebook().kinds_on(today).values()
        self.fields["kind_code"].choices = [  # type: ignore[attr-defined]
            ("", _("所有哨种")), *((row.code, row.name) for row in kinds)
        ]  # fmt: skip
        self.fields["matter_class"].choices = _class_choices()  # type: ignore[attr-defined]
        self.fields["valid_from"] = _day(gettext_lazy("列入日"), today)

    def terms(self) -> MatterTerms:
        """The values for the service; call only when the form is valid."""
        given = dict(self.cleaned_data)
        chosen = given.pop("matter_class")
        return MatterTerms(**given, matter_class=UUID(chosen) if chosen else None)


def _class_choices() -> list[tuple[str, str]]:
    """Classes above the smallest level, which matters of a list are."""
    index = catalog_index()
    nodes = [node for node in index.class_by_id.values() if node.level != "small"]
    named = sorted(((str(node.id), index.full_name(node.id)) for node in nodes), key=lambda one: one[1])
    return [("", _("不限")), *named]


class FrequencyForm(forms.Form):
    """How many whistles a month are too few or too many."""

    least = forms.IntegerField(label=gettext_lazy("每月至少"), min_value=0, max_value=1000)
    most = forms.IntegerField(
        label=gettext_lazy("每月至多"), min_value=0, max_value=10_000,
        help_text=gettext_lazy("0 为不设上限"),
    )  # fmt: skip
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=300, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"] = _day(gettext_lazy("生效日"), today)


class StageForm(forms.Form):
    """A stage of the work."""

    code = forms.CharField(label=gettext_lazy("代码"), max_length=24)
    label = forms.CharField(label=gettext_lazy("名称"), max_length=24)
    order = forms.IntegerField(label=gettext_lazy("次序"), min_value=0, max_value=1000, initial=100)
    on = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)


class OptionForm(forms.Form):
    """An option of the scale."""

    question = forms.ChoiceField(label=gettext_lazy("评哨问题"), choices=RatingQuestion.choices)
    code = forms.CharField(label=gettext_lazy("代码"), max_length=24)
    label = forms.CharField(label=gettext_lazy("名称"), max_length=24)
    points = forms.IntegerField(label=gettext_lazy("分值"), min_value=0, max_value=100)
    on = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)


class OutsideForm(forms.Form):
    """A unit outside the instance."""

    name = forms.CharField(label=gettext_lazy("单位名称"), max_length=100)
    system = forms.CharField(label=gettext_lazy("所属系统"), max_length=60, required=False)
    how = forms.CharField(
        label=gettext_lazy("送达方式"), max_length=200, required=False,
        help_text=gettext_lazy("值班电话、公文等，不填个人姓名和手机号"),
    )  # fmt: skip
