"""Django configuration of `whistles`."""

from django.apps import AppConfig


class WhistlesConfig(AppConfig):
    """吹哨报到: see the package docstring."""

    name = "yiwang.whistles"
    label = "whistles"
    verbose_name = "吹哨报到"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make reactions, menu entries, panels and words for journal entries known."""
        from . import (  # noqa: F401 - known by being read
            events,
            handlers,
            registering,
            supervision_handlers,
        )

        registering.register()
