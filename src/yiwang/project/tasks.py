"""Background work of the house: jobs of killed workers are done after all; forgotten uploads are swept."""

from __future__ import annotations

import structlog
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from .sweeping import sweep_uploads

_LOG = structlog.get_logger("yiwang.worker")
#: A job that took so many workers with it is given up.
MOST_ATTEMPTS = 5


@app.periodic(cron="* * * * *")
@app.task(name="project.retry_lost_jobs", queueing_lock="project.retry_lost_jobs", pass_context=True)
async def retry_lost_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of dead workers back to the queue 重做中断的任务.

    A worker that is killed leaves its job in `doing`; thirty seconds after its last heartbeat the job counts
    as lost. Every task must therefore bear being run again.
    """
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await _retry(jobs, job)


async def _retry(jobs: JobManager, job: Job) -> None:
    """Back to the queue; given up after `MOST_ATTEMPTS`, dropped when the same work waits there already."""
    if job.attempts + 1 >= MOST_ATTEMPTS:
        _LOG.error("lost job given up", job=job.id, task=job.task_name, attempts=job.attempts)
        await jobs.finish_job(job, Status.FAILED, delete_job=False)
        return
    try:
        await jobs.retry_job(job)
    except UniqueViolation:
        await jobs.finish_job(job, Status.FAILED, delete_job=True)
    else:
        _LOG.warning("lost job retried", job=job.id, task=job.task_name, attempts=job.attempts)


@app.periodic(cron="17 20 * * *")
@app.task(name="project.sweep_uploads", queueing_lock="project.sweep_uploads")
def sweep_old_uploads(timestamp: int) -> None:
    """Delete uploads that failed imports have left behind 清扫上传, every night."""
    sweep_uploads()
