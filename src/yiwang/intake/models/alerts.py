"""Tables of alerts 预警: what was relayed to us, what it references, and which of our areas it means."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ...orgs.public import Area
from ..enums import AlertEnding, AlertKind, AlertStatus
from .channels import Channel


class Alert(RootRow):
    """Alert 预警: one CAP message, as it came; the platform relays, it never issues.

    It is in force from `effective_at` until the earlier of `expires_at` and `ended_at`; nothing has to run
    for an alert to expire. `ended_at` is when the message that ended it was sent. Messages of one `source`
    end one another: it is the channel's code unless its settings name one. `root` is the identifier of the
    first message of its line. `level` is 1 red to 4 blue, 5 unknown. `body` is the message read, `raw` word
    for word.
    """

    channel = models.CharField("渠道", max_length=40)
    source = models.CharField("来源", max_length=40)
    identifier = models.CharField("预警标识", max_length=200)
    sender = models.CharField("发布者标识", max_length=200)
    sent = models.DateTimeField("发布时间")
    status = models.CharField("性质", max_length=8, choices=AlertStatus.choices)
    kind = models.CharField("报文类型", max_length=8, choices=AlertKind.choices)
    level = models.SmallIntegerField("级别")
    event = models.CharField("事件", max_length=200, blank=True, default="")
    headline = models.CharField("标题", max_length=300, blank=True, default="")
    issuer = models.CharField("发布单位", max_length=200, blank=True, default="")
    effective_at = models.DateTimeField("生效时间")
    expires_at = models.DateTimeField("失效时间")
    ended_at = models.DateTimeField("终止时间", null=True)
    ending = models.CharField("终止方式", max_length=10, choices=AlertEnding.choices, blank=True, default="")
    ended_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="ended", verbose_name="终止它的预警"
    )
    root = models.CharField("首发标识", max_length=200)
    body = models.JSONField("报文内容")
    raw = models.BinaryField("原文（加密）")
    digest = models.BinaryField("摘要")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "预警"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "identifier", "sender", "sent"], name="intake_alert_once"
            )
        ]
        indexes = [
            models.Index(fields=["-sent", "-id"], name="intake_alert_recent"),
            models.Index(fields=["expires_at"], name="intake_alert_expiry"),
            models.Index(fields=["source", "root"], name="intake_alert_line"),
        ]

    def __str__(self) -> str:
        return self.headline or self.identifier


class AlertReference(models.Model):
    """Alert reference 预警引用: one message that another names; it may not have come in yet, or never."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="references", verbose_name="预警")
    identifier = models.CharField("被引用的标识", max_length=200)
    sender = models.CharField("被引用的发布者", max_length=200, blank=True, default="")
    sent = models.DateTimeField("被引用的发布时间", null=True)

    class Meta:
        verbose_name = "预警引用"
        indexes = [models.Index(fields=["identifier"], name="intake_alert_named")]


class AlertArea(models.Model):
    """Alert area 预警影响区域: one of our areas that an alert means.

    A district of which only some streets are meant stands with `whole` false, beside those streets. `by` says
    how it was found: `geocode`, `polygon`, `circle`, `name` or `issuer`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="areas", verbose_name="预警")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name="区域")
    whole = models.BooleanField("整个区域")
    by = models.CharField("依据", max_length=8)

    class Meta:
        verbose_name = "预警影响区域"
        constraints = [models.UniqueConstraint(fields=["alert", "area"], name="intake_alert_area_once")]


class AlertFeed(models.Model):
    """Alert feed 预警目录进度: which entries of a channel's index have been read, by `doors.cap_feed`.

    When the index was last asked for, and how that went, stands in the channel's pull cursor.
    """

    channel = models.OneToOneField(Channel, models.PROTECT, primary_key=True, verbose_name="渠道")
    state = models.TextField("已读条目", default="", blank=True)

    class Meta:
        verbose_name = "预警目录进度"
