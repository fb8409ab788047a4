"""Form problems 表单问题: a service's refusal shown beside the fields it names."""

from __future__ import annotations

from django.forms import BaseForm

from ..kernel.errors import Invalid, YiwangError
from .error_words import error_words


def show_problems(form: BaseForm, error: YiwangError) -> None:
    """Put a service's error on the form: beside the fields it names, else above all of them."""
    shown = False
    if isinstance(error, Invalid):
        for problem in error.problems:
            field = problem.field if problem.field in form.fields else None
            form.add_error(field, error_words(problem.remedy))
            shown = True
    if not shown:
        form.add_error(None, error_words(error.message))
