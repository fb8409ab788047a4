"""Addresses of intake."""

from __future__ import annotations

from django.urls import path

from .pages import alerts, quarantine, runs

app_name = "intake"
urlpatterns = [
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<uuid:alert_id>/", alerts.alert, name="alert"),
    path("alerts/banner/<uuid:account_id>/", alerts.banner, name="alert_banner"),
    path("imports/", runs.runs, name="runs"),
    path("imports/upload/", runs.upload, name="upload"),
    path("quarantine/", quarantine.entries, name="quarantine"),
    path("quarantine/replay/", quarantine.replay, name="replay"),
    path("quarantine/<uuid:entry_id>/", quarantine.entry, name="entry"),
    path("quarantine/<uuid:entry_id>/drop/", quarantine.drop, name="drop"),
]
