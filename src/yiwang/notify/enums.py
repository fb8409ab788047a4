"""Choices of `notify`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.TextChoices):
    """Notice 通知事项: what a message to a reporter is about."""

    ACCEPTED = "accepted", _("已受理")
    REJECTED = "rejected", _("不予受理")
    ANSWERED = "answered", _("已答复")
    CLOSED = "closed", _("已办结")
    REDO = "redo", _("重新办理")
    CALLBACK = "callback", _("回访")
    TEST = "test", _("试发")


class MessageState(models.TextChoices):
    """Message state 短信状态."""

    QUEUED = "queued", _("待发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发出")
    FAILED = "failed", _("发送失败")
    HELD = "held", _("结果不明")
    SKIPPED = "skipped", _("不发送")


class MessageReason(models.TextChoices):
    """Message reason 短信状态的原因: why a message waits, is held, failed or is not sent at all."""

    NONE = "", _("无")
    QUIET = "quiet", _("免打扰时段")
    QUOTA = "quota", _("当日额度已用完")
    RETRY = "retry", _("网关未接收，稍后重试")
    REFUSED = "refused", _("网关拒收")
    UNREACHABLE = "unreachable", _("多次重试仍未成功")
    UNCERTAIN = "uncertain", _("没有收到网关应答，可能已发出")
    EXPIRED = "expired", _("超过两天未能发出")
    MISSING = "missing", _("网关设定有误")
    NO_MOBILE = "no_mobile", _("不是手机号码")
    ERASED = "erased", _("内容已依法删除")


class BodyEncoding(models.TextChoices):
    """Body encoding 报文编码: how a gateway wants what it is sent."""

    JSON = "json", _("JSON 格式")
    FORM = "form", _("表单格式")
