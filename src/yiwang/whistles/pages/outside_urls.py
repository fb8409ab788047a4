"""Addresses of the page behind an outside unit's link, below `/w/`."""

from __future__ import annotations

from django.urls import path

from . import outside

app_name = "outside_whistles"
urlpatterns = [
    path("<uuid:task_id>/<slug:token>/", outside.task, name="task"),
    path("<uuid:task_id>/<slug:token>/<slug:name>/", outside.act, name="act"),
]
