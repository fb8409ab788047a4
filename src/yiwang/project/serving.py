"""Serving 服务进程: granian runs the web (WSGI, blocking threads) and the live feed (ASGI, one process)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from granian.constants import Interfaces

from . import logs
from .instance import home

#: Granian's own messages go through our logs, as JSON.
_PLAIN_LOGGING: dict[str, Any] = {"version": 1, "disable_existing_loggers": False, "loggers": {}}


def live_port() -> int:
    """The live feed's port: beside the web's unless `YIWANG_LIVE_PORT` says otherwise."""
    return int(os.environ.get("YIWANG_LIVE_PORT") or int(os.environ.get("PORT") or 8000) + 1)


def serve_web(*, host: str, port: int, workers: int) -> None:
    """Run the web server until SIGTERM or SIGINT; each worker answers one request at a time."""
    os.environ["PORT"] = str(port)
    _refuse_unfit_settings()
    figures = home() / "metrics" / str(port)
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
    _serve("yiwang.project.wsgi:application", Interfaces.WSGI, host, port, workers)


def serve_live(*, host: str, port: int) -> None:
    """Run the live feed until SIGTERM or SIGINT."""
    _serve("yiwang.project.live_feed:application", Interfaces.ASGI, host, port, 1)


def _refuse_unfit_settings() -> None:
    """Read the settings before any worker starts, so that a refusal is told once and plainly.

    Raises:
        ImproperlyConfigured: as the settings say, or when production has no collected static files.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    if settings.PRODUCTION and not (Path(str(settings.STATIC_ROOT)) / "staticfiles.json").exists():
        raise ImproperlyConfigured(f"No static files in {settings.STATIC_ROOT}: run `yiwang static` first.")


def _serve(target: str, interface: Interfaces, host: str, port: int, workers: int) -> None:
    from granian import Granian
    from granian.log import LogLevels

    logs.configure()
    Granian(
        target,
        address=host,
        port=port,
        interface=interface,
        workers=workers,
        blocking_threads=1 if interface is Interfaces.WSGI else None,
        backlog=2048,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=10,
        log_level=LogLevels(os.environ.get("YIWANG_LOG_LEVEL", "INFO").lower()),
        log_dictconfig=_PLAIN_LOGGING,
    ).serve()
