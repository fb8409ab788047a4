"""Same-day closing 当日清零: which matters, what was found on the spot, and how each case stands."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ConfirmationMeans, ConfirmationResult, SameDayState
from .case import Case


class SameDayRule(RootRow):
    """Same-day rule 当日清零规则: matters that are confirmed on the spot and closed on the day of discovery.

    A row with `matter_class` holds for it and the classes below, one without for the kind `class_kind`.
    `cut_off_hour` counts from the midnight that begins the day (24 is the midnight that ends it);
    `late_from` is the minute of the day from which a find is late: controlled today, cleared by the next
    day's cut-off.
    """

    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True)
    channels = ArrayField(models.CharField(max_length=40), verbose_name="来源渠道", default=list, blank=True)
    must_confirm = models.BooleanField("须先现场感知确认", default=True)
    cut_off_hour = models.SmallIntegerField("截止钟点", default=24)
    late_from = models.SmallIntegerField("晚间发现起（分钟）", default=1200)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "当日清零规则"
        constraints = [
            models.UniqueConstraint(
                fields=["class_kind", "matter_class", "valid_from"],
                name="cases_same_day_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(cut_off_hour__gte=1, cut_off_hour__lte=24), name="cases_same_day_hour"
            ),
        ]


class SiteConfirmation(models.Model):
    """Site confirmation 现场感知确认: somebody looks, by camera, drone or in person, whether it is real.

    `worker` is the nearest on duty who was asked; `by` who looked. Coordinates are WGS84 degrees. The
    picture is evidence of the case, of the stage `scene`, counted in `pictures`; the words stand at `seq`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="site_confirmations", verbose_name="案件"
    )
    means = models.CharField(
        "方式", max_length=8, choices=ConfirmationMeans.choices, default=ConfirmationMeans.WORKER
    )
    result = models.CharField(
        "结果", max_length=10, choices=ConfirmationResult.choices, default=ConfirmationResult.PENDING
    )
    worker = models.UUIDField("就近人员", null=True)
    asked_by = models.UUIDField("发起人", null=True)
    asked_at = models.DateTimeField("发起时间")
    by = models.UUIDField("确认人", null=True)
    post = models.UUIDField("确认岗位", null=True)
    at = models.DateTimeField("确认时间", null=True)
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    pictures = models.SmallIntegerField("照片数", default=0)
    seq = models.PositiveIntegerField("存证序号", null=True)

    class Meta:
        verbose_name = "现场感知确认"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(result="pending"), name="cases_confirmation_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["asked_at", "id"],
                name="cases_confirmation_open",
                condition=models.Q(result="pending"),
            )
        ]


class SameDay(models.Model):
    """Same-day closing of one case 当日清零; one row a discovery, a second when the case is done again.

    `due_at` is a clock of its own beside the promise and moves by nothing. `control_due_at` stands only for
    a late find. `overdue_at` is the fact that the cut-off passed while the case was open.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="same_days", verbose_name="案件")
    rule = models.UUIDField("规则")
    state = models.CharField("状态", max_length=8, choices=SameDayState.choices, default=SameDayState.OPEN)
    must_confirm = models.BooleanField("须先现场感知确认", default=True)
    found_at = models.DateTimeField("发现时间")
    due_at = models.DateTimeField("清零时限")
    control_due_at = models.DateTimeField("控险时限", null=True)
    explanation = models.TextField("时限说明", default="")
    released_at = models.DateTimeField("先派后核时间", null=True)
    released_by = models.UUIDField("先派后核人", null=True)
    controlled_at = models.DateTimeField("控险时间", null=True)
    controlled_by = models.UUIDField("控险人", null=True)
    control_seq = models.PositiveIntegerField("控险存证序号", null=True)
    overdue_at = models.DateTimeField("超过清零时限", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "当日清零"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="open"), name="cases_same_day_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="cases_same_day_open", condition=models.Q(state="open")
            ),
            models.Index(fields=["ended_at"], name="cases_same_day_ended"),
        ]
