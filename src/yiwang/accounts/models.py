"""Accounts 账号: who may log in."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from ..ledger.public import RootRow


class AccountManager(BaseUserManager["Account"]):
    """Looks accounts up by their natural key; making one is a service."""


class Account(RootRow, AbstractBaseUser):
    """Account 账号: one person who may log in; what it may do comes from posts, never from a flag."""

    username = models.CharField("用户名", max_length=64, unique=True)
    display_name = models.CharField("姓名", max_length=64)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须改口令", default=False)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []
    objects = AccountManager()

    class Meta:
        verbose_name = "账号"
