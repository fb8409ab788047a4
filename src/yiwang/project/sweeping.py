"""Sweeping 清扫: uploads that an import left behind when it failed.

`imports/` under the home folder holds each upload until it is in. One that failed leaves its file, so that
the job can be tried again; after `YIWANG_UPLOADS_KEPT_DAYS` it goes. A file that a waiting or running job
names stays, however old.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection

_LOG = structlog.get_logger("yiwang.worker")
_DAY = 86_400
DAYS_KEPT = 7
_NEEDED = """
SELECT args->>'kept' FROM procrastinate_jobs
WHERE task_name = 'intake.import_upload' AND status IN ('todo', 'doing') AND args ? 'kept'
"""


def sweep_uploads(*, now: float | None = None) -> int:
    """Delete uploads older than the configured age that no job needs 清扫上传; returns how many.

    Args:
        now: seconds since 1970; the machine's own by default, as files carry its time.
    """
    folder = Path(settings.YIWANG_HOME) / "imports"
    before = (time.time() if now is None else now) - _kept_days() * _DAY
    old = [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < before]
    if not old:
        return 0
    needed = _needed()
    swept = [path for path in old if path.name not in needed]
    for path in swept:
        path.unlink(missing_ok=True)
    if swept:
        _LOG.info("uploads swept", files=len(swept))
    return len(swept)


def _kept_days() -> int:
    """Days that an upload is kept, from the environment; `DAYS_KEPT` when that names no whole number."""
    given = os.environ.get("YIWANG_UPLOADS_KEPT_DAYS", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() else DAYS_KEPT


def _needed() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED)
        return {Path(row[0]).name for row in cursor.fetchall()}
