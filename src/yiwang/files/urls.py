"""Addresses of `files`."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "files"
urlpatterns = [
    path("files/<uuid:attachment_id>", pages.download, name="download"),
    path("files/<uuid:attachment_id>/thumb", pages.thumbnail, name="thumbnail"),
]
