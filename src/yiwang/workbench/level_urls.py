"""Addresses of levels, same-day closing and call-backs."""

from __future__ import annotations

from django.urls import path

from .pages import callbacks, level_rules, repeats, same_day

urlpatterns = [
    path("same-day/", same_day.board, name="same_day"),
    path("looks/", same_day.looks, name="looks"),
    path("cases/<uuid:case_id>/levels/", same_day.level_panel, name="level_panel"),
    path("cases/<uuid:case_id>/earlier/", repeats.notice, name="repeat_notice"),
    path("callbacks/", callbacks.callbacks, name="callbacks"),
    path("callbacks/<uuid:callback_id>/", callbacks.callback, name="callback"),
    path("rules/levels/", level_rules.rules, name="level_rules"),
    path("rules/levels/<slug:table>/", level_rules.add, name="level_rule_add"),
    path("rules/levels/<slug:table>/<uuid:key>/end/", level_rules.end, name="level_rule_end"),
]
