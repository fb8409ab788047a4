"""Background work of `files`: contents that no row names are swept every night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from .services import sweep_orphans


@app.periodic(cron="23 4 * * *")
@app.task(name="files.sweep_orphans", queueing_lock="files.sweep_orphans")
def sweep(timestamp: int) -> None:
    """Delete contents that no row names 清理无主文件."""
    sweep_orphans()
