"""Tables of the exchange 回写与拉取: what goes back to a source, and how far a pull has come."""

from __future__ import annotations

from django.db import models

from ...ledger.public import RootRow
from ..enums import WriteBackState
from .channels import Channel


class WriteBack(RootRow):
    """Write-back 回写: one state change of one report, on its way to the source in the source's words.

    `change` names it (`rules.words`) and `happened_at` says when; those of one report leave in order. It is
    put into words when it is sent, from `facts`: codes, names of units, and the answer or reason as it was
    given at that moment, which is blanked when the report is erased by law.
    """

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="write_backs", verbose_name="渠道")
    report = models.UUIDField("诉求")
    case = models.UUIDField("案件")
    change = models.CharField("变化", max_length=20)
    happened_at = models.DateTimeField("发生时间")
    facts = models.JSONField("事实", default=dict)
    state = models.CharField(
        "状态", max_length=8, choices=WriteBackState.choices, default=WriteBackState.WAITING
    )
    attempts = models.IntegerField("尝试次数", default=0)
    due_at = models.DateTimeField("下次发送")
    sent_at = models.DateTimeField("送达时间", null=True)
    answer = models.CharField("对方应答", max_length=300, default="", blank=True)
    created_at = models.DateTimeField("产生时间")

    class Meta:
        verbose_name = "回写"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "report", "change", "happened_at"], name="intake_write_back_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="intake_write_back_due",
                condition=models.Q(state=WriteBackState.WAITING),
            ),
            models.Index(
                fields=["report", "happened_at"], name="intake_write_back_order",
                condition=models.Q(state=WriteBackState.WAITING),
            ),
            models.Index(fields=["channel", "-created_at", "-id"], name="intake_write_back_recent"),
            models.Index(
                fields=["-created_at", "-id"], name="intake_write_back_open",
                condition=models.Q(state__in=[WriteBackState.WAITING, WriteBackState.GIVEN_UP]),
            ),
        ]  # fmt: skip


class PullCursor(models.Model):
    """Pull cursor 拉取游标: how far a polled source has been read; moves in the transaction that stores."""

    channel = models.OneToOneField(Channel, models.PROTECT, primary_key=True, verbose_name="渠道")
    cursor = models.CharField("游标", max_length=500, default="", blank=True)
    etag = models.CharField("ETag 标记", max_length=300, default="", blank=True)
    last_modified = models.CharField("Last-Modified 标记", max_length=80, default="", blank=True)
    polled_at = models.DateTimeField("拉取时间", null=True)
    failures = models.IntegerField("连续失败", default=0)
    last_error = models.CharField("最近错误", max_length=300, default="", blank=True)

    class Meta:
        verbose_name = "拉取游标"
