"""Accounts 账号: who may log in, and the tokens that programs use in their name."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from ..kernel.ids import uuid7
from ..ledger.public import RootRow
from .enums import AccessKind


class AccountManager(BaseUserManager["Account"]):
    """Looks accounts up by their natural key; making one is a service."""


class Account(RootRow, AbstractBaseUser):
    """Account 账号: one person who may log in; what it may do comes from posts, never from a flag.

    `identity` is what the identity provider calls the person, NULL when the account is not linked; it is
    compared as it stands.
    """

    username = models.CharField("用户名", max_length=64, unique=True)
    display_name = models.CharField("姓名", max_length=64)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须改口令", default=False)
    identity = models.CharField("统一身份标识", max_length=200, unique=True, null=True, blank=True)
    created_at = models.DateTimeField("创建时间", default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []
    objects = AccountManager()

    class Meta:
        verbose_name = "账号"

    def __str__(self) -> str:
        return self.display_name


class ApiToken(models.Model):
    """API token 接口令牌: lets a program act as an account, within listed acts, until it expires.

    Only the SHA-256 of the token is kept; its text is shown once, when it is issued. `last_used_at` is
    coarse (ten minutes). `acts` lists act names, or `read` and `write` for many at once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="tokens", verbose_name="账号")
    name = models.CharField("名称", max_length=60)
    digest = models.BinaryField("摘要", unique=True)
    hint = models.CharField("提示", max_length=12)
    acts = models.JSONField("权限", default=list)
    created_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        indexes = [models.Index(fields=["account", "-created_at"], name="accounts_token_account")]


class AccessRecord(models.Model):
    """Access record 登录记录: one login, lock-out, logout, or change of a password or token of an account.

    The journal of the account holds the same fact for good, with the address as a keyed mark only. The
    address itself is personal data: sealed, masked when shown, kept with this row for `KEPT` (185 days).
    Legal basis: Cybersecurity Law 网络安全法 art. 21(3), which asks for logs of six months.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="access_records", verbose_name="账号")
    kind = models.CharField("事项", max_length=24, choices=AccessKind.choices)
    at = models.DateTimeField("时间")
    mark = models.CharField("来源标记", max_length=16, blank=True, default="")
    address = models.BinaryField("来源地址", null=True)

    class Meta:
        verbose_name = "登录记录"
        indexes = [
            models.Index(fields=["-at", "-id"], name="accounts_access_at"),
            models.Index(fields=["account", "-at", "-id"], name="accounts_access_account"),
        ]


class RateCount(models.Model):
    """Rate count 频次计数: how often one sender did one thing since a window began.

    The table is UNLOGGED: what a crash loses here is a few minutes of counting. `key` is a keyed digest, so
    that no address stands in it.
    """

    key = models.UUIDField("键", primary_key=True)
    count = models.PositiveIntegerField("次数")
    ends_at = models.DateTimeField("窗口结束")

    class Meta:
        verbose_name = "频次计数"
