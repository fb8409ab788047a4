"""Django configuration of `accounts`."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """账号: see the package docstring."""

    name = "yiwang.accounts"
    label = "accounts"
    verbose_name = "账号"
    default_auto_field = "django.db.models.BigAutoField"
