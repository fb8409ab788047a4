"""Tables of the way in 收存: mappings, runs, raw messages and the quarantine."""

from __future__ import annotations

from django.db import models

from ...ledger.public import RootRow
from ..enums import EntryState, MessageState, Reason, RunState, SourceFormat


class Mapping(RootRow):
    """Mapping 映射: how the rows of one source become reports; an edition is never edited, only followed."""

    name = models.CharField("名称", max_length=60)
    edition = models.PositiveIntegerField("版次")
    format = models.CharField("来源格式", max_length=8, choices=SourceFormat.choices)
    channel = models.CharField("来源渠道", max_length=40)
    text = models.TextField("映射文件")
    digest = models.BinaryField("摘要")
    valid_from = models.DateTimeField("生效时间")

    class Meta:
        verbose_name = "映射"
        constraints = [models.UniqueConstraint(fields=["name", "edition"], name="intake_mapping_once")]

    def __str__(self) -> str:
        return f"{self.name} · {self.edition}"


class ImportRun(RootRow):
    """Import run 导入批次: one file through one mapping, with its counts.

    `read` is always the sum of the other three counts. `by` is an account, None for the command line.
    """

    file_name = models.CharField("文件名", max_length=200)
    file_hash = models.BinaryField("文件散列")
    mapping = models.ForeignKey(Mapping, models.PROTECT, verbose_name="映射")
    channel = models.CharField("来源渠道", max_length=40)
    state = models.CharField("状态", max_length=8, choices=RunState.choices, default=RunState.RUNNING)
    read = models.IntegerField("读取", default=0)
    accepted = models.IntegerField("入库", default=0)
    unchanged = models.IntegerField("未变", default=0)
    quarantined = models.IntegerField("隔离", default=0)
    failure = models.CharField("中断原因", max_length=300, default="", blank=True)
    by = models.UUIDField("导入人", null=True)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "导入批次"
        indexes = [models.Index(fields=["-started_at", "-id"], name="intake_run_recent")]


class RawMessage(RootRow):
    """Raw message 原始消息: what a source sent, word for word, sealed, before anything was made of it.

    Of an import, `identity` is `=` and the source's number, else `#`, the hash of the canonical row and its
    ordinal among equal rows; of a channel's door it is `~` and the hash of the message, so the same message
    again is not stored twice. `line` is its place in the file or in the delivery, `mapping` the edition of
    the day it came in. The payload may hold personal
    data; legal basis and retention are those of the report.
    """

    channel = models.CharField("来源渠道", max_length=40)
    identity = models.CharField("身份", max_length=200)
    payload = models.BinaryField("原文（加密）")
    hash = models.BinaryField("散列")
    mapping = models.ForeignKey(Mapping, models.PROTECT, verbose_name="映射", db_index=False)
    run = models.ForeignKey(ImportRun, models.PROTECT, verbose_name="导入批次", null=True, db_index=False)
    line = models.IntegerField("序号", null=True)
    state = models.CharField(
        "状态", max_length=12, choices=MessageState.choices, default=MessageState.RECEIVED
    )
    report = models.UUIDField("诉求", null=True)
    received_at = models.DateTimeField("收到时间")
    handled_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = "原始消息"
        constraints = [models.UniqueConstraint(fields=["channel", "identity"], name="intake_message_once")]
        indexes = [
            models.Index(
                fields=["channel", "received_at", "id"], name="intake_message_waiting",
                condition=models.Q(state=MessageState.RECEIVED),
            ),
            models.Index(
                fields=["report", "-received_at"], name="intake_message_report",
                condition=models.Q(report__isnull=False, run=None),
            ),
            models.Index(
                fields=["channel", "-received_at"], name="intake_message_recent", condition=models.Q(run=None)
            ),
        ]  # fmt: skip


class QuarantineEntry(RootRow):
    """Quarantine entry 隔离条目: why a raw message became no report, at which field, and what to do.

    `corrections` is a sealed JSON object of target field to text: what somebody entered to have the message
    read again.
    """

    message = models.ForeignKey(RawMessage, models.PROTECT, related_name="entries", verbose_name="原始消息")
    run = models.ForeignKey(ImportRun, models.PROTECT, verbose_name="导入批次", null=True)
    reason = models.CharField("原因", max_length=24, choices=Reason.choices)
    field = models.CharField("字段", max_length=40)
    value = models.CharField("原值", max_length=200, blank=True)
    remedy = models.CharField("处理建议", max_length=300)
    corrections = models.BinaryField("更正值（加密）", null=True)
    state = models.CharField("状态", max_length=10, choices=EntryState.choices, default=EntryState.OPEN)
    by = models.UUIDField("处理人", null=True)
    at = models.DateTimeField("处理时间", null=True)
    created_at = models.DateTimeField("隔离时间")

    class Meta:
        verbose_name = "隔离条目"
        indexes = [
            models.Index(
                fields=["-created_at", "-id"], name="intake_quarantine_open",
                condition=models.Q(state=EntryState.OPEN),
            )
        ]  # fmt: skip
