"""Root URLs: each app's pages, the API root and the health page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("yiwang.interface.urls")),
]
