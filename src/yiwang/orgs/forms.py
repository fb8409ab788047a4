"""Forms of `orgs` 岗位表单: areas, units, posts, holdings, rosters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..accounts.public import Account, normal_username
from .enums import TieKind, UnitKind
from .queries import area_index, post_kinds
from .services import office_templates


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
    """A leader tied to an area 挂包、挂钩."""

    kind = forms.ChoiceField(label=_("方式"), choices=TieKind.choices)
    account = AccountField(label=_("领导用户名"))


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


class DutyForm(forms.Form):
    """A shift of the roster 排班."""

    post_kind = forms.ChoiceField(label=_("岗位类别"))
    account = AccountField(label=_("用户名"))
    starts_at = _instant(_("起始时间"))
    ends_at = _instant(_("终止时间"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post_kind"].choices = [(k.code, k.name) for k in post_kinds().values()]  # type: ignore[attr-defined]
