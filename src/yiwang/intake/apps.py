"""Django configuration of `intake`."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """业务对接: see the package docstring."""

    name = "yiwang.intake"
    label = "intake"
    verbose_name = "业务对接"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the sealed columns known to key rotation."""
        from ..ledger.public import register_sealed
        from .models import QuarantineEntry, RawMessage

        register_sealed(RawMessage, "payload")
        register_sealed(QuarantineEntry, "corrections")
