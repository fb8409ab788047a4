"""Addresses of triage's pages, under `triage/`."""

from __future__ import annotations

from django.urls import path

from .pages import automatic, proposals

app_name = "triage"

urlpatterns = [
    path("cases/<uuid:case_id>/proposal/", proposals.panel, name="proposal_panel"),
    path("cases/<uuid:case_id>/proposal/follow/", proposals.follow, name="proposal_follow"),
    path("cases/<uuid:case_id>/proposal/undo/", proposals.undo, name="proposal_undo"),
    path("cases/<uuid:case_id>/proposal/again/", proposals.again, name="proposal_again"),
    path("look/", proposals.look, name="look"),
    path("rules/", automatic.rules, name="rules"),
    path("rules/<uuid:rule_id>/end/", automatic.end, name="rule_end"),
]
