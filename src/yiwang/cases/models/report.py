"""Report 诉求: what one person or device said, through one channel, once. Never edited, never lost."""

from __future__ import annotations

from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import FollowUpKind, Privacy, RequestKind, Urgency, Voice


class Report(RootRow):
    """Report 诉求 (root of its own stream).

    `text` stands in clear for search; erasure blanks it with its index and salt. The contact is sealed
    per record; legal basis and retention: the handling of the request (PIPL §13(3), §34), three years.
    Coordinates are WGS84 degrees. `source_due_at` is the limit of a source that owns it, less `source_margin`
    (such as `4 work_hour`) for us; it moves by `set_source_limit` alone.
    """

    number = models.CharField("诉求编号", max_length=20, unique=True)
    channel = models.CharField("来源渠道", max_length=40)
    source_number = models.CharField("来源编号", max_length=120, null=True)
    kind = models.CharField("诉求类型", max_length=12, choices=RequestKind.choices, default=RequestKind.HELP)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default=Urgency.ORDINARY)
    privacy = models.CharField("保密要求", max_length=14, choices=Privacy.choices, default=Privacy.OPEN)
    text = models.TextField("诉求内容")
    salt = models.BinaryField("承诺盐", default=new_salt)
    address = models.CharField("地点描述", max_length=300, default="")
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    contact = models.BinaryField("联系方式（加密）", null=True)
    contact_index = models.BinaryField("联系方式索引", null=True)
    entered_by = models.UUIDField("代录人", null=True)
    complained_unit = models.UUIDField("被投诉单位", null=True)
    occurred_at = models.DateTimeField("发生时间", null=True)
    received_at = models.DateTimeField("接收时间")
    erased_at = models.DateTimeField("删除时间", null=True)
    voice = models.CharField(
        "答复主体", max_length=6, choices=Voice.choices, default=Voice.US, db_default=Voice.US
    )
    rated_by_source = models.BooleanField("由来源回访", default=False, db_default=False)
    source_due_at = models.DateTimeField("来源时限", null=True)
    source_margin = models.CharField("来源时限余量", max_length=30, default="", blank=True, db_default="")
    source_extended_at = models.DateTimeField("来源同意延期时间", null=True)

    class Meta:
        verbose_name = "诉求"
        constraints = [
            models.UniqueConstraint(fields=["channel", "source_number"], name="cases_report_source_once")
        ]
        indexes = [
            models.Index(
                fields=["contact_index", "-received_at"],
                name="cases_report_contact",
                condition=models.Q(contact_index__isnull=False),
            )
        ]


class FollowUp(models.Model):
    """Follow-up 后续来件: an addition, a withdrawal or a chase on a report by its reporter or for them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="follow_ups", verbose_name="诉求"
    )
    kind = models.CharField("类型", max_length=12, choices=FollowUpKind.choices)
    text = models.TextField("内容", default="")
    salt = models.BinaryField("承诺盐", default=new_salt)
    entered_by = models.UUIDField("代录人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "后续来件"
        indexes = [models.Index(fields=["report", "at"], name="cases_followup_report")]
