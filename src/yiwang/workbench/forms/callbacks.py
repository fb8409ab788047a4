"""Forms of a call-back 回访表单: reached, not reached, and the text of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases import public as cases
from ...kernel.actor import Actor
from ..queries.callbacks import Question
from .fields import select, text_area

_YES_NO = (("yes", _("是")), ("no", _("否")))
_MISSED = [choice for choice in cases.AttemptResult.choices if choice[0] not in {"reached", "recorded"}]


class ReachedForm(forms.Form):
    """已接通: one field a question of the script."""

    def __init__(self, *args: Any, questions: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for each in questions:
            self.fields[each.code] = _field_of(each)

    def run(self, *, actor: Actor, at: datetime, callback_id: UUID) -> cases.Rating:
        """Record what was said."""
        by_kind: dict[str, str] = {}
        answers: dict[str, str] = {}
        for each in self.questions:
            given = self.cleaned_data[each.code]
            if each.kind == cases.QuestionKind.YES_NO:
                if given:
                    answers[each.code] = given
            else:
                by_kind[each.kind] = given
        said = cases.Said(
            outcome=by_kind.get("outcome", ""), satisfaction=by_kind.get("satisfaction", ""),
            answers=answers, comment=by_kind.get("words", ""),
        )  # fmt: skip
        return cases.finish_callback(actor=actor, at=at, callback_id=callback_id, said=said)


def _field_of(question: Question) -> forms.Field:
    if question.kind == cases.QuestionKind.WORDS:
        return forms.CharField(label=question.text, required=False, max_length=500, widget=text_area(2))
    if question.kind == cases.QuestionKind.YES_NO:
        return forms.ChoiceField(
            label=question.text, choices=_YES_NO, required=False, widget=forms.RadioSelect
        )
    return forms.ChoiceField(label=question.text, choices=question.options, widget=forms.RadioSelect)


class MissedForm(forms.Form):
    """未接通: what happened."""

    result = forms.ChoiceField(label=_("联系结果"), choices=_MISSED, widget=select())
    words = forms.CharField(label=_("记录"), required=False, max_length=300, widget=text_area(2))


class MessageForm(forms.Form):
    """短信文本: the text that is recorded."""

    words = forms.CharField(label=_("短信文本"), max_length=500, widget=text_area(4))
