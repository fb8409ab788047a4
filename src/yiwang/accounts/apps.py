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
    "accounts.logged_in": _("登录成功"),
    "accounts.signed_on": _("统一身份登录"),
    "accounts.locked_out": _("连续失败被锁定"),
    "accounts.identity_linked": _("关联统一身份"),
    "accounts.identity_unlinked": _("解除统一身份关联"),
    "accounts.logged_out": _("退出登录"),
    "accounts.session_ended": _("闲置超时退出"),
    "accounts.address_revealed": _("查看来源地址"),
}


class AccountsConfig(AppConfig):
    """账号: see the package docstring."""

    name = "yiwang.accounts"
    label = "accounts"
    verbose_name = "账号"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the menu entries, the words for what the journal says, and what rotation must reach."""
        from ..interface.public import Entry, label_kinds, navigation
        from ..ledger.public import register_sealed
        from .models import AccessRecord

        admin = _("系统管理")
        own = "account"
        for entry in (
            Entry(
                "accounts.accounts", _("账号管理"), "accounts:accounts", "accounts.manage", "users", admin,
                910,
            ),
            Entry(
                "accounts.identities", _("统一身份"), "accounts:identities", "accounts.link", "users", admin,
                915,
            ),
            Entry("accounts.access", _("登录记录"), "accounts:access", "ledger.audit", "history", admin, 960),
            Entry(
                "accounts.own_access", _("我的登录记录"), "accounts:own_access", icon="history", order=120,
                place=own,
            ),
            Entry("accounts.password", _("修改口令"), "accounts:change_password", icon="lock", place=own),
            Entry("accounts.tokens", _("我的令牌"), "accounts:tokens", icon="key", order=110, place=own),
            Entry("accounts.logout", _("退出登录"), "accounts:logout", "", "logout", "", 900, own, post=True),
        ):  # fmt: skip
            navigation.add(entry)
        label_kinds(_KINDS)
        register_sealed(AccessRecord, "address")
