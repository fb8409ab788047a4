"""Django configuration of `clocks`."""

from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """时限: see the package docstring."""

    name = "yiwang.clocks"
    label = "clocks"
    verbose_name = "时限"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the menu entries and the words for journal entries known."""
        from . import registering

        registering.register()
