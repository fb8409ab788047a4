"""Django configuration of `workbench`."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """工作台: see the package docstring."""

    name = "yiwang.workbench"
    label = "workbench"
    verbose_name = "工作台"
    default_auto_field = "django.db.models.BigAutoField"
