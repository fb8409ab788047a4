"""Django configuration of `notify`."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """通知: see the package docstring."""

    name = "yiwang.notify"
    label = "notify"
    verbose_name = "通知"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make menu entries, words for journal entries and sealed columns known."""
        from . import registering

        registering.register()
