"""Tables of devices 物联设备: the registry, what was measured last, raw batches and camera alarms."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import AlarmOutcome, AlarmVerdict, DeviceKind, DeviceState


class Device(RootRow):
    """Device 设备: a sensor or camera of one channel, with its place and, where it is one, its part code.

    A device that was heard of but never registered stands here as `unregistered`, with nothing but its code.
    `last_seen` moves in steps of half a minute. `silences` numbers its times offline, one report each.
    """

    channel = models.CharField("渠道", max_length=40)
    code = models.CharField("设备编号", max_length=40)
    kind = models.CharField("设备类型", max_length=16, choices=DeviceKind.choices, default=DeviceKind.OTHER)
    name = models.CharField("名称", max_length=60, default="", blank=True)
    part = models.CharField("部件标识码", max_length=16, default="", blank=True)
    address = models.CharField("位置描述", max_length=120, default="", blank=True)
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    community = models.UUIDField("社区", null=True)
    owner_unit = models.UUIDField("权属单位", null=True)
    installed_on = models.DateField("安装日期", null=True)
    offline_after = models.PositiveIntegerField("离线判定（分钟）", null=True)
    state = models.CharField("状态", max_length=12, choices=DeviceState.choices, default=DeviceState.WAITING)
    last_seen = models.DateTimeField("最近在线", null=True)
    battery = models.PositiveSmallIntegerField("电量", null=True)
    silences = models.PositiveIntegerField("离线次数", default=0)
    silence_told = models.BooleanField("离线已上报", default=False)
    found_at = models.DateTimeField("首次出现")
    changed_at = models.DateTimeField("变更时间")

    class Meta:
        verbose_name = "设备"
        constraints = [models.UniqueConstraint(fields=["channel", "code"], name="intake_device_once")]
        indexes = [
            models.Index(fields=["code", "id"], name="intake_device_code"),
            models.Index(fields=["state", "code", "id"], name="intake_device_state"),
            models.Index(fields=["changed_at"], name="intake_device_changed"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class MeasuringPoint(models.Model):
    """Measuring point 测点: one metric of one device, its last reading and what the rules remember of it.

    `memory` is a JSON text: rule code to the packed state of `rules.debounce` (of a camera, of
    `rules.suppression`). `stamp` counts its changes, so that two processes can not overwrite one another.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    device = models.ForeignKey(Device, models.PROTECT, related_name="points", verbose_name="设备")
    metric = models.CharField("指标", max_length=40)
    last_at = models.DateTimeField("最近读数时间", null=True)
    last_value = models.FloatField("最近读数", null=True)
    memory = models.TextField("规则状态", default="{}")
    waiting_since = models.DateTimeField("待定自", null=True)
    stamp = models.IntegerField("变更序号", default=0)

    class Meta:
        verbose_name = "测点"
        constraints = [models.UniqueConstraint(fields=["device", "metric"], name="intake_point_once")]
        indexes = [
            models.Index(
                fields=["waiting_since"], name="intake_point_waiting",
                condition=models.Q(waiting_since__isnull=False),
            )
        ]  # fmt: skip


class KeptReading(models.Model):
    """Kept reading 留存读数: one reading in a while of a measuring point, for its curve."""

    id = models.BigAutoField(primary_key=True)
    point = models.ForeignKey(
        MeasuringPoint, models.PROTECT, related_name="readings", verbose_name="测点", db_index=False
    )
    at = models.DateTimeField("时间")
    value = models.FloatField("读数")

    class Meta:
        verbose_name = "留存读数"
        constraints = [models.UniqueConstraint(fields=["point", "at"], name="intake_reading_once")]
        indexes = [models.Index(fields=["at"], name="intake_reading_age")]


class ReadingBatch(models.Model):
    """Reading batch 读数批次: the messages that one transaction took, word for word, packed and sealed.

    Committed before the broker is told that they arrived. The payload is base64 of a zlib-packed JSON list of
    topic and text.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField("渠道", max_length=40)
    messages = models.IntegerField("消息数")
    readings = models.IntegerField("读数个数")
    broken = models.IntegerField("无法解析", default=0)
    payload = models.BinaryField("原文（加密）")
    received_at = models.DateTimeField("收到时间")

    class Meta:
        verbose_name = "读数批次"
        indexes = [models.Index(fields=["received_at"], name="intake_batch_age")]


class CameraAlarm(models.Model):
    """Camera alarm 视频告警: one alarm as it was taken, without anything about who somebody is.

    `number` is the source number of the report it belongs to. `removed` counts the personal fields that were
    removed before anything was stored. `worker` is who was asked to confirm it (云上顶山).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField("渠道", max_length=40)
    device = models.ForeignKey(Device, models.PROTECT, related_name="alarms", verbose_name="摄像机")
    identity = models.CharField("身份", max_length=80)
    type = models.CharField("告警类型", max_length=40)
    confidence = models.FloatField("置信度", null=True)
    at = models.DateTimeField("告警时间")
    received_at = models.DateTimeField("收到时间")
    outcome = models.CharField("去向", max_length=10, choices=AlarmOutcome.choices)
    number = models.CharField("来源编号", max_length=120, default="", blank=True)
    verdict = models.CharField(
        "核实结论", max_length=10, choices=AlarmVerdict.choices, default=AlarmVerdict.PENDING
    )
    removed = models.PositiveSmallIntegerField("移除个人字段", default=0)
    case = models.UUIDField("案件", null=True)
    worker = models.UUIDField("核实人", null=True)
    worker_told_at = models.DateTimeField("派核时间", null=True)

    class Meta:
        verbose_name = "视频告警"
        constraints = [models.UniqueConstraint(fields=["channel", "identity"], name="intake_alarm_once")]
        indexes = [
            models.Index(fields=["device", "-at", "id"], name="intake_alarm_device"),
            models.Index(
                fields=["channel", "number"], name="intake_alarm_number",
                condition=models.Q(outcome=AlarmOutcome.REPORTED),
            ),
            models.Index(
                fields=["worker", "-at", "id"], name="intake_alarm_worker",
                condition=models.Q(worker__isnull=False, verdict=AlarmVerdict.PENDING),
            ),
            models.Index(
                fields=["case"], name="intake_alarm_case", condition=models.Q(case__isnull=False),
            ),
        ]  # fmt: skip
