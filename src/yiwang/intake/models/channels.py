"""Tables of the registry 渠道目录: channels, their keys, used nonces, hourly counts and running parts."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ChannelKind, Direction, DoorKind, KeyKind
from .messages import Mapping


class Channel(RootRow):
    """Channel 渠道: a connected system or device family, as its definition says (`rules.definition`).

    `text` is the definition word for word; the other columns repeat what lists and checks need. The mapping
    is the edition that new messages are explained by, empty for a channel that brings no reports.
    """

    code = models.CharField("渠道代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("来源类别", max_length=20, choices=ChannelKind.choices)
    door = models.CharField("对接方式", max_length=12, choices=DoorKind.choices)
    direction = models.CharField("方向", max_length=4, choices=Direction.choices)
    owner = models.CharField("主管单位", max_length=80)
    rank = models.SmallIntegerField("处理次序", default=5)
    text = models.TextField("渠道定义")
    digest = models.BinaryField("摘要")
    mapping = models.ForeignKey(
        Mapping, models.PROTECT, verbose_name="映射", null=True, related_name="channels"
    )
    is_enabled = models.BooleanField("启用", default=False)
    valid_from = models.DateField("生效日期", null=True)
    valid_to = models.DateField("失效日期", null=True)

    class Meta:
        verbose_name = "渠道"
        ordering = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class ChannelKey(models.Model):
    """Channel key 渠道凭证: what a source proves itself with; the secret is sealed and shown once.

    `secret_hash` is SHA-256 of a token, for look-up; HMAC secrets are unsealed to check a signature.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="keys", verbose_name="渠道")
    kind = models.CharField("类型", max_length=8, choices=KeyKind.choices)
    name = models.CharField("凭证编号", max_length=40, unique=True)
    secret = models.BinaryField("密钥（加密）")
    secret_hash = models.BinaryField("密钥散列")
    valid_from = models.DateTimeField("生效时间")
    valid_to = models.DateTimeField("失效时间", null=True)

    class Meta:
        verbose_name = "渠道凭证"
        indexes = [models.Index(fields=["secret_hash"], name="intake_key_hash")]


class Nonce(models.Model):
    """Nonce 一次性随机数: one that a signed request has used; kept while its time stamp could be accepted."""

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField("凭证")
    value = models.CharField("随机数", max_length=80)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "一次性随机数"
        constraints = [models.UniqueConstraint(fields=["key", "value"], name="intake_nonce_once")]
        indexes = [models.Index(fields=["at"], name="intake_nonce_age")]


class ChannelHour(models.Model):
    """Channel hour 渠道小时计数: what one channel brought in one hour.

    Kept in a few shards, so that processes do not wait for one another; readers add them up. `ignored` are
    those that are no reports and are not kept: words of a group, delivery receipts, letters of robots.
    `lag_ms` is the sum over handled messages of the time from commit to handling, `lag_max_ms` the longest.
    """

    SHARDS = 8

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField("渠道", max_length=40)
    hour = models.DateTimeField("小时")
    shard = models.SmallIntegerField("分片")
    received = models.IntegerField("收到", default=0)
    accepted = models.IntegerField("入库", default=0)
    updated = models.IntegerField("更新", default=0)
    unchanged = models.IntegerField("重复", default=0)
    quarantined = models.IntegerField("隔离", default=0)
    refused = models.IntegerField("拒绝", default=0)
    over_quota = models.IntegerField("超额", default=0)
    ignored = models.IntegerField("略过", default=0)
    handled = models.IntegerField("已处理", default=0)
    lag_ms = models.BigIntegerField("延迟合计", default=0)
    lag_max_ms = models.BigIntegerField("最大延迟", default=0)
    last_at = models.DateTimeField("最近一次", null=True)

    class Meta:
        verbose_name = "渠道小时计数"
        constraints = [
            models.UniqueConstraint(fields=["channel", "hour", "shard"], name="intake_channel_hour_once")
        ]


class ChannelQuota(models.Model):
    """Channel quota 渠道配额桶: tokens left of a channel, filled by its rate; one statement takes some."""

    channel = models.CharField("渠道", max_length=40, primary_key=True)
    tokens = models.FloatField("剩余")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "渠道配额桶"


class RunnerState(models.Model):
    """Runner state 对接进程状态: how one part of the intake process fares."""

    name = models.CharField("名称", max_length=60, primary_key=True)
    started_at = models.DateTimeField("开始时间")
    seen_at = models.DateTimeField("最近心跳")
    failures = models.IntegerField("连续失败", default=0)
    last_error = models.CharField("最近错误", max_length=300, default="", blank=True)

    class Meta:
        verbose_name = "对接进程状态"
