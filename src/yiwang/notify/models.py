"""Tables of `notify`: gateways, templates, messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..ledger.public import RootRow
from .enums import BodyEncoding, MessageReason, MessageState, Notice


class Gateway(RootRow):
    """Gateway 短信网关: the city's own door to short messages, reached over HTTP; one is on at a time.

    `headers` and `body` are a declared template: texts with `{phone}`, `{text}`, `{id}` and `{credential}`.
    The credential is sealed per record. Quiet hours are Shanghai's wall clock, none when empty. `link_base`
    is how residents reach this platform, such as `https://yw.example.gov.cn`.
    """

    name = models.CharField("名称", max_length=60)
    url = models.CharField("网关地址", max_length=300)
    method = models.CharField("请求方法", max_length=4, default="POST")
    encoding = models.CharField(
        "报文编码", max_length=4, choices=BodyEncoding.choices, default=BodyEncoding.JSON
    )
    headers = models.JSONField("请求头", default=dict)
    body = models.JSONField("报文", default=dict)
    credential = models.BinaryField("凭证（加密）", null=True)
    success_path = models.CharField("成功标志路径", max_length=120, blank=True, default="")
    success_value = models.CharField("成功标志值", max_length=40, blank=True, default="")
    id_path = models.CharField("回执编号路径", max_length=120, blank=True, default="")
    is_internal = models.BooleanField("在内部网络", default=False)
    is_deduplicating = models.BooleanField("按编号去重", default=False)
    link_base = models.CharField("查询链接前缀", max_length=120)
    daily_quota = models.PositiveIntegerField("每日额度", default=1000)
    quiet_from = models.TimeField("免打扰开始", null=True)
    quiet_to = models.TimeField("免打扰结束", null=True)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期", null=True)
    is_on = models.BooleanField("启用", default=False)

    class Meta:
        verbose_name = "短信网关"
        constraints = [
            models.UniqueConstraint(fields=["is_on"], condition=Q(is_on=True), name="notify_gateway_one_on")
        ]


class MessageTemplate(RootRow):
    """Message template 短信模板: the words for one notice from a day on, until a newer row begins."""

    notice = models.CharField("通知事项", max_length=10, choices=Notice.choices)
    text = models.CharField("内容", max_length=500)
    valid_from = models.DateField("起始日期")
    is_sent = models.BooleanField("发送", default=True)
    is_example = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "短信模板"
        constraints = [
            models.UniqueConstraint(fields=["notice", "valid_from"], name="notify_template_day_once")
        ]


class Message(RootRow):
    """Message 短信: one text to one reporter about one occurrence of one event.

    `sealed` holds number and text, encrypted per record. Legal basis and retention: telling the reporter what
    became of the request (PIPL §13(3)); erased with the report, else 180 days after it was made.
    `report` is the key of a report, of no meaning here; null for a trial.
    """

    report = models.UUIDField("诉求", null=True)
    number = models.CharField("诉求编号", max_length=20, blank=True, default="")
    notice = models.CharField("通知事项", max_length=10, choices=Notice.choices)
    occurrence = models.CharField("第几次", max_length=48, blank=True, default="")
    gateway = models.ForeignKey(Gateway, models.PROTECT, null=True, verbose_name="短信网关")
    sealed = models.BinaryField("号码和内容（加密）", null=True)
    state = models.CharField("状态", max_length=8, choices=MessageState.choices, default=MessageState.QUEUED)
    reason = models.CharField(
        "原因", max_length=12, choices=MessageReason.choices, blank=True, default=MessageReason.NONE
    )
    is_urgent = models.BooleanField("紧急", default=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_at = models.DateTimeField("下次发送")
    claimed_at = models.DateTimeField("开始发送", null=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    answer = models.CharField("网关应答", max_length=200, blank=True, default="")
    created_at = models.DateTimeField("产生时间")

    class Meta:
        verbose_name = "短信"
        constraints = [
            models.UniqueConstraint(fields=["report", "notice", "occurrence"], name="notify_message_once")
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="notify_message_due", condition=Q(state__in=["queued", "sending"])
            ),
            models.Index(
                fields=["gateway", "claimed_at"], name="notify_message_day", condition=~Q(claimed_at=None)
            ),
            models.Index(fields=["created_at", "id"], name="notify_message_recent"),
            models.Index(fields=["state", "created_at", "id"], name="notify_message_state"),
        ]
