"""Rows of the list 任务清单: stage, unit, what, by when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..queries.rulebook import rulebook
from ..services.working import ItemTerms
from .fields import LimitField


class ItemForm(forms.Form):
    """One row; an empty one is left out."""

    stage = forms.ChoiceField(label=gettext_lazy("整治阶段"), required=False)
    task = forms.ChoiceField(label=gettext_lazy("责任单位"), required=False)
    text = forms.CharField(label=gettext_lazy("事项"), max_length=300, required=False)
    limit = LimitField(label=gettext_lazy("完成时限"))

    def __init__(self, *args: Any, tasks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = [(str(row.id), row.label) for row in rulebook().stages if row.is_on]
        self.fields["stage"].choices = [("", _("请选择")), *stages]  # type: ignore[attr-defined]
        self.fields["task"].choices = [("", _("请选择")), *tasks]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A row that says anything says all of it."""
        given = self.cleaned_data
        if given.get("text") and not (given.get("stage") and given.get("task")):
            raise forms.ValidationError(_("请选择整治阶段和责任单位。"))
        return given


AssignFormSet = forms.formset_factory(ItemForm, extra=6, max_num=30)


def items_of(rows: Any) -> list[ItemTerms]:
    """The rows that say anything; call only when the set is valid."""
    given = [form.cleaned_data for form in rows if form.cleaned_data.get("text")]
    return [ItemTerms(UUID(row["task"]), UUID(row["stage"]), row["text"], row["limit"]) for row in given]
