"""Forms of the catalog 事项表单: words into keys; what they mean together is decided by the services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..kernel.errors import Invalid, YiwangError
from ..kernel.limits import LimitUnreadable, read_limit
from ..orgs.public import AreaNode, area_index, unit_index
from .enums import QuarantineState
from .queries.index import catalog_index
from .rules.nodes import SchemeNode
from .rules.standard_file import CORRECTABLE, LIMIT
from .services.responsibility import ResponsibilityTerms

_CODE_IN_BRACKETS = re.compile(r"[（(]([^（()）]+)[)）]\s*$")
SEPARATORS = re.compile(r"[、,，;；\n]+")
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class _Named(Protocol):
    """An area or a unit of an index."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...


def key_of(text: str, by_code: Mapping[str, _Named]) -> UUID | None:
    """The key of what a text names: by code, by `name (code)`, or by a name that only one has."""
    text = text.strip()
    bracketed = _CODE_IN_BRACKETS.search(text)
    for code in (text, bracketed[1].strip() if bracketed else ""):
        if code in by_code:
            return by_code[code].id
    same = [node.id for node in by_code.values() if node.name == text]
    return same[0] if len(same) == 1 else None


def _scheme_choices(schemes: Iterable[SchemeNode]) -> list[tuple[str, str]]:
    return sorted((node.code, node.name) for node in schemes)


