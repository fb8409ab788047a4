"""Django configuration of `project`."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """组装: see the package docstring."""

    name = "yiwang.project"
    label = "project"
    verbose_name = "组装"
    default_auto_field = "django.db.models.BigAutoField"
