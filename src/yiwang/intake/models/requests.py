"""Requests to sources 来源申请: more time, or handing back, where the source decides."""

from __future__ import annotations

from django.db import models

from ...ledger.public import RootRow
from ..enums import SourceRequestKind
from ..states import ASKED, SOURCE_REQUEST
from .channels import Channel


class SourceRequest(RootRow):
    """Source request 来源申请 (root of its own stream): what we ask of the source of one report.

    It is written back in the source's words and waits for the verdict that a further message brings; the
    oldest open one of a report is settled first. The reason is the remark of the case's entry `asked_seq`, so
    that it goes when the case's remarks are erased.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="requests", verbose_name="渠道")
    report = models.UUIDField("诉求")
    case = models.UUIDField("案件")
    kind = models.CharField("申请事项", max_length=10, choices=SourceRequestKind.choices)
    state = models.CharField(
        "状态", max_length=10, choices=list(SOURCE_REQUEST.states.items()), default=ASKED
    )
    asked_seq = models.PositiveIntegerField("申请存证序号")
    wished_at = models.DateTimeField("希望延至", null=True)
    asked_by = models.UUIDField("申请人", null=True)
    asked_post = models.UUIDField("申请岗位", null=True)
    asked_at = models.DateTimeField("申请时间")
    settled_at = models.DateTimeField("答复时间", null=True)
    granted_due_at = models.DateTimeField("同意的时限", null=True)

    class Meta:
        verbose_name = "来源申请"
        constraints = [
            models.UniqueConstraint(
                fields=["report", "kind"], condition=models.Q(state=ASKED), name="intake_request_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["case", "-asked_at"], name="intake_request_case"),
            models.Index(fields=["report", "asked_at"], name="intake_request_report"),
        ]
