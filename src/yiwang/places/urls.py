"""Addresses of `places`."""

from __future__ import annotations

from django.urls import path

from .pages import boundaries

app_name = "places"
urlpatterns = [
    path("tiles/areas/<slug:layer>/<int:zoom>/<int:column>/<int:row>.mvt", boundaries.tile, name="tile"),
    path("areas/<uuid:area_id>/boundary.geojson", boundaries.boundary, name="boundary"),
]
