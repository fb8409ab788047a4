"""Addresses of the working calendar."""

from __future__ import annotations

from django.urls import path

from . import pages

app_name = "clocks"
urlpatterns = [
    path("", pages.calendar, name="calendar"),
    path("days/", pages.day_set, name="day_set"),
    path("days/clear/", pages.day_clear, name="day_clear"),
    path("hours/", pages.hours_set, name="hours_set"),
    path("hours/<uuid:hours_id>/clear/", pages.hours_clear, name="hours_clear"),
    path("years/", pages.years_load, name="years_load"),
    path("corrections/<uuid:correction_id>/kept/", pages.correction_kept, name="correction_kept"),
    path("corrections/", pages.correction_propose, name="correction_propose"),
    path("corrections/<uuid:correction_id>/approve/", pages.correction_approve, name="correction_approve"),
    path("corrections/<uuid:correction_id>/reject/", pages.correction_reject, name="correction_reject"),
]
