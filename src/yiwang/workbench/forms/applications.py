"""Forms of applications 申请表单: asking, the list's filter, the rules and reasons."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ...cases.public import CASE_STATES, applications
from ...catalog.public import MatterKind
from ...interface.public import pictures
from ...kernel.working_time import UNIT_NAMES
from ..queries.applications import STEP_LABELS
from .fields import choice_field, class_field, select, text_area, text_input, unit_field
from .places import LEVELS, area_choices


def day_input() -> forms.DateInput:
    """A day in the look of the frame."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def label_of(reason: Any) -> str:
    """A reason in the reader's language."""
    english = (get_language() or "").startswith("en") and reason.label_en
    return str(reason.label_en if english else reason.label)


class AskForm(forms.Form):
    """提出申请: reason by code and in words, evidence, and until when a suspended case rests."""

    reason_code = forms.ChoiceField(label=_("事由"), widget=select())
    until = forms.DateField(
        label=_("恢复日期"), widget=day_input(), help_text=_("到这一天自动恢复办理，余下的时限继续计。")
    )
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(3))
    evidence = pictures(_("证据材料"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        kind: str,
        reasons: list[Any],
        today: date,
        rule: applications.RuleInForce | None = None,
        undoes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.undoes = kind, undoes
        fewest = rule.evidence_files if rule else 0
        self.fields["evidence"].widget.attrs["accept"] = "image/*,application/pdf"
        self.fields["evidence"].help_text = (
            _("照片或 PDF，至少 %(count)s 份。") % {"count": fewest} if fewest else _("照片或 PDF，可不附。")
        )
        choice_field(self, "reason_code").choices = [
            ("", _("请选择")),
            *((r.code, label_of(r)) for r in reasons),
        ]
        if kind != applications.ApplicationKind.SUSPENSION:
            del self.fields["until"]
        else:
            longest = rule.longest_days if rule and rule.longest_days else applications.LONGEST_DAYS
            bounds = {"min": today + timedelta(days=1), "max": today + timedelta(days=longest)}
            self.fields["until"].widget.attrs |= {name: day.isoformat() for name, day in bounds.items()}

    def terms(self) -> applications.ApplicationTerms:
        """What was entered; call only when the form is valid."""
        given = self.cleaned_data
        return applications.ApplicationTerms(
            kind=self.kind, reason_code=given["reason_code"], reason=given["reason"],
            until=given.get("until"), undoes=self.undoes,
        )  # fmt: skip

    def papers(self) -> list[applications.Paper]:
        """The uploads as evidence."""
        return [
            applications.Paper(upload.file, upload.name or "") for upload in self.cleaned_data["evidence"]
        ]


class ApplicationFilterForm(forms.Form):
    """筛选: what the list of applications can be narrowed by."""

    kind = forms.ChoiceField(
        label=_("申请类别"), required=False,
        choices=[("", _("全部")), *applications.ApplicationKind.choices],
    )  # fmt: skip
    unit = unit_field(_("申请单位"), required=False)
    district = forms.UUIDField(required=False, widget=forms.HiddenInput)
    street = forms.UUIDField(required=False, widget=forms.HiddenInput)
    community = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def areas(self) -> list[dict[str, Any]]:
        """The three selects that depend on each other."""
        return area_choices({level: self[level].value() for level in LEVELS}, with_zones=True)

    def wanted(self) -> dict[str, Any]:
        """The filter; what is malformed counts as not given."""
        self.is_valid()
        given = self.cleaned_data
        return {
            "kind": given.get("kind") or "",
            "unit": given.get("unit"),
            "area": given.get("community") or given.get("street") or given.get("district"),
        }


class ApplicationRuleForm(forms.Form):
    """设定申请规则: for all matters, for a kind of them, or for one class, from a day on."""

    kind = forms.ChoiceField(
        label=_("申请类别"), choices=applications.ApplicationKind.choices, widget=select()
    )
    class_kind = forms.ChoiceField(
        label=_("事项种类"), required=False, choices=[("", _("全部")), *MatterKind.choices], widget=select()
    )
    matter_class = class_field()
    states = forms.MultipleChoiceField(
        label=_("可申请的案件状态"), widget=forms.CheckboxSelectMultiple,
        choices=[(code, _(label)) for code, label in CASE_STATES.items() if code != "archived"],
    )  # fmt: skip
    max_times = forms.IntegerField(label=_("最多次数"))
    counts_refused = forms.BooleanField(label=_("不予批准也计次"), required=False)
    when_overdue = forms.BooleanField(label=_("超时后可申请"), required=False)
    longest_days = forms.IntegerField(label=_("最长天数"), required=False, help_text=_("只用于挂账。"))
    evidence_files = forms.IntegerField(label=_("至少证据件数"))
    step_1 = forms.ChoiceField(label=_("第一级审批"), widget=select())
    step_2 = forms.ChoiceField(label=_("第二级审批"), required=False, widget=select())
    step_3 = forms.ChoiceField(label=_("第三级审批"), required=False, widget=select())
    answer_amount = forms.DecimalField(label=_("答复时限"), required=False)
    answer_unit = forms.ChoiceField(
        label=_("时限单位"), required=False,
        choices=[("", "—"), *((unit, _(name)) for unit, name in UNIT_NAMES.items())], widget=select(),
    )  # fmt: skip
    basis = forms.CharField(label=_("依据"), max_length=200, required=False, widget=text_input())
    valid_from = forms.DateField(
        label=_("生效日"), widget=day_input(),
        help_text=_("从这一天起适用；同一天再次设定则更改该条。已提出的申请按提出当日的规则审批。"),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = [(act, STEP_LABELS[act]) for act in applications.APPROVING_ACTS]
        for name in ("step_1", "step_2", "step_3"):
            choice_field(self, name).choices = steps if name == "step_1" else [("", "—"), *steps]
        self.fields["matter_class"].help_text = _("不选为该种类的全部事项。")

    def terms(self) -> applications.ApplicationRuleTerms:
        """What was entered; call only when the form is valid."""
        given = dict(self.cleaned_data)
        del given["version"]
        steps = tuple(step for name in ("step_1", "step_2", "step_3") if (step := given.pop(name)))
        return applications.ApplicationRuleTerms(
            **{**given, "states": tuple(given["states"]), "approvals": steps}
        )

    @classmethod
    def starting_from(cls, row: applications.ApplicationRule | None, today: date) -> ApplicationRuleForm:
        """A form that begins with what a row says, from today or the row's own later day."""
        if row is None:
            usual = {"states": ["handling"], "max_times": 1, "evidence_files": 0, "valid_from": today}
            return cls(initial={**usual, "step_1": "cases.review"})
        first = max(today, row.valid_from)
        initial = {name: getattr(row, name) for name in cls.base_fields if hasattr(row, name)}
        steps = {f"step_{place}": act for place, act in enumerate(row.approvals, start=1)}
        version = row.version if row.valid_from == first else None
        return cls(initial={**initial, **steps, "valid_from": first, "version": version})


class ReasonForm(forms.Form):
    """新增申请事由."""

    kind = forms.ChoiceField(
        label=_("申请类别"), choices=applications.ApplicationKind.choices, widget=select()
    )
    label = forms.CharField(label=_("名称"), max_length=40, widget=text_input())
    label_en = forms.CharField(label=_("英文名称"), max_length=60, required=False, widget=text_input())
    code = forms.CharField(
        label=_("代码"),
        max_length=24,
        widget=text_input(),
        help_text=_("小写字母、数字或下划线，如 weather"),
    )
    basis = forms.CharField(label=_("依据"), max_length=200, required=False, widget=text_input())
