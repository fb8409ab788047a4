"""Forms of the rules 规则表单 of levels, same-day closing and call-backs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...catalog.public import MatterKind
from ...orgs.public import area_index, post_kinds
from .. import names
from .fields import choice_field, class_field, select, text_input

_ANY = ("", _("不限"))


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class _RuleForm(forms.Form):
    """Base: from which day, and on what basis."""

    valid_from = forms.DateField(label=_("生效日"), widget=_day())
    basis = forms.CharField(label=_("依据"), max_length=300, required=False, widget=text_input())

    field_order: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()
        self.order_fields([name for name in self.fields if name not in {"basis", "valid_from"}])

    def values(self) -> dict[str, Any]:
        """Columns of the row; call only when the form is valid."""
        return dict(self.cleaned_data)


class _ForMatters(_RuleForm):
    """Base: for which matters."""

    class_kind = forms.ChoiceField(
        label=_("事项种类"), choices=[_ANY, *MatterKind.choices], required=False, widget=select()
    )
    matter_class = class_field()


class LevelRuleForm(_RuleForm):
    """流转层级."""

    street = forms.ChoiceField(
        label=_("街道"),
        required=False,
        widget=select(),
        help_text=_("不选为通用；街道有自己的层级时只用自己的。"),
    )
    ordinal = forms.IntegerField(label=_("次序"), min_value=1, max_value=20)
    code = forms.SlugField(label=_("代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=40, widget=text_input())
    post_kinds = forms.MultipleChoiceField(label=_("岗位类别"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        streets = sorted(
            (node for node in area_index().by_code.values() if node.kind == "street"), key=lambda n: n.code
        )
        choice_field(self, "street").choices = [_ANY, *((str(n.id), n.name) for n in streets)]
        choice_field(self, "post_kinds").choices = [(k.code, k.name) for k in post_kinds().values()]

    def values(self) -> dict[str, Any]:
        """Columns of the row."""
        return {**self.cleaned_data, "street": self.cleaned_data["street"] or None}


class RaiseRuleForm(_ForMatters):
    """提级规则."""

    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=[_ANY, *cases.Urgency.choices], required=False, widget=select()
    )
    level = forms.ChoiceField(label=_("起始层级"), widget=select())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = timezone.now()
        choice_field(self, "level").choices = [(lv.code, lv.name) for lv in cases.levels_of(None, at)]


class SameDayRuleForm(_ForMatters):
    """当日清零规则."""

    channels = forms.MultipleChoiceField(
        label=_("来源渠道"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选为全部渠道。"),
    )
    must_confirm = forms.BooleanField(label=_("须先现场感知确认"), required=False, initial=True)
    cut_off_hour = forms.IntegerField(label=_("截止钟点"), min_value=1, max_value=24, initial=24)
    late_from = forms.IntegerField(
        label=_("晚间发现起（分钟）"), min_value=0, max_value=1440, initial=1200,
        help_text=_("从零点起的分钟数，1200 为 20:00；此后发现的先控险、次日清零。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_field(self, "channels").choices = sorted(names.channel_names().items())


class CallbackRuleForm(_ForMatters):
    """回访规则."""

    sample_percent = forms.IntegerField(label=_("抽样比例（%）"), min_value=0, max_value=100, initial=30)
    wait_hours = forms.IntegerField(label=_("等候自评小时数"), min_value=0, max_value=720, initial=24)
    attempts = forms.IntegerField(label=_("最多联系次数"), min_value=1, max_value=20, initial=3)
    retry_hours = forms.IntegerField(label=_("再次联系间隔小时数"), min_value=1, max_value=720, initial=4)
    redo_most = forms.IntegerField(label=_("最多重办次数"), min_value=0, max_value=10, initial=2)
    reopen_most = forms.IntegerField(
        label=_("诉求人最多要求重办次数"), min_value=0, max_value=10, initial=3,
        help_text=_("每案计；超过后不再自动重办，转人工回访。"),
    )  # fmt: skip
    repeat_days = forms.IntegerField(label=_("重复来件重办天数"), min_value=0, max_value=365, initial=30)
    repeat_metres = forms.IntegerField(
        label=_("重复来件距离（米）"), min_value=0, max_value=5000, initial=100,
        help_text=_("同一诉求人的新来件不限距离；其他人的须在此距离内或地点相同，才提示可能是重复来件。"),
    )  # fmt: skip


class QuestionForm(_RuleForm):
    """回访问题."""

    order = forms.IntegerField(label=_("次序"), min_value=0, max_value=99, initial=9)
    code = forms.SlugField(label=_("代码"), max_length=24)
    kind = forms.ChoiceField(label=_("种类"), choices=cases.QuestionKind.choices, widget=select())
    text = forms.CharField(label=_("问法"), max_length=200, widget=text_input())
    text_en = forms.CharField(label=_("英文问法"), max_length=300, required=False, widget=text_input())

    def values(self) -> dict[str, Any]:
        """Columns of the row; a question has no basis."""
        return {name: value for name, value in self.cleaned_data.items() if name != "basis"}


#: Form and heading of each table, in the order of the page.
RULE_FORMS: dict[str, tuple[Any, type[_RuleForm]]] = {
    "levels": (_("流转层级"), LevelRuleForm),
    "raises": (_("提级规则"), RaiseRuleForm),
    "same_day": (_("当日清零规则"), SameDayRuleForm),
    "callbacks": (_("回访规则"), CallbackRuleForm),
    "questions": (_("回访问题"), QuestionForm),
}
