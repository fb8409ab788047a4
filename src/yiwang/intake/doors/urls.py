"""Addresses of the machine doors, below `/api/v1/channels/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import push

urlpatterns: list[URLPattern] = [
    path("<slug:code>/messages", push.messages, name="channel_messages"),
    path("<slug:code>/messages/<uuid:message_id>", push.message, name="channel_message"),
]
