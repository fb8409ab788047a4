"""Forms of standard processes 标准流程表单: the head, and a step a form."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...orgs.public import UnitKind, area_index
from ..enums import StepProof
from ..forms import key_of, limit_of
from ..queries.index import catalog_index
from ..queries.roles import step_acts
from ..rules.nodes import LimitValue
from ..rules.processes import MOST_STEPS, StepNode
from ..services.processes import ProcessTerms


class ProcessForm(forms.Form):
    """What a process says beside its steps."""

    code = forms.SlugField(label=_("代码"), max_length=40, help_text=_("英文字母、数字和下划线；变更时不改"))
    name = forms.CharField(label=_("名称"), max_length=80)
    scheme = forms.ChoiceField(label=_("分类体系"))
    class_code = forms.CharField(label=_("事项分类"), max_length=24, help_text=_("分类代码，例如 E0406"))
    area_id = forms.CharField(
        label=_("区域"),
        required=False,
        max_length=160,
        help_text=_("名称或代码；不填为全市"),
        widget=forms.TextInput(attrs={"list": "areas", "autocomplete": "off"}),
    )
    can_dispatch = forms.BooleanField(
        label=_("可自行派单"), required=False, help_text=_("这类事件够清楚，可以不经人工派遣；另须开启")
    )
    is_example = forms.BooleanField(label=_("示例"), required=False, help_text=_("核定后取消勾选"))
    basis = forms.CharField(
        label=_("依据"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    valid_from = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schemes = sorted((node.code, node.name) for node in catalog_index().schemes.values())
        self.fields["scheme"].choices = schemes  # type: ignore[attr-defined]
        if fixed:
            self.fields["code"].disabled = True

    def clean_area_id(self) -> UUID | None:
        """The area that the text names."""
        text = self.cleaned_data["area_id"]
        found = key_of(text, area_index().by_code) if text else None
        if text and found is None:
            raise forms.ValidationError(gettext("没有这个区域，或有几个同名的。请填写代码。"))
        return found

    def clean(self) -> dict[str, Any]:
        """The class is looked up in the scheme."""
        given = super().clean() or {}
        code = (given.get("class_code") or "").strip()
        node = catalog_index().class_by_code(given.get("scheme", ""), code)
        if code and node is None:
            self.add_error(
                "class_code", gettext("这个分类体系里没有代码为 {code} 的分类。").format(code=code)
            )
        given["class_id"] = node.id if node else None
        return given

    def terms(self, steps: list[StepNode]) -> ProcessTerms:
        """What was entered; call only when the form is valid."""
        given = self.cleaned_data
        names = ("code", "name", "class_id", "area_id", "is_example", "can_dispatch", "basis", "valid_from")
        return ProcessTerms(steps=steps, **{name: given[name] for name in names})


class StepForm(forms.Form):
    """One step; an empty one is left out."""

    what = forms.CharField(
        label=_("做什么"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    role = forms.ChoiceField(label=_("由谁办"), required=False)
    limit = forms.CharField(
        label=_("时限"), required=False, max_length=40, help_text=_("例如 2紧急工作时、1工作日")
    )
    proof = forms.MultipleChoiceField(
        label=_("证明材料"),
        required=False,
        choices=StepProof.choices,
        widget=forms.CheckboxSelectMultiple(),
    )
    next_ordinal = forms.IntegerField(
        label=_("下一步"),
        required=False,
        min_value=0,
        max_value=MOST_STEPS,
        help_text=_("步骤序号；不填为紧接的一步，0 为办结"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            (gettext("办理权限"), [(f"act:{act}", label) for act, label in step_acts().items()]),
            (gettext("机构类别"), [(f"kind:{value}", label) for value, label in UnitKind.choices]),
        ]

    def clean_limit(self) -> tuple[Any, str] | None:
        """Amount and unit that the text spells."""
        return limit_of(self.cleaned_data["limit"])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said of the step."""
        return not self.cleaned_data.get("what", "").strip() and not self.cleaned_data.get("role")

    def step(self, ordinal: int, last: int) -> StepNode:
        """The step that was entered, as the one of this ordinal."""
        given = self.cleaned_data
        kind, _colon, role = given["role"].partition(":")
        limit = given["limit"]
        exact = Fraction(limit[0]) if limit else Fraction(0)
        amount = exact.numerator if exact.denominator == 1 else exact
        following = given["next_ordinal"]
        if following is None:
            following = ordinal + 1 if ordinal < last else 0
        return StepNode(
            ordinal=ordinal,
            what=given["what"],
            act=role if kind == "act" else "",
            unit_kind=role if kind == "kind" else "",
            limit=LimitValue(amount, limit[1]) if limit else None,
            proof=tuple(given["proof"]),
            next_ordinal=following or None,
        )


StepFormSet = forms.formset_factory(StepForm, extra=2, max_num=MOST_STEPS, absolute_max=MOST_STEPS)


def entered_steps(forms_of_steps: Any) -> list[StepNode]:
    """The steps of a valid formset in order, the empty ones left out."""
    filled = [form for form in forms_of_steps.forms if not form.is_empty]
    return [form.step(number, len(filled)) for number, form in enumerate(filled, start=1)]
