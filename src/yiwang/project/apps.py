"""Django configuration of `project`."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProjectConfig(AppConfig):
    """组装: see the package docstring."""

    name = "yiwang.project"
    label = "project"
    verbose_name = "组装"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every app register what it brings: events, reactions, panels, menu entries."""
        autodiscover_modules("events", "handlers", "panels", "navigation")
