"""Tables of conversations 往来: which letters belong together, and parts of long texts that wait."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7


class Letter(models.Model):
    """Letter 来信: that a letter came, and to which report it belongs; its words are in the raw message.

    Holds no address: `sender` is a keyed hash, kept to tell whether an answer comes from the same person and
    whether one sender floods; legal basis and retention are those of the report.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField("渠道", max_length=40)
    message_id = models.BinaryField("邮件标识散列")
    thread = models.CharField("来源编号", max_length=120)
    sender = models.BinaryField("发件人索引")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "来信"
        constraints = [
            models.UniqueConstraint(fields=["channel", "message_id"], name="intake_letter_once"),
        ]
        indexes = [models.Index(fields=["channel", "sender", "-received_at"], name="intake_letter_sender")]


class SmsPart(models.Model):
    """SMS part 短信分段: one part of a long text that waits for the others, sealed.

    Once they are joined the words are gone and the row stays for a while, so that a part that the gateway
    posts again starts nothing new. `sender` and `mark` (of the words) are keyed hashes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField("渠道", max_length=40)
    sender = models.BinaryField("号码索引")
    reference = models.CharField("拼接号", max_length=60)
    number = models.SmallIntegerField("序号")
    total = models.SmallIntegerField("总数")
    mark = models.BinaryField("内容索引")
    payload = models.BinaryField("内容（加密）", null=True)
    received_at = models.DateTimeField("收到时间")
    joined_at = models.DateTimeField("拼接时间", null=True)

    class Meta:
        verbose_name = "短信分段"
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "sender", "reference", "number"], name="intake_sms_part_once",
                condition=models.Q(joined_at=None),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["channel", "received_at"], name="intake_sms_part_age")]
