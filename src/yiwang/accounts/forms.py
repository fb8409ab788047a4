"""Forms of accounts 账号表单: login, passwords, accounts, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .enums import AccessKind
from .rules import READ, WRITE, normal_username


def _password(label: object, *, fresh: bool = False, help_text: object = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password" if fresh else "current-password"})
    return forms.CharField(label=label, strip=False, widget=widget, help_text=help_text)  # type: ignore[arg-type]


_RULE = _("至少 10 位，不能全是数字，不能是常见口令，也不能与用户名相近。")


class LoginForm(AuthenticationForm):
    """Login 登录; one message for every failure, so that nobody learns which usernames exist."""

    error_messages = {
        "invalid_login": _("用户名或口令不正确。连续输错 5 次将被锁定 15 分钟。"),
        "inactive": _("用户名或口令不正确。连续输错 5 次将被锁定 15 分钟。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("口令")

    def clean_username(self) -> str:
        """The username in its one spelling."""
        return normal_username(self.cleaned_data["username"])


class PasswordForm(forms.Form):
    """Change of one's own password 修改口令."""

    old_password = _password(_("原口令"))
    new_password = _password(_("新口令"), fresh=True, help_text=_RULE)
    repeated = _password(_("再次输入新口令"), fresh=True)

    def clean_repeated(self) -> str:
        """Both spellings of the new password must agree."""
        if self.cleaned_data.get("new_password") != self.cleaned_data["repeated"]:
            raise ValidationError(_("两次输入的新口令不一致。"))
        return str(self.cleaned_data["repeated"])


class AccountForm(forms.Form):
    """A new account 新建账号."""

    username = forms.CharField(label=_("用户名"), max_length=64, help_text=_("小写字母、数字或 . _ @ -"))
    display_name = forms.CharField(label=_("姓名"), max_length=64)
    password = _password(_("初始口令"), fresh=True, help_text=_("首次登录后须修改。"))


class ResetForm(forms.Form):
    """A first password again 重置口令."""

    password = _password(_("新的初始口令"), fresh=True, help_text=_("本人下次登录后须修改。"))


class IdentityForm(forms.Form):
    """The link to the identity provider 统一身份标识; empty ends it."""

    identity = forms.CharField(
        label=_("统一身份标识"),
        required=False,
        max_length=200,
        help_text=_("身份平台上本人的标识，区分大小写；留空则解除关联。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SearchForm(forms.Form):
    """Search of accounts 查找账号."""

    text = forms.CharField(label=_("用户名或姓名"), required=False, max_length=64)


class TokenForm(forms.Form):
    """A new API token 签发令牌."""

    name = forms.CharField(label=_("用途"), max_length=60, help_text=_("例如：区 12345 转办对接"))
    broad = forms.MultipleChoiceField(
        label=_("权限"),
        required=False,
        choices=[(READ, _("读取")), (WRITE, _("办理"))],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("令牌的权限不会超过本人岗位的权限。查看联系方式、敏感件和导出须在下面逐项列出。"),
    )
    acts = forms.CharField(
        label=_("另列权限名"), required=False, max_length=500, help_text=_("以空格分隔，例如 cases.export")
    )
    days = forms.TypedChoiceField(
        label=_("有效期"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 天")), (90, _("90 天")), (180, _("180 天")), (365, _("365 天"))],
    )

    def scopes(self) -> list[str]:
        """The chosen and listed scopes together."""
        return [*self.cleaned_data["broad"], *self.cleaned_data["acts"].split()]

    def lifetime(self) -> timedelta:
        """How long the token is to live."""
        return timedelta(days=self.cleaned_data["days"])


class AccessFilterForm(forms.Form):
    """Filter of access records 筛选登录记录."""

    username = forms.CharField(label=_("用户名"), required=False, max_length=64)
    kind = forms.ChoiceField(label=_("事项"), required=False, choices=[("", _("全部")), *AccessKind.choices])
    on = forms.DateField(
        label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class PurposeForm(forms.Form):
    """Why an address is looked at 查看用途."""

    purpose = forms.ChoiceField(
        label=_("用途"),
        choices=[
            ("incident", _("安全事件处置")),
            ("inspection", _("例行审计检查")),
            ("request_of_owner", _("应本人请求")),
        ],
    )
