"""Django configuration of `interface`."""

from django.apps import AppConfig


class InterfaceConfig(AppConfig):
    """界面构件: see the package docstring."""

    name = "yiwang.interface"
    label = "interface"
    verbose_name = "界面构件"
    default_auto_field = "django.db.models.BigAutoField"
