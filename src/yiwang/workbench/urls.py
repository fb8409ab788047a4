"""Addresses of the workbench and of the residents' pages."""

from __future__ import annotations

from django.urls import path

from .pages import case, listing, picking, queue, rechecks, registration, resident
from .pages import map as map_pages

app_name = "workbench"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("cases/", listing.case_list, name="cases"),
    path("cases/export.csv", listing.export, name="export"),
    path("cases/bulk/", listing.bulk, name="bulk"),
    path("cases/<uuid:case_id>/", case.case_detail, name="case"),
    path("cases/<uuid:case_id>/order/", case.order, name="order"),
    path("cases/<uuid:case_id>/claim/", case.claim, name="claim"),
    path("cases/<uuid:case_id>/evidence/", case.add_evidence, name="add_evidence"),
    path("cases/<uuid:case_id>/acts/<slug:name>/", case.do_act, name="act"),
    path("cases/<uuid:case_id>/reports/<uuid:report_id>/contact/", case.reveal, name="reveal"),
    path("cases/<uuid:case_id>/reports/<uuid:report_id>/follow-up/", case.follow_up, name="follow_up"),
    path("report/new", registration.register, name="register"),
    path("report/earlier/", registration.earlier, name="earlier"),
    path("rechecks/", rechecks.rechecks, name="rechecks"),
    path("map/", map_pages.case_map, name="map"),
    path("map/cluster/", map_pages.cluster, name="map_cluster"),
    path("tiles/cases/<int:z>/<int:x>/<int:y>.mvt", map_pages.tile, name="case_tile"),
    path("pick/classes/", picking.pick_classes, name="pick_classes"),
    path("pick/units/", picking.pick_units, name="pick_units"),
    path("pick/cases/", picking.pick_cases, name="pick_cases"),
    path("pick/areas/", picking.pick_areas, name="pick_areas"),
    path("r/", resident.report, name="resident_report"),
    path("t/<str:number>/<str:token>/", resident.tracking, name="tracking"),
    path("t/<str:number>/<str:token>/<slug:name>/", resident.tracking_act, name="tracking_act"),
]
