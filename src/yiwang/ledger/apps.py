"""Django configuration of `ledger`."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """存证: see the package docstring."""

    name = "yiwang.ledger"
    label = "ledger"
    verbose_name = "存证"
    default_auto_field = "django.db.models.BigAutoField"
