"""Forms of drafts 草案表单: a draft's head, one of its changes, a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..forms import ResponsibilityForm
from ..states import RESPONSIBILITY_DRAFT


class DraftForm(forms.Form):
    """Title and day of a draft."""

    title = forms.CharField(label=_("名称"), max_length=80, help_text=_("例如 2026年三季度环卫权责调整"))
    takes_effect = forms.DateField(
        label=_("生效日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("全部变更从这一天起一并适用"),
    )


_STATES = [(code, _(name)) for code, name in RESPONSIBILITY_DRAFT.states.items()]


class DraftFilterForm(forms.Form):
    """Filter of the drafts."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部")), *_STATES],
    )


class ChangeForm(ResponsibilityForm):
    """A row of the list as a draft has it: without days, which are the draft's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("valid_from", "valid_to"):
            del self.fields[name]


class ReasonForm(forms.Form):
    """Why a draft is sent back."""

    reason = forms.CharField(label=_("退回理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class PublishingForm(forms.Form):
    """Whether another person publishes."""

    second_person = forms.BooleanField(
        label=_("须由第二人发布"),
        required=False,
        help_text=_("编制、修改或提请草案的人不能发布该草案"),
    )
    basis = forms.CharField(
        label=_("依据"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("允许本人发布的，须写明依据"),
    )
