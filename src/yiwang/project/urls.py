"""Root URLs: each app's pages, the API root, health and figures."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from ..interface.live_ticket import ticket_page
from . import pages
from .api import api
from .health import healthz, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/channels/", include("yiwang.intake.doors.urls")),
    path("api/v1/", api.urls),
    path("metrics", metrics, name="metrics"),
    path("operations/", pages.operations, name="operations"),
    path("operations/events/<int:event_id>/retry/", pages.event_retry, name="operations_event_retry"),
    path("operations/jobs/<int:job_id>/retry/", pages.job_retry, name="operations_job_retry"),
    path("live/ticket/", ticket_page, name="live_ticket"),
    path("", include("yiwang.interface.urls")),
    path("", include("yiwang.accounts.urls")),
    path("orgs/", include("yiwang.orgs.urls")),
    path("", include("yiwang.files.urls")),
    path("", include("yiwang.places.urls")),
    path("", include("yiwang.catalog.urls")),
    path("calendar/", include("yiwang.clocks.urls")),
    path("notify/", include("yiwang.notify.urls")),
    path("", include("yiwang.workbench.urls")),
    path("triage/", include("yiwang.triage.urls")),
    path("answers/", include("yiwang.triage.pages.public_urls")),
    path("whistles/", include("yiwang.whistles.urls")),
    path("w/", include("yiwang.whistles.pages.outside_urls")),
    path("intake/", include("yiwang.intake.urls")),
    path("f/", include("yiwang.intake.pages.public_urls")),
    path("open311/v2/", include("yiwang.intake.doors.open311.urls")),
]

handler400 = "yiwang.interface.failures.bad_request"
handler403 = "yiwang.interface.failures.refused"
handler404 = "yiwang.interface.failures.not_found"
handler500 = "yiwang.interface.outages.failure_or_outage"
