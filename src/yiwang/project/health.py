"""Health 健康: `/healthz` says what is ready, `/metrics` gives figures to Prometheus.

A node of the web is ready while it can answer pages: server, database and the queue's tables. A worker,
relay, clock or live feed that is dead makes the instance `degraded`, told in the body under 200: a load
balancer that took the node away would end the pages too and heal nothing. Watch `status`, or
`yiwang_part_silence_seconds`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from ..accounts.public import address_of
from .parts import ALIVE, find_parts

Finding = dict[str, object]


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when server, database and queue are ready, else 503; the body says what is not.

    `status` is `ready`, `degraded` (200: pages are served, a background process is missing) or `not ready`.
    """
    checks: dict[str, Finding] = {"server": {"ready": True}}
    for name, check in (("database", _database), ("queue", _queue)):
        checks[name] = _guarded(check)
    missing = [name for name, found in checks.items() if not found["ready"]]
    parts = {} if missing else _parts()
    degraded = [name for name, found in parts.items() if found["state"] != ALIVE]
    status = "not ready" if missing else "degraded" if degraded else "ready"
    body = {
        "status": status, "not_ready": missing, "degraded": degraded, "checks": checks, "parts": parts,
    }  # fmt: skip
    return JsonResponse(body, status=503 if missing else 200)


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Error as error:
        connection.close()
        return {"ready": False, "reason": type(error).__name__}


def _parts() -> dict[str, Finding]:
    """The processes besides the web, which answers for itself; nothing when the database is lost now."""
    try:
        return {part.name: part.finding() for part in find_parts() if part.name != "web"}
    except Error:
        connection.close()
        return {}


def _database() -> Finding:
    """The database answers and no migration is missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return {"ready": False, "reason": "The schema is missing: run `yiwang migrate`."}
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
        applied = {row[0] for row in cursor.fetchall()}
    missing = sorted(_known_migrations() - applied)
    if missing:
        return {"ready": False, "reason": f"Run `yiwang migrate`: {', '.join(missing[:5])} missing."}
    return {"ready": True}


@cache
def _known_migrations() -> frozenset[str]:
    """Every migration of the installed code; read from disk once."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {key for m in loader.disk_migrations.values() for key in m.replaces}
    return frozenset(f"{app}.{name}" for app, name in loader.disk_migrations if (app, name) not in replaced)


def _queue() -> Finding:
    """The queue's tables are there; whether a worker is alive is told among the parts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.procrastinate_jobs') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return {"ready": False, "reason": "The queue's tables are missing: run `yiwang migrate`."}
    return {"ready": True}


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus' text format; loopback only unless `YIWANG_METRICS_OPEN=1`.

    Behind a trusted proxy (`YIWANG_TRUSTED_PROXIES`) the address that asked counts, not the proxy's.
    """
    if not settings.YIWANG_METRICS_OPEN and not _is_loopback(address_of(request)):
        return HttpResponse("Only from this machine.\n", status=403, content_type="text/plain")
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    figures = CollectorRegistry()
    figures.register(_Backlog())
    return HttpResponse(
        generate_latest(registry) + generate_latest(figures), content_type=CONTENT_TYPE_LATEST
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


class _Backlog:
    """What waits in the database: events, jobs, due timers."""

    QUERIES = (
        (
            "yiwang_outbox_pending",
            "Events not yet delivered (at most 10,000 counted)",
            "SELECT count(*) FROM "
            "(SELECT 1 FROM ledger_outboxevent WHERE delivered_at IS NULL LIMIT 10000) e",
        ),
        (
            "yiwang_jobs_waiting",
            "Jobs that wait for a worker (at most 10,000 counted)",
            "SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' LIMIT 10000) j",
        ),
        (
            "yiwang_timers_due",
            "Timers past their instant (at most 10,000 counted)",
            "SELECT count(*) FROM (SELECT 1 FROM clocks_timer WHERE run_at <= now() LIMIT 10000) t",
        ),
    )

    def collect(self) -> list[GaugeMetricFamily]:
        """One gauge a query; a database that is down gives `yiwang_database_up 0` alone."""
        found: list[GaugeMetricFamily] = []
        up = 1
        try:
            with connection.cursor() as cursor:
                for name, meaning, query in self.QUERIES:
                    cursor.execute(query)
                    found.append(GaugeMetricFamily(name, meaning, value=cursor.fetchone()[0]))
                found.append(_silences())
        except Error:
            up = 0
            connection.close()
        return [*found, GaugeMetricFamily("yiwang_database_up", "Whether the database answers", value=up)]


def _silences() -> GaugeMetricFamily:
    """Seconds since each part was last heard of; a part that never was has no figure."""
    gauge = GaugeMetricFamily(
        "yiwang_part_silence_seconds", "Seconds since the last heartbeat of a part", labels=["part"]
    )
    for part in find_parts():
        if part.processes:
            gauge.add_metric([part.name], part.processes[0].age)
    return gauge
