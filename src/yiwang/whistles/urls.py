"""Addresses of whistles' pages, under `whistles/`."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "whistles"

urlpatterns: list[URLPattern] = []
