"""Root URLs: each app's pages, the API root and the health page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("yiwang.interface.urls")),
]

handler400 = "yiwang.interface.failures.bad_request"
handler403 = "yiwang.interface.failures.refused"
handler404 = "yiwang.interface.failures.not_found"
handler500 = "yiwang.interface.failures.failure"
