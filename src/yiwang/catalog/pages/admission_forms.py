"""Forms of the admitted lists 准入表单: filters, application, words, exemption, rule of checking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...orgs.public import area_index, unit_index
from ..enums import AdmissionLevel, AdmissionList, CheckMode
from ..forms import SEPARATORS, key_of, limit_of
from ..queries.index import catalog_index
from ..services.admission import AdmissionTerms
from ..services.exemptions import ExemptionTerms
from ..states import ADMISSION

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_MINUTE = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
_LINES = forms.Textarea(attrs={"rows": 2})


def _named(text: str) -> list[str]:
    return [name.strip() for name in SEPARATORS.split(text) if name.strip()]


class MattersField(forms.CharField):
    """Classes of the catalog, one a line: a code, or `scheme/code` where several schemes have it."""

    def __init__(self, **kwargs: Any) -> None:
        hint = _("每行一个分类代码，例如 P0101；几个分类体系都有的写成 体系代码/分类代码。包含其下级分类")
        super().__init__(**{"label": _("事项分类"), "widget": _LINES, "help_text": hint, **kwargs})

    def clean(self, value: Any) -> Any:
        """Keys of the classes."""
        return [self._key(name) for name in _named(super().clean(value))]

    def _key(self, name: str) -> UUID:
        index = catalog_index()
        scheme, slash, code = name.partition("/")
        schemes = [scheme] if slash else list(index.schemes)
        found = [index.class_by_code(one, code if slash else name) for one in schemes]
        known = [node.id for node in found if node is not None]
        if len(known) != 1:
            raise forms.ValidationError(
                gettext("“{name}”没有对应的分类，或几个分类体系都有。请写成 体系代码/分类代码。").format(
                    name=name
                )
            )
        return known[0]


class AreasField(forms.CharField):
    """Areas of either tree, one a line, by name or code; none for the whole city."""

    def __init__(self, **kwargs: Any) -> None:
        hint = _("每行一个区域名称或代码；不填为全市")
        given = {"label": _("适用区域"), "required": False, "widget": _LINES, "help_text": hint}
        super().__init__(**{**given, **kwargs})

    def clean(self, value: Any) -> Any:
        """Keys of the areas."""
        by_code = area_index().by_code
        found = [(name, key_of(name, by_code)) for name in _named(super().clean(value))]
        for name, key in found:
            if key is None:
                raise forms.ValidationError(
                    gettext("没有名为“{name}”的区域，或有几个同名的。请填写代码。").format(name=name)
                )
        return [key for _name, key in found]


class UnitField(forms.CharField):
    """A unit by name or code."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "units", "autocomplete": "off"})
        super().__init__(**{"max_length": 160, "widget": widget, **kwargs})

    def clean(self, value: Any) -> Any:
        """Key of the unit; None for an empty text."""
        text = super().clean(value)
        found = key_of(text, unit_index().by_code) if text else None
        if text and found is None:
            raise forms.ValidationError(
                gettext("没有名为“{name}”的单位，或有几个同名的。请填写代码。").format(name=text)
            )
        return found


class ListFilterForm(forms.Form):
    """Filters of a list."""

    words = forms.CharField(label=_("关键词"), required=False, max_length=60)
    unit = UnitField(label=_("主管部门"), required=False)
    day = forms.DateField(label=_("日期"), required=False, widget=_DAY, help_text=_("看这一天有效的清单"))
    past = forms.BooleanField(label=_("含已收回、已到期和未生效"), required=False)


_STATES = [(code, _(name)) for code, name in ADMISSION.states.items()]


class QueueFilterForm(forms.Form):
    """Filter of the applications."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("待决定")), *_STATES],
    )


class ApplicationForm(forms.Form):
    """What a department applies for."""

    list_kind = forms.ChoiceField(label=_("清单"), choices=AdmissionList.choices)
    code = forms.CharField(label=_("编号"), max_length=24, help_text=_("例如 WG-16；同一清单内不得重复"))
    name = forms.CharField(label=_("事项名称"), max_length=80)
    class_ids = MattersField()
    area_ids = AreasField()
    lead_id = UnitField(label=_("主管部门"), help_text=_("只能为本单位申请"))
    basis = forms.CharField(
        label=_("依据"), max_length=2000, widget=_LINES, help_text=_("法律、法规、规章或文件的名称和条款")
    )
    frequency = forms.CharField(label=_("频次"), max_length=60, help_text=_("例如 每月一次、巡查发现时"))
    limit = forms.CharField(label=_("期限"), required=False, max_length=40, help_text=_("例如 2工作日"))
    funding = forms.CharField(label=_("经费"), max_length=200, help_text=_("由谁按什么标准安排"))
    training = forms.CharField(label=_("培训"), required=False, max_length=200)
    minutes = forms.IntegerField(label=_("预计用时（分钟）"), required=False, min_value=1, max_value=1440)
    valid_from = forms.DateField(
        label=_("生效日期"), required=False, widget=_DAY, help_text=_("不填为批准之日；不早于批准之日")
    )
    valid_to = forms.DateField(
        label=_("失效日期"), required=False, widget=_DAY, help_text=_("从这一天起不再有效；不填为长期")
    )

    def clean_limit(self) -> Any:
        """Amount and unit that the text spells."""
        return limit_of(self.cleaned_data["limit"])

    def terms(self) -> AdmissionTerms:
        """What was entered; call only when the form is valid."""
        return AdmissionTerms(**self.cleaned_data)


class WordsForm(forms.Form):
    """An opinion or a reason."""

    reason = forms.CharField(label=_("意见或理由"), max_length=500, widget=_LINES)


class TakeBackForm(WordsForm):
    """Why a matter is taken back, and from which day on."""

    on = forms.DateField(label=_("收回日期"), required=False, widget=_DAY, help_text=_("不填为今天"))


class ExemptionForm(forms.Form):
    """What is exempted."""

    title = forms.CharField(label=_("事由"), max_length=80, help_text=_("例如 防汛红色预警期间逐户巡查"))
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=_LINES,
        help_text=_("批准人不能自己按该豁免派遣，须由他人派遣"),
    )
    levels = forms.MultipleChoiceField(
        label=_("适用层级"), choices=AdmissionLevel.choices, widget=forms.CheckboxSelectMultiple
    )
    class_ids = MattersField()
    area_ids = AreasField()
    ends_at = forms.DateTimeField(
        label=_("截止时间"), widget=_MINUTE, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("到时自动结束，不能延长；仍需要的重新批准"),
    )  # fmt: skip

    def terms(self) -> ExemptionTerms:
        """What was entered; call only when the form is valid."""
        return ExemptionTerms(**self.cleaned_data)


class ExemptionFilterForm(forms.Form):
    """Filter of the exemptions."""

    past = forms.BooleanField(label=_("含已结束"), required=False)


class RuleForm(forms.Form):
    """How a level is checked in an area."""

    level = forms.ChoiceField(label=_("层级"), choices=AdmissionLevel.choices)
    area_id = AreasField(label=_("区域"), help_text=_("一个区域的名称或代码；不填为全市"))
    mode = forms.ChoiceField(label=_("校验方式"), choices=CheckMode.choices)
    exemption_hours = forms.IntegerField(label=_("豁免最长小时"), min_value=1, max_value=2160)
    basis = forms.CharField(label=_("依据"), required=False, max_length=1000, widget=_LINES)

    def clean_area_id(self) -> UUID | None:
        """The one area, None for the whole city."""
        found: Sequence[UUID] = self.cleaned_data["area_id"]
        if len(found) > 1:
            raise forms.ValidationError(gettext("请只填写一个区域。"))
        return found[0] if found else None