class CatalogSearchForm(forms.Form):
    """Search of the catalog."""

    words = forms.CharField(label=_("关键词"), required=False, max_length=60)
    scheme = forms.ChoiceField(label=_("分类体系"), required=False)

    def __init__(self, *args: Any, schemes: Iterable[SchemeNode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = [("", _("全部")), *_scheme_choices(schemes)]  # type: ignore[attr-defined]


class ResponsibilityFilterForm(forms.Form):
    """Filters of the responsibility list."""

    scheme = forms.ChoiceField(label=_("分类体系"), required=False)
    unit = forms.CharField(
        label=_("主办单位"), required=False, max_length=120, widget=forms.TextInput(attrs={"list": "units"})
    )
    past = forms.BooleanField(label=_("含已失效"), required=False)

    def __init__(self, *args: Any, schemes: Iterable[SchemeNode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = [("", _("全部")), *_scheme_choices(schemes)]  # type: ignore[attr-defined]

    def clean_unit(self) -> UUID | None:
        """The unit that the text names."""
        return _unit_key(self.cleaned_data["unit"])


class QuarantineFilterForm(forms.Form):
    """Filters of the quarantine."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *QuarantineState.choices]
    )


class ResponsibilityForm(forms.Form):
    """A row of the responsibility list as entered; names and codes are turned into keys."""

    scheme = forms.ChoiceField(label=_("分类体系"))
    class_id = forms.CharField(
        label=_("事项分类"),
        required=False,
        max_length=40,
        help_text=_("分类代码，例如 P0101；不填为整个分类体系"),
    )
    condition_id = forms.IntegerField(
        label=_("立案条件序号"), required=False, min_value=1, help_text=_("不填为该分类的全部条件")
    )
    area_id = forms.CharField(
        label=_("区域"),
        required=False,
        max_length=160,
        help_text=_("名称或代码，市、区、街道、社区、网格或片区均可；不填为全市"),
        widget=forms.TextInput(attrs={"list": "areas", "autocomplete": "off"}),
    )
    host_id = forms.CharField(
        label=_("主办单位"),
        max_length=160,
        help_text=_("单位名称或代码"),
        widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
    )
    co_unit_ids = forms.CharField(
        label=_("协办单位"),
        required=False,
        help_text=_("每行一个名称或代码"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    limit = forms.CharField(
        label=_("时限"),
        required=False,
        max_length=40,
        help_text=_("例如 2工作日；不填则按立案条件或分类的时限"),
    )
    basis = forms.CharField(
        label=_("依据"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    valid_from = forms.DateField(label=_("生效日期"), widget=_DAY)
    valid_to = forms.DateField(
        label=_("失效日期"), required=False, widget=_DAY, help_text=_("从这一天起不再适用；不填为长期")
    )

    def __init__(self, *args: Any, schemes: Iterable[SchemeNode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = _scheme_choices(schemes)  # type: ignore[attr-defined]

    def clean_area_id(self) -> UUID | None:
        """The area that the text names."""
        text = self.cleaned_data["area_id"]
        found = key_of(text, area_index().by_code) if text else None
        if text and found is None:
            raise forms.ValidationError(gettext("没有这个区域，或有几个同名的。请填写代码。"))
        return found

    def clean_host_id(self) -> UUID | None:
        """The unit that the text names."""
        return _unit_key(self.cleaned_data["host_id"])

    def clean_limit(self) -> tuple[Decimal, str] | None:
        """Amount and unit that the text spells."""
        return limit_of(self.cleaned_data["limit"])

    def clean_co_unit_ids(self) -> tuple[UUID, ...]:
        """The units that the lines name."""
        names = [name for name in SEPARATORS.split(self.cleaned_data["co_unit_ids"]) if name.strip()]
        found = (_unit_key(name) for name in names)
        return tuple(key for key in found if key is not None)

    def clean(self) -> dict[str, Any]:
        """Class and condition are looked up in the scheme."""
        given = super().clean() or {}
        index = catalog_index()
        scheme = given.get("scheme", "")
        code, ordinal = (given.get("class_id") or "").strip(), given.get("condition_id")
        node = index.class_by_code(scheme, code) if code else None
        if code and node is None:
            self.add_error("class_id", gettext("这个分类体系里没有代码为 {code} 的分类。").format(code=code))
        given["class_id"] = node.id if node else None
        conditions = index.conditions(node.id) if node else ()
        chosen = next((c.id for c in conditions if c.ordinal == ordinal), None)
        if ordinal is not None and chosen is None:
            self.add_error("condition_id", gettext("该分类没有这个序号的立案条件。"))
        given["condition_id"] = chosen
        return given

    def terms(self) -> ResponsibilityTerms:
        """What was entered; call only when the form is valid."""
        given = self.cleaned_data
        return ResponsibilityTerms(
            scheme_id=catalog_index().schemes[given["scheme"]].id,
            host_id=given["host_id"],
            class_id=given["class_id"],
            area_id=given["area_id"],
            condition_id=given["condition_id"],
            co_unit_ids=given["co_unit_ids"],
            basis=given["basis"],
            valid_from=given.get("valid_from"),
            valid_to=given.get("valid_to"),
            limit=given["limit"],
        )


class EndForm(forms.Form):
    """The day on which a row ends."""

    valid_to = forms.DateField(label=_("失效日期"), widget=_DAY, help_text=_("从这一天起不再适用"))


class CorrectionForm(forms.Form):
    """What should stand in a quarantined row, a field for each column."""

    def __init__(self, *args: Any, columns: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(CORRECTABLE):
            wide = len(columns.get(name, "")) > 40
            self.fields[f"column_{number}"] = forms.CharField(
                label=name,
                required=False,
                max_length=2000,
                strip=True,
                initial=columns.get(name, ""),
                widget=forms.Textarea(attrs={"rows": 2}) if wide else forms.TextInput(),
                help_text=_("例如 2紧急工作时、4工作时、3工作日") if name == LIMIT else "",
            )

    def beside_fields(self, error: YiwangError) -> YiwangError:
        """The error with the columns that it names turned into the fields of this form."""
        if isinstance(error, Invalid):
            numbers = {name: f"column_{number}" for number, name in enumerate(CORRECTABLE)}
            error.problems = [replace(p, field=numbers.get(p.field, p.field)) for p in error.problems]
        return error

    def correction(self) -> dict[str, str]:
        """Column to text; call only when the form is valid."""
        return {name: self.cleaned_data[f"column_{number}"] for number, name in enumerate(CORRECTABLE)}


class DropForm(forms.Form):
    """Why a quarantined row is given up."""

    decision = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


#: Areas offered while typing: those large enough to be chosen by name; any code may be typed.
_OFFERED_KINDS = frozenset({"city", "district", "street", "functional_zone", "shared_zone"})


def named_areas() -> list[AreaNode]:
    """The areas that are offered while typing."""
    return [node for node in area_index().by_code.values() if node.kind in _OFFERED_KINDS]


class SchemeForm(forms.Form):
    """Choice of one scheme."""

    scheme = forms.ChoiceField(label=_("分类体系"))

    def __init__(self, *args: Any, schemes: Iterable[SchemeNode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = _scheme_choices(schemes)  # type: ignore[attr-defined]


def limit_of(text: str) -> tuple[Decimal, str] | None:
    """The limit that a text spells, None for an empty one.

    Raises:
        ValidationError: when it cannot be read.
    """
    if not text.strip():
        return None
    try:
        limit = read_limit(text)
    except LimitUnreadable as error:
        raise forms.ValidationError(str(error)) from error
    exact = Fraction(limit.amount)
    return Decimal(exact.numerator) / exact.denominator, limit.unit


def _unit_key(text: str) -> UUID | None:
    found = key_of(text, unit_index().by_code) if text.strip() else None
    if text.strip() and found is None:
        raise forms.ValidationError(
            gettext("没有名为“{name}”的单位，或有几个同名的。请填写代码。").format(name=text.strip())
        )
    return found
