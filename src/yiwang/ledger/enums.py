"""Choices of `ledger`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class InterventionKind(models.TextChoices):
    """运维处置种类: what was set going again by hand."""

    EVENT_RETRIED = "event_retried", _("重试事件")
    JOB_RETRIED = "job_retried", _("重试任务")
