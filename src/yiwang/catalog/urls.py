"""Addresses of the catalog."""

from __future__ import annotations

from django.urls import path

from .pages import browsing, quarantine, responsibilities

app_name = "catalog"
urlpatterns = [
    path("catalog/", browsing.catalog, name="catalog"),
    path("catalog/schemes/<str:scheme_code>/", browsing.scheme, name="scheme"),
    path("catalog/schemes/<str:scheme_code>/<str:code>/", browsing.matter_class, name="class"),
    path("catalog/responsibilities/", responsibilities.responsibilities, name="responsibilities"),
    path("catalog/responsibilities/add/", responsibilities.responsibility_add, name="responsibility_add"),
    path("catalog/responsibilities/<uuid:row_id>/", responsibilities.responsibility, name="responsibility"),
    path(
        "catalog/responsibilities/<uuid:row_id>/end/",
        responsibilities.responsibility_end,
        name="responsibility_end",
    ),
    path("catalog/quarantine/", quarantine.quarantine, name="quarantine"),
    path("catalog/quarantine/<uuid:row_id>/", quarantine.quarantine_row, name="quarantine_row"),
    path("catalog/quarantine/<uuid:row_id>/drop/", quarantine.quarantine_drop, name="quarantine_drop"),
]
