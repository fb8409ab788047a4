"""Django configuration of `workbench`."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """工作台: see the package docstring."""

    name = "yiwang.workbench"
    label = "workbench"
    verbose_name = "工作台"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the menu entries, the tones of states and the words for journal entries known."""
        from . import (
            admission_registering,
            application_registering,
            clock_registering,
            level_registering,
            registering,
            supervision_registering,
        )

        registering.register()
        level_registering.register()
        supervision_registering.register_supervision()
        clock_registering.register()
        application_registering.register_applications()
        admission_registering.register()
