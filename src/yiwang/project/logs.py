"""Logs 日志: one JSON object a line on standard error, with the request id and without personal data.

The product logs ids, codes, counts and durations, never names, phones, addresses or free text. Query strings
are not logged, since a search may hold a name.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, TextIO

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _CurrentStderr(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at that moment, not at the time of configuration."""

    is_yiwang = True

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard error now."""
        return sys.stderr


class _TellOnce(logging.Filter):
    """For `django.request`: a 503 is told once for an outage (`kernel.outages`), not with each request."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", 0) != 503


def configure(_settings: dict[str, object] | None = None) -> None:
    """Send every logger through structlog; `YIWANG_LOG_LEVEL`, and `YIWANG_LOG=plain` for people."""
    plain = os.environ.get("YIWANG_LOG") == "plain"
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if plain
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not plain:
        last.append(structlog.processors.format_exc_info)
    handler = _CurrentStderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=[*last, renderer], fmt=None)
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "is_yiwang", False)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(os.environ.get("YIWANG_LOG_LEVEL", "INFO"))
    requests = logging.getLogger("django.request")
    requests.filters = [_TellOnce()]
    for name in ("procrastinate", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
