"""Addresses of the Open311 server, mounted at `/open311/v2/`."""

from __future__ import annotations

from django.urls import re_path

from . import server

_FORM = r"\.(?P<form>json|xml)$"

app_name = "open311"
urlpatterns = [
    re_path(rf"^discovery{_FORM}", server.discovery, name="discovery"),
    re_path(rf"^services{_FORM}", server.services, name="services"),
    re_path(rf"^services/(?P<code>[^/]+){_FORM}", server.definition, name="definition"),
    re_path(rf"^requests{_FORM}", server.requests, name="requests"),
    re_path(rf"^requests/(?P<number>[^/]+){_FORM}", server.one_request, name="request"),
    re_path(rf"^tokens/(?P<token>[^/]+){_FORM}", server.token, name="token"),
    re_path(r"^(?:.*\.(?P<form>json|xml))?$", server.nothing),
    re_path(r"^.*$", server.nothing),
]
