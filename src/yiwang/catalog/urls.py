"""Addresses of the catalog."""

from __future__ import annotations

from django.urls import path

from .pages import (
    admission,
    browsing,
    checking,
    drafts,
    exemptions,
    processes,
    quarantine,
    responsibilities,
)

app_name = "catalog"
urlpatterns = [
    path("catalog/admission/", admission.lists, name="admission"),
    path("catalog/admission/export.csv", admission.export, name="admission_export"),
    path("catalog/admission/apply/", admission.apply, name="admission_apply"),
    path("catalog/admission/queue/", admission.queue, name="admission_queue"),
    path("catalog/admission/rules/", exemptions.rules, name="admission_rules"),
    path("catalog/admission/exemptions/", exemptions.exemptions, name="exemptions"),
    path("catalog/admission/exemptions/ask/", exemptions.ask, name="exemption_ask"),
    path("catalog/admission/exemptions/<uuid:exemption_id>/", exemptions.exemption, name="exemption"),
    path(
        "catalog/admission/exemptions/<uuid:exemption_id>/<str:action>/",
        exemptions.act,
        name="exemption_act",
    ),
    path("catalog/admission/<uuid:matter_id>/", admission.matter, name="admitted"),
    path("catalog/admission/<uuid:matter_id>/<str:action>/", admission.act, name="admission_act"),
    path("catalog/classes/<uuid:class_id>/inspection/", exemptions.mark, name="class_mark"),
    path("catalog/", browsing.catalog, name="catalog"),
    path("catalog/schemes/<str:scheme_code>/", browsing.scheme, name="scheme"),
    path("catalog/schemes/<str:scheme_code>/<str:code>/", browsing.matter_class, name="class"),
    path("catalog/responsibilities/", responsibilities.responsibilities, name="responsibilities"),
    path("catalog/responsibilities/add/", responsibilities.responsibility_add, name="responsibility_add"),
    path("catalog/responsibilities/<uuid:row_id>/", responsibilities.responsibility, name="responsibility"),
    path(
        "catalog/responsibilities/<uuid:row_id>/end/",
        responsibilities.responsibility_end,
        name="responsibility_end",
    ),
    path("catalog/responsibilities/check/", checking.check, name="check"),
    path("catalog/drafts/", drafts.drafts, name="drafts"),
    path("catalog/drafts/add/", drafts.draft_add, name="draft_add"),
    path("catalog/drafts/rule/", drafts.rule, name="publishing_rule"),
    path("catalog/drafts/<uuid:draft_id>/", drafts.draft, name="draft"),
    path("catalog/drafts/<uuid:draft_id>/revise/", drafts.draft_revise, name="draft_revise"),
    path("catalog/drafts/<uuid:draft_id>/changes/add/", drafts.change_add, name="change_add"),
    path("catalog/drafts/<uuid:draft_id>/rows/<uuid:row_id>/", drafts.change_row, name="change_row"),
    path(
        "catalog/drafts/<uuid:draft_id>/changes/<uuid:change_id>/remove/",
        drafts.change_remove,
        name="change_remove",
    ),
    path("catalog/drafts/<uuid:draft_id>/<slug:action>/", drafts.draft_act, name="draft_act"),
    path("catalog/processes/", processes.processes, name="processes"),
    path("catalog/processes/add/", processes.add, name="process_add"),
    path("catalog/processes/<uuid:process_id>/switch/", processes.switch, name="process_switch"),
    path("catalog/processes/<uuid:process_id>/end/", processes.end, name="process_end"),
    path("catalog/processes/<slug:code>/", processes.standard_process, name="process"),
    path("catalog/processes/<slug:code>/change/", processes.change, name="process_change"),
    path("catalog/quarantine/", quarantine.quarantine, name="quarantine"),
    path("catalog/quarantine/<uuid:row_id>/", quarantine.quarantine_row, name="quarantine_row"),
    path("catalog/quarantine/<uuid:row_id>/drop/", quarantine.quarantine_drop, name="quarantine_drop"),
]
