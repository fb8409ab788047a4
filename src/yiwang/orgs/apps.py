"""Django configuration of `orgs`."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """区划机构岗位: see the package docstring."""

    name = "yiwang.orgs"
    label = "orgs"
    verbose_name = "区划机构岗位"
    default_auto_field = "django.db.models.BigAutoField"
