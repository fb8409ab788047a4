"""Choices of `accounts`: stored snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessKind(models.TextChoices):
    """What happened at the door of an account 登录事项. Source: GB/T 22239-2019, security audit."""

    LOGGED_IN = "logged_in", _("登录成功")
    SIGNED_ON = "signed_on", _("统一身份登录")
    LOCKED_OUT = "locked_out", _("连续失败被锁定")
    LOCK_RESET = "lock_reset", _("解除锁定")
    LOGGED_OUT = "logged_out", _("退出登录")
    SESSION_ENDED = "session_ended", _("闲置超时退出")
    PASSWORD_CHANGED = "password_changed", _("修改口令")
    PASSWORD_RESET = "password_reset", _("重置口令")
    IDENTITY_LINKED = "identity_linked", _("关联统一身份")
    IDENTITY_UNLINKED = "identity_unlinked", _("解除统一身份关联")
    TOKEN_ISSUED = "token_issued", _("签发令牌")
    TOKEN_REVOKED = "token_revoked", _("撤销令牌")
    ADDRESS_REVEALED = "address_revealed", _("查看来源地址")
