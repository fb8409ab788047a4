"""Addresses of triage's pages for everybody, under `answers/`."""

from __future__ import annotations

from django.urls import path

from . import issues

app_name = "answers"
urlpatterns = [path("", issues.public_answers, name="list")]
