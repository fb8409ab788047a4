"""Addresses of the workbench and of the residents' pages."""

from __future__ import annotations

from django.urls import path

from .pages import (
    case,
    erasing,
    listing,
    phrases,
    picking,
    queue,
    rechecks,
    registration,
    resident,
    rules,
    wishes,
)
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
    path("cases/<uuid:case_id>/live/", case.live, name="case_live"),
    path("cases/<uuid:case_id>/access/<uuid:access_id>/revoke/", wishes.revoke_access, name="revoke_access"),
    path("corrections/", wishes.corrections, name="corrections"),
    path("erasures/", wishes.erasure_list, name="erasures"),
    path("erasures/<uuid:erasure_id>/", wishes.decide_erasure, name="decide_erasure"),
    path("phrases/", phrases.phrases, name="phrases"),
    path("phrases/<uuid:phrase_id>/", phrases.change_phrase, name="change_phrase"),
    path("rules/", rules.policies, name="policies"),
    path("rules/set/", rules.set_policy, name="set_policy"),
    path("rules/<uuid:policy_id>/end/", rules.end_policy, name="end_policy"),
    path("rules/scale/", rules.scale, name="scale"),
    path("rules/scale/<uuid:option_id>/", rules.change_option, name="change_option"),
    path("rules/phrases/", phrases.shared_phrases, name="shared_phrases"),
    path("report/new", registration.register, name="register"),
    path("report/earlier/", registration.earlier, name="earlier"),
    path("rechecks/", rechecks.rechecks, name="rechecks"),
    path("map/", map_pages.case_map, name="map"),
    path("map/cluster/", map_pages.cluster, name="map_cluster"),
    path("tiles/cases/<int:z>/<int:x>/<int:y>.mvt", map_pages.tile, name="case_tile"),
    path("pick/classes/", picking.pick_classes, name="pick_classes"),
    path("pick/units/", picking.pick_units, name="pick_units"),
    path("pick/cases/", picking.pick_cases, name="pick_cases"),
    path("pick/conditions/", picking.pick_conditions, name="pick_conditions"),
    path("pick/accounts/", picking.pick_accounts, name="pick_accounts"),
    path("pick/areas/", picking.pick_areas, name="pick_areas"),
    path("r/", resident.report, name="resident_report"),
    path("t/<str:number>/<str:token>/", resident.tracking, name="tracking"),
    path("t/<str:number>/<str:token>/erase/", erasing.ask_erasure, name="ask_erasure"),
    path("t/<str:number>/<str:token>/<slug:name>/", resident.tracking_act, name="tracking_act"),
]
