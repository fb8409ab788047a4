"""Forms of places 部件与地址表单: words into keys and values; what they mean together the services decide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..orgs.public import area_index, unit_index
from .enums import PartStatus, PositionPrecision
from .queries.parts import AddressFilter, PartFilter, part_classes

_CODE_IN_BRACKETS = re.compile(r"[（(]([^（()）]+)[)）]\s*$")
_ALL = ("", _("全部"))
_SYSTEMS = (
    ("wgs84", "WGS84"),
    ("cgcs2000", "CGCS2000"),
    ("gcj02", _("GCJ-02（高德、腾讯）")),
    ("bd09", _("BD-09（百度）")),
)
MOST_BYTES = 5 << 20


class _Named(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


def shown(node: _Named) -> str:
    """As a form shows an area or a unit and reads it back: `name（code）`."""
    return f"{node.name}（{node.code}）"


def _key_of(text: str, by_code: Mapping[str, _Named]) -> UUID | None:
    """The key of what a text names: by code, by `name（code）`, or by a name that only one has."""
    bracketed = _CODE_IN_BRACKETS.search(text)
    for code in (text, bracketed[1].strip() if bracketed else ""):
        if code in by_code:
            return by_code[code].id
    same = [node.id for node in by_code.values() if node.name == text]
    return same[0] if len(same) == 1 else None


class AreaField(forms.CharField):
    """An area by name or code; cleaned to its key, None when nothing was entered."""

    def clean(self, value: Any) -> UUID | None:
        """The key of the area."""
        text = super().clean(value).strip()
        found = _key_of(text, area_index().by_code) if text else None
        if text and found is None:
            raise forms.ValidationError(gettext("没有这个区域，或有几个同名的。请填写代码。"))
        return found


class UnitField(forms.CharField):
    """A unit by name or code; cleaned to its key, None when nothing was entered."""

    def clean(self, value: Any) -> UUID | None:
        """The key of the unit."""
        text = super().clean(value).strip()
        found = _key_of(text, unit_index().by_code) if text else None
        if text and found is None:
            raise forms.ValidationError(
                gettext("没有名为“{name}”的单位，或有几个同名的。请填写代码。").format(name=text)
            )
        return found


def _area_field() -> AreaField:
    return AreaField(
        label=_("区域"), required=False, max_length=160, widget=forms.TextInput(attrs={"list": "areas"})
    )


def _class_choices() -> list[tuple[str, str]]:
    return [(code, f"{code} {name}") for code, name in sorted(part_classes().items())]


def _readable(form: forms.Form) -> dict[str, Any]:
    """The fields of a filter form that could be read."""
    if not form.is_bound:
        return {}
    form.full_clean()
    return form.cleaned_data


class PartFilterForm(forms.Form):
    """Filters of the list of parts."""

    code = forms.RegexField(r"^\d{0,16}$", label=_("标识码开头"), required=False, strip=True)
    class_code = forms.ChoiceField(label=_("类别"), required=False)
    area = _area_field()
    status = forms.ChoiceField(label=_("状态"), required=False, choices=[_ALL, *PartStatus.choices])
    retired = forms.BooleanField(label=_("已停用的"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_code"].choices = [_ALL, *_class_choices()]  # type: ignore[attr-defined]

    def wanted(self) -> PartFilter:
        """What was asked for; a filter that cannot be read does not narrow."""
        given = _readable(self)
        return PartFilter(
            area=given.get("area"),
            class_code=given.get("class_code", ""),
            status=given.get("status", ""),
            code=given.get("code", ""),
            retired=given.get("retired", False),
        )


class AddressFilterForm(forms.Form):
    """Filters of the list of addresses."""

    words = forms.CharField(label=_("关键词"), required=False, max_length=60)
    area = _area_field()
    retired = forms.BooleanField(label=_("已停用的"), required=False)

    def wanted(self) -> AddressFilter:
        """What was asked for; a filter that cannot be read does not narrow."""
        given = _readable(self)
        return AddressFilter(
            area=given.get("area"), words=given.get("words", ""), retired=given.get("retired", False)
        )


class PointFields(forms.Form):
    """A point that a click on the map fills in, and the coordinate system it is given in."""

    place_lon = forms.FloatField(
        label=_("经度"), min_value=-180, max_value=180, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    place_lat = forms.FloatField(
        label=_("纬度"), min_value=-90, max_value=90, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    crs = forms.ChoiceField(
        label=_("坐标系"), choices=_SYSTEMS, initial="wgs84", help_text=_("在地图上点选的坐标是 WGS84")
    )

    def point(self) -> dict[str, Any]:
        """The point for a service; call only when the form is valid."""
        given = self.cleaned_data
        return {"lon": given["place_lon"], "lat": given["place_lat"], "crs": given["crs"]}


class PartForm(PointFields):
    """A part as entered; for a part that stands, its code and class are fixed."""

    class_code = forms.ChoiceField(label=_("类别"), required=False)
    code = forms.CharField(
        label=_("标识码"),
        required=False,
        max_length=16,
        help_text=_("16 位：区划 6、大类 2、小类 2、流水 6；不填则按类别取下一个流水号"),
    )
    status = forms.ChoiceField(label=_("状态"), choices=PartStatus.choices)
    precision = forms.ChoiceField(
        label=_("定位精度"), choices=PositionPrecision.choices, initial=PositionPrecision.C
    )
    owner = UnitField(
        label=_("权属单位"),
        required=False,
        max_length=160,
        help_text=_("单位名称或代码"),
        widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
    )
    field_order = ("class_code", "code", "status", "precision", "owner", "place_lon", "place_lat", "crs")

    def __init__(self, *args: Any, standing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if standing:
            del self.fields["class_code"], self.fields["code"]
        elif choices := _class_choices():
            by_code = ("", _("由标识码决定"))
            self.fields["class_code"].choices = [by_code, *choices]  # type: ignore[attr-defined]
        else:
            self.fields["class_code"] = forms.CharField(label=_("类别"), required=False, max_length=4)

    def terms(self) -> dict[str, Any]:
        """What was entered, as the services take it; call only when the form is valid."""
        given = self.cleaned_data
        terms = {"status": given["status"], "precision": given["precision"], "owner_id": given["owner"]}
        if "code" in self.fields:
            terms |= {"code": given["code"].strip(), "class_code": given["class_code"]}
        return {**terms, **self.point()}


class AddressForm(PointFields):
    """An address as entered."""

    text = forms.CharField(
        label=_("地址全称"),
        max_length=200,
        help_text=_("从区到门牌的完整写法"),
    )
    field_order = ("text", "place_lon", "place_lat", "crs")

    def terms(self) -> dict[str, Any]:
        """What was entered, as the services take it; call only when the form is valid."""
        return {"text": self.cleaned_data["text"], **self.point()}


class TableForm(forms.Form):
    """A CSV file to import, and how to read it."""

    file = forms.FileField(
        label=_("CSV 文件"),
        help_text=_("UTF-8 或 GB 18030 编码，不超过 5 MB、20,000 行；更大的文件请用命令行"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    crs = forms.ChoiceField(label=_("文件的坐标系"), choices=_SYSTEMS, initial="wgs84")
    dry_run = forms.BooleanField(label=_("只检查，不写入"), required=False)

    def clean_file(self) -> bytes:
        """The content of the file."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(gettext("文件超过 5 MB，请拆分，或用命令行导入。"))
        return bytes(file.read())
