"""Django configuration of `triage`."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """研判分拨: see the package docstring."""

    name = "yiwang.triage"
    label = "triage"
    verbose_name = "研判分拨"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make menu entries, panels and words for journal entries known."""
        from . import handlers, registering, repeats_handlers  # noqa: F401 - their reactions

        registering.register()
