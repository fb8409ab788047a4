"""Django configuration of `accounts`."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

_KINDS = {
    "accounts.created": _("创建账号"),
    "accounts.password_changed": _("修改口令"),
    "accounts.password_reset": _("重置口令"),
    "accounts.deactivated": _("停用账号"),
    "accounts.activated": _("启用账号"),
    "accounts.lock_reset": _("解除锁定"),
    "accounts.token_issued": _("签发令牌"),
    "accounts.token_revoked": _("撤销令牌"),
}


class AccountsConfig(AppConfig):
    """账号: see the package docstring."""

    name = "yiwang.accounts"
    label = "accounts"
    verbose_name = "账号"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the menu entries and the words for what the journal says."""
        from ..interface.public import Entry, label_kinds, navigation

        admin = _("系统管理")
        own = "account"
        for entry in (
            Entry(
                "accounts.accounts",
                _("账号管理"),
                "accounts:accounts",
                "accounts.manage",
                "users",
                admin,
                910,
            ),
            Entry("accounts.password", _("修改口令"), "accounts:change_password", icon="lock", place=own),
            Entry("accounts.tokens", _("我的令牌"), "accounts:tokens", icon="key", order=110, place=own),
            Entry("accounts.logout", _("退出登录"), "accounts:logout", "", "logout", "", 900, own, post=True),
        ):
            navigation.add(entry)
        label_kinds(_KINDS)
