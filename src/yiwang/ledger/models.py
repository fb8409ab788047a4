"""Ledger tables 存证: journal, outbox, deliveries, checkpoints, cache versions, idempotent answers.

Actors and subjects are opaque ids: nothing here points at another app by foreign key.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from ..kernel.canonical import GENESIS
from ..kernel.ids import uuid7
from .enums import InterventionKind


class RootRow(models.Model):
    """Base of every root row 根行: key, version and the head of its journal stream.

    `version` equals the `seq` of the newest journal entry of the stream, so a page that carries the
    version back can be told exactly what happened since.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    journal_head = models.BinaryField(default=bytes(GENESIS), editable=False)

    class Meta:
        abstract = True


class JournalEntry(models.Model):
    """Journal entry 存证记录: one past fact of one stream, chained by hash. Append-only.

    The hash covers the stored text (`kernel.canonical.entry_hash`). Triggers refuse UPDATE, DELETE and
    TRUNCATE; the running role holds only INSERT and SELECT. The database numbers all entries in a
    column of its own, `position`, which says what a checkpoint covers.
    """

    pk = models.CompositePrimaryKey("stream", "seq")
    stream = models.UUIDField("存证流")
    seq = models.PositiveIntegerField("序号")
    kind = models.CharField("种类", max_length=64)
    at = models.DateTimeField("时间")
    actor = models.UUIDField("行为人", null=True)
    post = models.UUIDField("岗位", null=True)
    agent = models.CharField("系统进程", max_length=32, default="")
    body = models.TextField("规范文本")
    hash = models.BinaryField("散列")

    class Meta:
        verbose_name = "存证记录"


class OutboxEvent(models.Model):
    """Outbox event 待发事件: written in the act's transaction, delivered by the relay.

    `lane` is the stream's hash modulo `LANES`; one relay holds a lane at a time, so events of one stream
    are delivered in order.
    """

    LANES = 16

    id = models.BigAutoField(primary_key=True)
    stream = models.UUIDField("存证流")
    lane = models.SmallIntegerField("通道")
    kind = models.CharField("种类", max_length=64)
    body = models.TextField("内容")
    created_at = models.DateTimeField("产生时间", db_default=Now())
    delivered_at = models.DateTimeField("送达时间", null=True)
    attempts = models.SmallIntegerField("尝试次数", db_default=0)
    retry_at = models.DateTimeField("重试时间", null=True)
    last_error = models.TextField("最近错误", db_default="")

    class Meta:
        verbose_name = "待发事件"
        indexes = [
            models.Index(
                fields=["lane", "id"], name="ledger_outbox_pending", condition=models.Q(delivered_at=None)
            ),
            models.Index(fields=["delivered_at"], name="ledger_outbox_done"),
            models.Index(
                fields=["lane", "stream"],
                name="ledger_outbox_held_up",
                condition=models.Q(delivered_at=None, retry_at__isnull=False),
            ),
        ]


class Delivery(models.Model):
    """Delivery 送达记录: one handler has dealt with one event; makes redelivery harmless."""

    event = models.BigIntegerField("事件")
    handler = models.CharField("处理者", max_length=96)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "送达记录"
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="ledger_delivery_once")]


class Checkpoint(models.Model):
    """Checkpoint 存证点: a signed Merkle root over the heads of all streams, which leaves the database."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    at = models.DateTimeField("时间")
    streams = models.BigIntegerField("流数")
    root = models.BinaryField("默克尔根")
    note = models.TextField("签名文本")

    class Meta:
        verbose_name = "存证点"


class Heartbeat(models.Model):
    """Heartbeat 心跳: when a process of the instance last said that it still goes round its loop."""

    id = models.BigAutoField(primary_key=True)
    part = models.CharField("组成", max_length=16)
    process = models.CharField("进程", max_length=64)
    started_at = models.DateTimeField("启动时间")
    seen_at = models.DateTimeField("最近心跳")

    class Meta:
        verbose_name = "心跳"
        constraints = [models.UniqueConstraint(fields=["part", "process"], name="ledger_heartbeat_once")]


class Intervention(RootRow):
    """Intervention 运维处置: what somebody set going again by hand; a stream of its own in the journal.

    `subject` is the number of the event or of the job.
    """

    kind = models.CharField("种类", max_length=16, choices=InterventionKind.choices)
    subject = models.BigIntegerField("对象编号")
    what = models.CharField("对象种类", max_length=100)
    by = models.UUIDField("处置人", null=True)
    post = models.UUIDField("处置岗位", null=True)
    at = models.DateTimeField("处置时间")

    class Meta:
        verbose_name = "运维处置"
        indexes = [models.Index(fields=["-at", "-id"], name="ledger_intervention_recent")]


class CacheVersion(models.Model):
    """Cache version 缓存版本: bumped in the transaction that changes what processes keep in memory."""

    name = models.CharField("名称", max_length=40, primary_key=True)
    version = models.BigIntegerField("版本", default=1)

    class Meta:
        verbose_name = "缓存版本"


class IdempotentAnswer(models.Model):
    """Idempotent answer 幂等应答: the stored answer to a request that carried an Idempotency-Key."""

    id = models.BigAutoField(primary_key=True)
    token = models.UUIDField("令牌")
    scope = models.CharField("方法与路径", max_length=200)
    key = models.CharField("幂等键", max_length=200)
    request_hash = models.BinaryField("请求散列")
    status = models.SmallIntegerField("状态码")
    body = models.TextField("应答")
    created_at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "幂等应答"
        constraints = [
            models.UniqueConstraint(fields=["token", "scope", "key"], name="ledger_idempotent_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="ledger_idempotent_age")]


def lane_of(stream: UUID) -> int:
    """The outbox lane of a stream."""
    return stream.int % OutboxEvent.LANES
