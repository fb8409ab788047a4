"""Fields 表单项 shared by the forms: pickers that search on the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .. import names


class Picker(forms.Widget):
    """Picker 选择器: a search box that offers what the server finds; `multiple` keeps several choices."""

    template_name = "workbench/widgets/picker.html"

    def __init__(
        self, url: str | Promise, label_of: Callable[[UUID], str], *, multiple: bool = False
    ) -> None:
        super().__init__()
        self.url = url
        self.label_of = label_of
        self.multiple = multiple

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The chosen values with their labels, for the template."""
        context = super().get_context(name, None, attrs)
        values = value if isinstance(value, (list, tuple)) else [value]
        chosen = [(str(key), self._label(key)) for key in values if key]
        context["widget"].update(url=self.url, multiple=self.multiple, chosen=chosen)
        return context

    def _label(self, key: Any) -> str:
        try:
            return self.label_of(key if isinstance(key, UUID) else UUID(str(key)))
        except ValueError:
            return str(key)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """One value, or a list when several may be chosen."""
        if not self.multiple:
            return data.get(name)
        found = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return [value for value in found if value]


class UnitsField(forms.Field):
    """Several units 单位; an empty list when none is chosen."""

    def to_python(self, value: Any) -> list[UUID]:
        """Keys of the chosen units."""
        try:
            return [UUID(str(key)) for key in value or []]
        except ValueError:
            raise forms.ValidationError(_("没有这个单位，请重新选择。")) from None


def class_field(*, required: bool = False) -> forms.UUIDField:
    """A matter class, searched by name, code or registering condition."""
    widget = Picker(reverse_lazy("workbench:pick_classes"), names.class_name)
    return forms.UUIDField(label=_("事项类别"), required=required, widget=widget)


def unit_field(label: Any, *, required: bool = True) -> forms.UUIDField:
    """One unit, searched by name."""
    widget = Picker(reverse_lazy("workbench:pick_units"), names.unit_name)
    return forms.UUIDField(label=label, required=required, widget=widget)


def text_area(rows: int = 3, **attrs: Any) -> forms.Textarea:
    """A text area in the look of the frame."""
    return forms.Textarea(attrs={"rows": rows, **attrs})


def text_input(**attrs: Any) -> forms.TextInput:
    """A line of text in the look of the frame."""
    return forms.TextInput(attrs=attrs)


def select() -> forms.Select:
    """A select in the look of the frame."""
    return forms.Select()


def choice_field(form: forms.Form, name: str) -> forms.ChoiceField:
    """A field of a form whose choices are filled in."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} has no choices")
    return field
