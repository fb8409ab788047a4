"""Django configuration of `catalog`."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """事项: see the package docstring."""

    name = "yiwang.catalog"
    label = "catalog"
    verbose_name = "事项"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the menu entries and the words for journal entries known."""
        from . import registering

        registering.register()
