"""Addresses of `places`."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "places"
urlpatterns = [
    path("tiles/areas/<slug:layer>/<int:zoom>/<int:column>/<int:row>.mvt", pages.tile, name="tile"),
    path("areas/<uuid:area_id>/boundary.geojson", pages.boundary, name="boundary"),
]
