"""Django configuration of `cases`."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """案件: see the package docstring."""

    name = "yiwang.cases"
    label = "cases"
    verbose_name = "案件"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the reactions known to relay and clock."""
        from . import (  # noqa: F401
            event_handlers,
            events,
            handlers,
            same_day_handlers,
            telling_handlers,
        )
