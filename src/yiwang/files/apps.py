"""Django configuration of `files`."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """证据: see the package docstring."""

    name = "yiwang.files"
    label = "files"
    verbose_name = "证据"
    default_auto_field = "django.db.models.BigAutoField"
