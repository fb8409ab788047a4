"""Addresses of the page frame: language switch and large-type switch."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from .views import switch_large_type

app_name = "interface"
urlpatterns = [
    path("frame/language/", set_language, name="set_language"),
    path("frame/large-type/", switch_large_type, name="switch_large_type"),
]
