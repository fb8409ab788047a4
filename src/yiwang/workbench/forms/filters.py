"""Filter form 筛选: what the list, the export and the map show."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ...cases.public import CASE_STATES, CaseFilter, CasePath, RequestKind
from ..names import channel_code
from .fields import class_field, text_input, unit_field
from .places import LEVELS, area_choices


def _with_all(choices: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", _("全部")), *choices]


_STATES = [(code, _(name)) for code, name in CASE_STATES.items()]


class MapFilterForm(forms.Form):
    """What the map can be narrowed by: state, class, unit, kind, overdue and area."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=_with_all(_STATES))
    matter_class = class_field()
    unit = unit_field(_("承办单位"), required=False)
    kind = forms.ChoiceField(label=_("诉求类型"), required=False, choices=_with_all(RequestKind.choices))
    overdue = forms.BooleanField(label=_("只看已超时"), required=False)
    district = forms.UUIDField(required=False, widget=forms.HiddenInput)
    street = forms.UUIDField(required=False, widget=forms.HiddenInput)
    community = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def areas(self) -> list[dict[str, Any]]:
        """The three selects that depend on each other; operational areas stand among the districts."""
        return area_choices({level: self[level].value() for level in LEVELS}, with_zones=True)

    def wanted(self) -> CaseFilter:
        """The filter; what is malformed counts as not given."""
        self.is_valid()
        given = self.cleaned_data
        area: UUID | None = given.get("community") or given.get("street") or given.get("district")
        return CaseFilter(
            states=(given["state"],) if given.get("state") else (),
            matter_class=given.get("matter_class"),
            area=area,
            unit=given.get("unit"),
            overdue=bool(given.get("overdue")),
            channel=channel_code(given.get("channel") or ""),
            kind=given.get("kind") or "",
            path=given.get("path") or "",
            text=given.get("text") or "",
            oldest_first=bool(given.get("oldest")),
        )

    def is_set(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.cleaned_data.values()) if self.is_valid() else True


class CaseFilterForm(MapFilterForm):
    """What the list and the export can be narrowed by besides: text, source and path."""

    text = forms.CharField(
        label=_("文字"),
        required=False,
        max_length=60,
        widget=text_input(type="search", placeholder=_("编号、标题、内容、地点")),
    )
    channel = forms.CharField(
        label=_("来源渠道"), required=False, max_length=40, widget=text_input(list="channels")
    )
    path = forms.ChoiceField(label=_("办理路径"), required=False, choices=_with_all(CasePath.choices))
    oldest = forms.BooleanField(label=_("最早的在前"), required=False)

    field_order = ("text", "state", "matter_class", "unit", "channel", "kind", "path", "overdue", "oldest")
