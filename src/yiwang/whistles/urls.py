"""Addresses of whistles' pages, under `whistles/`."""

from __future__ import annotations

from django.urls import path

from .pages import acting, assessment, rules, schedules, whistles

app_name = "whistles"

urlpatterns = [
    path("", whistles.list_page, name="list"),
    path("new/", whistles.blow_page, name="new"),
    path("kinds/", rules.kinds, name="kinds"),
    path("kinds/set/", rules.kind, name="kind"),
    path("kinds/load/", rules.load, name="kinds_load"),
    path("kinds/<uuid:kind_id>/switch/", rules.switch, name="kind_switch"),
    path("kinds/packs/<slug:pack>/switch/", rules.pack_switch, name="pack_switch"),
    path("matters/", rules.matters, name="matters"),
    path("matters/<uuid:matter_id>/end/", rules.matter_end, name="matter_end"),
    path("scales/", rules.scales, name="scales"),
    path("outside/", rules.outside_units, name="outside_units"),
    path("outside/<uuid:outside_id>/end/", rules.outside_end, name="outside_end"),
    path("schedules/", schedules.schedules, name="schedules"),
    path("schedules/new/", schedules.propose, name="schedule_new"),
    path("schedules/<uuid:schedule_id>/", schedules.decide, name="schedule_decide"),
    path("schedules/<uuid:schedule_id>/judge/", schedules.judge, name="schedule_judge"),
    path("assessment/", assessment.assessment, name="assessment"),
    path("cases/<uuid:case_id>/", whistles.case_panel, name="case_panel"),
    path("<uuid:whistle_id>/", whistles.whistle_page, name="whistle"),
    path("<uuid:whistle_id>/live/", whistles.live, name="live"),
    path("<uuid:whistle_id>/edit/", whistles.edit_page, name="edit"),
    path("<uuid:whistle_id>/blow/", whistles.blow, name="blow"),
    path("<uuid:whistle_id>/assign/", acting.assign, name="assign"),
    path("<uuid:whistle_id>/act/<slug:action>/", acting.whistle_act, name="act"),
    path("<uuid:whistle_id>/tasks/<uuid:task_id>/link/", acting.renew_link, name="renew_link"),
    path("<uuid:whistle_id>/tasks/<uuid:task_id>/<slug:action>/", acting.task_act, name="task_act"),
    path("<uuid:whistle_id>/items/<uuid:item_id>/<slug:action>/", acting.item_act, name="item_act"),
    path("<uuid:whistle_id>/check-ins/<uuid:check_in_id>/", acting.decide, name="check_in_decide"),
]
