"""Addresses of the public forms, below `/f/`."""

from __future__ import annotations

from django.urls import path

from . import letterbox

app_name = "letterbox"
urlpatterns = [
    path("", letterbox.index, name="index"),
    path("<slug:code>/", letterbox.form, name="form"),
    path("<slug:code>/place/", letterbox.place, name="place"),
]
