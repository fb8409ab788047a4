"""Django configuration of `simulate`."""

from django.apps import AppConfig


class SimulateConfig(AppConfig):
    """推演: see the package docstring."""

    name = "yiwang.simulate"
    label = "simulate"
    verbose_name = "推演"
    default_auto_field = "django.db.models.BigAutoField"
