"""Addresses of the machine doors, below `/api/v1/channels/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import camera, cap, chat, push, sms

urlpatterns: list[URLPattern] = [
    path("<slug:code>/messages", push.messages, name="channel_messages"),
    path("<slug:code>/messages/<uuid:message_id>", push.message, name="channel_message"),
    path("<slug:code>/cap", cap.cap, name="channel_cap"),
    path("<slug:code>/alarms", camera.alarms, name="channel_alarms"),
    path("<slug:code>/sms", sms.sms, name="channel_sms"),
    path("<slug:code>/chat", chat.chat, name="channel_chat"),
]
