"""Tables of Open311: what came in by our server, and what went out to another city's."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import TransferState
from .channels import Channel


class ServiceRequest(models.Model):
    """Service request 服务请求: one POST to our Open311 server, from its token to its report.

    `message` is the raw message, whose report is the one that the request became. `service_code` is the
    service that was asked for; the case may be classified anew later. No personal data.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token = models.CharField("查询令牌", max_length=40, unique=True)
    channel = models.CharField("渠道", max_length=40)
    key = models.UUIDField("凭证", null=True)
    service_code = models.CharField("服务代码", max_length=80)
    message = models.UUIDField("原始消息")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "服务请求"
        indexes = [
            models.Index(fields=["channel", "-received_at", "-id"], name="intake_service_request_recent"),
            models.Index(fields=["message"], name="intake_service_request_message"),
        ]


class Transfer(RootRow):
    """Transfer 转派外部平台: a case that is sent to another city's endpoint and followed there.

    `reference` is our own key: it stands in what is sent, so that a request whose answer was lost is found in
    their list before anything is sent again. `description` is kept only until they have it. `next_at` is when
    the intake process takes the row up, also while a request is on its way: it is the lease.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="transfers", verbose_name="渠道")
    case = models.UUIDField("案件")
    reference = models.CharField("来文编号", max_length=40, unique=True)
    service_code = models.CharField("对方服务代码", max_length=80)
    description = models.TextField("发送内容", default="", blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=TransferState.choices, default=TransferState.WAITING
    )
    token = models.CharField("对方令牌", max_length=200, default="", blank=True)
    remote_id = models.CharField("对方编号", max_length=120, default="", blank=True)
    status = models.CharField("对方状态", max_length=40, default="", blank=True)
    notes = models.CharField("对方说明", max_length=1000, default="", blank=True)
    agency = models.CharField("对方承办单位", max_length=120, default="", blank=True)
    expected_at = models.DateTimeField("对方预计办结", null=True)
    updated_at = models.DateTimeField("对方更新时间", null=True)
    proposal = models.CharField("处理建议", max_length=10, default="open")
    seen_at = models.DateTimeField("核对时间", null=True)
    attempts = models.IntegerField("发送次数", default=0)
    failures = models.IntegerField("连续失败", default=0)
    looks = models.IntegerField("查找次数", default=0)
    last_error = models.CharField("最近错误", max_length=300, default="", blank=True)
    next_at = models.DateTimeField("下次处理", null=True)
    tried_at = models.DateTimeField("最近发送", null=True)
    by = models.UUIDField("转派人", null=True)
    post = models.UUIDField("转派岗位", null=True)
    created_at = models.DateTimeField("转派时间")
    sent_at = models.DateTimeField("送达时间", null=True)
    ended_at = models.DateTimeField("对方办结时间", null=True)

    class Meta:
        verbose_name = "转派外部平台"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "channel"],
                name="intake_transfer_once",
                condition=~models.Q(state__in=[TransferState.REFUSED, TransferState.CANCELLED]),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="intake_transfer_due",
                condition=models.Q(next_at__isnull=False),
            ),
            models.Index(fields=["-created_at", "-id"], name="intake_transfer_recent"),
        ]  # fmt: skip


class TransferUpdate(models.Model):
    """Transfer update 对方进展: one change that the other city told of, in its own words."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="updates", verbose_name="转派")
    at = models.DateTimeField("时间")
    status = models.CharField("对方状态", max_length=40)
    notes = models.CharField("对方说明", max_length=1000, default="", blank=True)
    agency = models.CharField("对方承办单位", max_length=120, default="", blank=True)

    class Meta:
        verbose_name = "对方进展"
        indexes = [models.Index(fields=["transfer", "at"], name="intake_transfer_update_order")]
