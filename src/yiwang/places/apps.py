"""Django configuration of `places`."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """空间: see the package docstring."""

    name = "yiwang.places"
    label = "places"
    verbose_name = "空间"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the menu entries and the words for journal entries known."""
        from . import registering

        registering.register()
