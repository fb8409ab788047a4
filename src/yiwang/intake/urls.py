"""Addresses of intake."""

from __future__ import annotations

from django.urls import path

from .pages import alerts, devices, quarantine, runs, transfers

app_name = "intake"
urlpatterns = [
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<uuid:alert_id>/", alerts.alert, name="alert"),
    path("alerts/banner/<uuid:account_id>/", alerts.banner, name="alert_banner"),
    path("alarms/", devices.alarms, name="alarms"),
    path("alarms/<uuid:alarm_id>/", devices.verdict, name="alarm"),
    path("devices/", devices.devices, name="devices"),
    path("devices/file/", devices.upload, name="device_file"),
    path("devices/new/", devices.register, name="device_new"),
    path("devices/<uuid:device_id>/", devices.device, name="device"),
    path("devices/<uuid:device_id>/edit/", devices.edit, name="device_edit"),
    path("devices/<uuid:device_id>/retire/", devices.retire, name="device_retire"),
    path("imports/", runs.runs, name="runs"),
    path("imports/upload/", runs.upload, name="upload"),
    path("quarantine/", quarantine.entries, name="quarantine"),
    path("quarantine/replay/", quarantine.replay, name="replay"),
    path("quarantine/<uuid:entry_id>/", quarantine.entry, name="entry"),
    path("quarantine/<uuid:entry_id>/drop/", quarantine.drop, name="drop"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/case/<uuid:case_id>/", transfers.panel, name="transfer_panel"),
    path("transfers/case/<uuid:case_id>/new/", transfers.hand, name="transfer"),
    path("transfers/<uuid:transfer_id>/<slug:name>/", transfers.act, name="transfer_act"),
]
