"""Retrying 重试任务: a job that was given up goes back to the queue, by an act that the journal keeps."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from ..kernel.actor import Actor
from ..kernel.errors import Conflict, NotFound
from ..ledger.public import Intervention, InterventionKind, acting, execute, intervene


def retry_job(*, actor: Actor, at: datetime, job_id: int) -> Intervention:
    """Put a failed job back into the queue 重试任务.

    Raises:
        Refused: without `ledger.operate`.
        NotFound: there is no failed job of that number.
        Conflict: the same work waits already.
    """
    try:
        with acting(actor=actor, at=at) as act:
            found = execute(
                "SELECT task_name FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE",
                [job_id],
            ).fetchone()
            if found is None:
                raise NotFound("没有这个失败的任务，可能已经重试。", code="project.no_job")
            done = intervene(act, InterventionKind.JOB_RETRIED, job_id, found[0])
            app.job_manager.retry_job_by_id(job_id, retry_at=at)
    except (ConnectorException, IntegrityError) as error:
        raise Conflict("同样的任务已在等候，无需重试。", code="project.job_waits") from error
    return done
