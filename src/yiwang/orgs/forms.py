"""Forms of `orgs` 岗位表单: areas, units, posts, holdings, rosters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..accounts.public import Account, normal_username
from ..kernel.errors import Invalid
from .acts import ACTS
from .enums import AreaKind, GrantScope, TieKind, UnitKind
from .holding_files import text_of
from .queries import PostKindNode, PostNode, area_index, legal_areas_named, post_kinds
from .rules.areas import AreaNode
from .services import office_templates

_MOST_BYTES = 10 * 1024 * 1024


class AccountField(forms.CharField):
    """An account by its username; cleans to the active account."""

    def clean(self, value: Any) -> Account | None:
        """The account, or an error under the field."""
        text = normal_username(super().clean(value) or "")
        if not text:
            return None
        account = Account.objects.filter(username=text, is_active=True).first()
        if account is None:
            raise ValidationError(_("没有这个在用账号。"))
        return account


def _instant(label: object, *, required: bool = True) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, required=required, widget=widget, input_formats=formats)  # type: ignore[arg-type]


def _day(label: object) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=_("不填为今天"))  # type: ignore[arg-type]


class LegalAreasField(forms.CharField):
    """Legal areas by code or name; cleans to their keys."""

    def clean(self, value: Any) -> list[UUID]:
        """The keys, or an error under the field naming what is unknown or ambiguous."""
        words = re.split(r"[\s,，、;；]+", (super().clean(value) or "").strip())
        return [self._key(word) for word in words if word]

    def _key(self, word: str) -> UUID:
        found = legal_areas_named(word)
        if len(found) == 1:
            return found[0].id
        if not found:
            raise ValidationError(_("没有法定区划“{word}”。").format(word=word))
        codes = "、".join(node.code for node in found[:5])
        raise ValidationError(_("“{word}”有多个，请填代码：{codes}").format(word=word, codes=codes))


class NameForm(forms.Form):
    """A new name 更名."""

    name = forms.CharField(label=_("名称"), max_length=100)


class OfficeForm(forms.Form):
    """A street office by template 按模板设立街道办事处."""

    template = forms.ChoiceField(label=_("机构模板"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [(t.code, t.name) for t in office_templates().values()]  # type: ignore[attr-defined]


class TieForm(forms.Form):
    """A leader tied to an area 挂包、挂钩, by name or by post."""

    kind = forms.ChoiceField(label=_("方式"), choices=TieKind.choices)
    account = AccountField(label=_("领导用户名"), required=False)
    post = forms.ChoiceField(
        label=_("或按岗位"), required=False, help_text=_("按岗位挂联时，换人不必重新登记。")
    )
    valid_from = _day(_("自"))

    def __init__(self, *args: Any, posts: Sequence[PostNode] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("（按个人）")), *((str(post.id), post.label) for post in posts)]
        self.fields["post"].choices = choices  # type: ignore[attr-defined]


class AreaForm(forms.Form):
    """A new area 新增区域 below another, or an operational one at the top."""

    code = forms.CharField(
        label=_("代码"), max_length=32, help_text=_("法定区划用国家统计代码，运行片区自定，不得重复。")
    )
    name = forms.CharField(label=_("名称"), max_length=100)
    kind = forms.ChoiceField(label=_("类别"), choices=AreaKind.choices)
    valid_from = _day(_("生效日"))


class EndForm(forms.Form):
    """The day from which something no longer holds 终止日."""

    valid_to = _day(_("自该日起失效"))


class LinkForm(forms.Form):
    """Legal areas that an operational area runs from a day on 建立对应关系."""

    legal = LegalAreasField(
        label=_("街道或社区"), help_text=_("代码或名称，可填多个，用空格或顿号分开。同名的请填代码。")
    )
    valid_from = _day(_("自"))


class RunForm(forms.Form):
    """An operational area that runs a legal one from a day on 由运行片区管辖."""

    operational = forms.ChoiceField(label=_("运行片区"))
    valid_from = _day(_("自"))

    def __init__(self, *args: Any, zones: Sequence[AreaNode] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["operational"].choices = [(str(z.id), f"{z.name}（{z.code}）") for z in zones]  # type: ignore[attr-defined]


class ZoneForm(forms.Form):
    """What one zone runs 功能区挂接: streets of its district by tick, anything else by code or name."""

    streets = forms.MultipleChoiceField(label=_("街道"), required=False, widget=forms.CheckboxSelectMultiple)
    others = LegalAreasField(label=_("其他街道或社区（代码或名称）"), required=False)

    def __init__(self, *args: Any, zone: AreaNode, streets: Sequence[AreaNode], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": zone.code})
        self.zone = zone
        self.fields["streets"].choices = [(str(s.id), s.name) for s in streets]  # type: ignore[attr-defined]

    def pairs(self) -> list[tuple[UUID, UUID]]:
        """Zone and legal area of each link that the form asks for."""
        chosen = [UUID(key) for key in self.cleaned_data["streets"]]
        return [(self.zone.id, key) for key in [*chosen, *self.cleaned_data["others"]]]


class DayForm(forms.Form):
    """The day from which links hold 生效日."""

    valid_from = _day(_("自"))


class UnitForm(forms.Form):
    """A new unit 设立机构."""

    code = forms.CharField(label=_("代码"), max_length=48)
    name = forms.CharField(label=_("名称"), max_length=100)
    kind = forms.ChoiceField(label=_("类别"), choices=UnitKind.choices)
    area = forms.CharField(label=_("所在区域代码"), required=False, max_length=32)

    def clean_area(self) -> object:
        """The key of the area named by its code, or None."""
        return _area_named(self.cleaned_data["area"])


class PostForm(forms.Form):
    """A new post 设立岗位."""

    kind = forms.ChoiceField(label=_("岗位类别"))
    area = forms.CharField(
        label=_("区域代码"), required=False, max_length=32, help_text=_("不填则为机构所在区域")
    )
    name = forms.CharField(
        label=_("名称"), required=False, max_length=60, help_text=_("不填则用岗位类别的名称")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.code, k.name) for k in post_kinds().values()]  # type: ignore[attr-defined]

    def clean_area(self) -> object:
        """The key of the area named by its code, or None."""
        return _area_named(self.cleaned_data["area"])


def _area_named(code: str) -> object:
    if not code:
        return None
    node = area_index().by_code.get(code)
    if node is None:
        raise ValidationError(_("没有这个区域代码。"))
    return node.id


class AssignForm(forms.Form):
    """Giving somebody a post 任职."""

    account = AccountField(label=_("用户名"))
    starts_at = _instant(_("起始时间（不填为立即）"), required=False)
    ends_at = _instant(_("终止时间（不填为长期）"), required=False)


class DeputyForm(forms.Form):
    """A deputy for a period 离岗代理."""

    account = AccountField(label=_("代理人用户名"))
    starts_at = _instant(_("起始时间"))
    ends_at = _instant(_("终止时间"))
    reason = forms.CharField(label=_("离岗事由"), max_length=200)


class HandOverForm(forms.Form):
    """A successor 移交."""

    account = AccountField(label=_("接任人用户名"))


class UnitFilterForm(forms.Form):
    """Filter of units by name 筛选机构."""

    name = forms.CharField(label=_("名称"), required=False, max_length=100)


class DutyForm(forms.Form):
    """A shift of the roster 排班."""

    post_kind = forms.ChoiceField(label=_("岗位类别"))
    account = AccountField(label=_("用户名"))
    starts_at = _instant(_("起始时间"))
    ends_at = _instant(_("终止时间"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post_kind"].choices = [(k.code, k.name) for k in post_kinds().values()]  # type: ignore[attr-defined]


class SwapForm(forms.Form):
    """Who takes a shift over 换班."""

    account = AccountField(label=_("换给（用户名）"))


class HoldingsForm(forms.Form):
    """A list of people in posts 载入任职清单."""

    file = forms.FileField(
        label=_("任职清单（CSV）"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_(
            "列：账号、姓名、岗位代码、起始、终止。日期写成 2026-03-01；终止日当天仍有效，不填为长期。"
        ),
    )

    def clean_file(self) -> str:
        """The text of the file."""
        upload = self.cleaned_data["file"]
        if upload.size > _MOST_BYTES:
            raise ValidationError(_("文件不得超过 10 MB，请拆分。"))
        try:
            return text_of(upload.read())
        except Invalid as problem:
            raise ValidationError(problem.problems[0].remedy) from None


class KindForm(forms.Form):
    """A post kind and what it permits 岗位类别与授权; `grant` holds `act:scope` for each tick."""

    code = forms.CharField(label=_("代码"), max_length=40, help_text=_("小写字母、数字和下划线，设定后不改"))
    name = forms.CharField(label=_("名称"), max_length=40)
    position = forms.IntegerField(label=_("次序"), min_value=0, max_value=32767, initial=100)
    exclusive_with = forms.MultipleChoiceField(
        label=_("互斥的岗位类别"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("同一人不得同时担任。三员之间总是互斥，不必另选。"),
    )
    grant = forms.MultipleChoiceField(label=_("授权"), required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, kind: PostKindNode | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(k.code, k.name) for k in post_kinds().values() if kind is None or k.code != kind.code]
        self.fields["exclusive_with"].choices = others  # type: ignore[attr-defined]
        known = dict.fromkeys(act for acts in ACTS.values() for act in acts)
        known.update(dict.fromkeys(act for k in post_kinds().values() for act, _scope in k.grants))
        pairs = [f"{act}:{scope}" for act in known for scope in GrantScope.values]
        self.fields["grant"].choices = [(pair, pair) for pair in pairs]  # type: ignore[attr-defined]
        if kind is not None:
            del self.fields["code"]

    def ticked(self) -> set[str]:
        """The pairs `act:scope` that are ticked now."""
        given = self.data.getlist("grant") if self.is_bound else self.initial.get("grant", ())  # type: ignore[attr-defined]
        return set(given)

    def grants(self) -> list[dict[str, str]]:
        """The grants as `save_post_kind` takes them."""
        pairs = [pair.rsplit(":", 1) for pair in self.cleaned_data["grant"]]
        return [{"act": act, "scope": scope} for act, scope in pairs]
