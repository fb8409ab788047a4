"""Django configuration of `intake`."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """业务对接: see the package docstring."""

    name = "yiwang.intake"
    label = "intake"
    verbose_name = "业务对接"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make menu entries, words for journal entries, sealed columns and all doors known."""
        from . import registering
        from .doors.loading import load_doors

        registering.register()
        load_doors()
