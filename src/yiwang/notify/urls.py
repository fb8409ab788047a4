"""Addresses of the pages of messages."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "notify"
urlpatterns = [
    path("", pages.settings, name="settings"),
    path("gateways/add/", pages.add, name="gateway_add"),
    path("gateways/<uuid:gateway_id>/", pages.gateway, name="gateway"),
    path("gateways/<uuid:gateway_id>/change/", pages.change, name="gateway_change"),
    path("gateways/<uuid:gateway_id>/switch/", pages.switch, name="gateway_switch"),
    path("gateways/<uuid:gateway_id>/try/", pages.trial, name="gateway_trial"),
    path("templates/<slug:notice>/", pages.template, name="template"),
    path("messages/", pages.messages_list, name="messages"),
    path("messages/<uuid:message_id>/resend/", pages.message_resend, name="resend"),
]
