"""Addresses of `places`."""

from __future__ import annotations

from django.urls import path

from .pages import addresses, boundaries, parts

app_name = "places"
urlpatterns = [
    path("tiles/areas/<slug:layer>/<int:zoom>/<int:column>/<int:row>.mvt", boundaries.tile, name="tile"),
    path("areas/<uuid:area_id>/boundary.geojson", boundaries.boundary, name="boundary"),
    path("parts/", parts.parts, name="parts"),
    path("parts/add/", parts.part_add, name="part_add"),
    path("parts/import/", parts.parts_import, name="parts_import"),
    path("parts/<uuid:part_id>/", parts.part, name="part"),
    path("parts/<uuid:part_id>/edit/", parts.part_edit, name="part_edit"),
    path("parts/<uuid:part_id>/retire/", parts.part_retire, name="part_retire"),
    path("parts/<uuid:part_id>/restore/", parts.part_restore, name="part_restore"),
    path("addresses/", addresses.addresses, name="addresses"),
    path("addresses/add/", addresses.address_add, name="address_add"),
    path("addresses/import/", addresses.addresses_import, name="addresses_import"),
    path("addresses/<uuid:address_id>/", addresses.address, name="address"),
    path("addresses/<uuid:address_id>/edit/", addresses.address_edit, name="address_edit"),
    path("addresses/<uuid:address_id>/retire/", addresses.address_retire, name="address_retire"),
    path("addresses/<uuid:address_id>/restore/", addresses.address_restore, name="address_restore"),
]
