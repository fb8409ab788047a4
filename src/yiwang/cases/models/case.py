"""Case 案件: the problem in the world, with a place, a class, a lifecycle and a promise."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import CasePath, Ending, LinkCause, Privacy, RedoCause, RequestKind, Urgency
from ..states import CASE_STATES, CLOSED, OPEN_STATES
from .report import Report


class Case(RootRow):
    """Case 案件 (root of its own stream; tasks, rechecks and ratings are journaled in it).

    `due_at` is the promise to the public, given when a handling round is first dispatched and counted from
    `dispatched_at`; it is kept while units change and replaced only by a fresh round.
    `application_waiting` says that an extension or a suspension waits, which lapses with its task.
    `clock` is the open stage clock of its state; `is_reachable` says that a reporter left a contact that the
    unit at work may see.
    `community`, once set, changes only by a correction of two people; `grid` is the grid of the day the case
    was located (`located_at`).
    `district` stands on the row for a province's partitioning. Area, unit, class and account columns are
    keys of other apps' rows, kept without database constraints so that history outlives them.
    """

    #: Its own stream tells `due_at`.
    due_told_in: ClassVar[str] = "id"

    number = models.CharField("案件编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=12, choices=list(CASE_STATES.items()))
    path = models.CharField("办理路径", max_length=12, choices=CasePath.choices, default=CasePath.LOOP)
    ending = models.CharField("办结方式", max_length=18, choices=Ending.choices, default="", blank=True)
    title = models.CharField("标题", max_length=80)
    channel = models.CharField("来源渠道", max_length=40)
    kind = models.CharField("诉求类型", max_length=12, choices=RequestKind.choices, default=RequestKind.HELP)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default=Urgency.ORDINARY)
    privacy = models.CharField("保密要求", max_length=14, choices=Privacy.choices, default=Privacy.OPEN)
    is_sensitive = models.BooleanField("敏感", default=False)
    matter_class = models.UUIDField("事项类别", null=True)
    condition = models.UUIDField("立案条件", null=True)
    district = models.UUIDField("区", null=True)
    street = models.UUIDField("街道", null=True)
    community = models.UUIDField("社区", null=True)
    grid = models.UUIDField("网格", null=True)
    address = models.CharField("地点", max_length=300, default="")
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    report_count = models.IntegerField("诉求数", default=1)
    host = models.UUIDField("主办单位", null=True)
    complained_unit = models.UUIDField("被投诉单位", null=True)
    round = models.SmallIntegerField("办理轮次", default=0)
    handlers = ArrayField(models.UUIDField(), verbose_name="本轮处置人", default=list)
    claimed_by = models.UUIDField("正在处理人", null=True)
    claimed_at = models.DateTimeField("开始处理时间", null=True)
    automatic_at = models.DateTimeField("自动受理时间", null=True)
    verified_at = models.DateTimeField("核实时间", null=True)
    due_at = models.DateTimeField("办理时限", null=True)
    limit_amount = models.DecimalField("时限数值", max_digits=8, decimal_places=4, null=True)
    limit_unit = models.CharField("时限单位", max_length=12, default="", db_default="")
    due_explanation = models.TextField("时限说明", default="", db_default="")
    calendar_version = models.IntegerField("日历版本", null=True)
    legal_due_at = models.DateTimeField("法定时限", null=True)
    legal_words = models.CharField("法定时限说明", max_length=200, default="", db_default="")
    source_due_at = models.DateTimeField("来源时限", null=True)
    created_at = models.DateTimeField("建立时间")
    dispatched_at = models.DateTimeField("派遣时间", null=True)
    handled_at = models.DateTimeField("反馈时间", null=True)
    closed_at = models.DateTimeField("结案时间", null=True)
    overdue_at = models.DateTimeField("超时时间", null=True)
    merged_into = models.UUIDField("并入案件", null=True)
    counted_from = models.DateTimeField("续算起点", null=True)
    counted_seconds = models.IntegerField("续算秒数", null=True)
    suspended_until = models.DateTimeField("挂账至", null=True)
    is_excused = models.BooleanField("不计超时", default=False, db_default=False)
    excluded_at = models.DateTimeField("剔除时间", null=True)
    exclusion_ground = models.CharField("剔除事由", max_length=24, default="", blank=True, db_default="")
    clock = models.UUIDField("当前阶段计时", null=True)
    is_reachable = models.BooleanField("可联系诉求人", default=False, db_default=False)
    return_count = models.SmallIntegerField("退单次数", default=0, db_default=0)
    return_waiting = models.BooleanField("退单待决", default=False, db_default=False)
    application_waiting = models.BooleanField("任务申请待决", default=False, db_default=False)
    returned_at = models.DateTimeField("退回时间", null=True)
    arbitration = models.UUIDField("裁定中的争议", null=True)
    final_owner = models.UUIDField("裁定主办单位", null=True)
    first_unit = models.UUIDField("首问单位", null=True)
    first_post = models.UUIDField("首问岗位", null=True)
    first_at = models.DateTimeField("首问时间", null=True)
    transfers = models.SmallIntegerField("首问移交次数", default=0, db_default=0)
    level = models.CharField("所在层级", max_length=40, default="", blank=True, db_default="")
    same_day_due_at = models.DateTimeField("清零时限", null=True)
    redo_count = models.SmallIntegerField("重办次数", default=0, db_default=0)
    redo_cause = models.CharField(
        "重办原因", max_length=12, choices=RedoCause.choices, default="", blank=True, db_default=""
    )

    urge_count = models.SmallIntegerField("催办次数", default=0, db_default=0)
    supervised_at = models.DateTimeField("督办时间", null=True)
    listed_at = models.DateTimeField("挂牌时间", null=True)
    raised_to = models.UUIDField("升级单位", null=True)

    class Meta:
        verbose_name = "案件"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="cases_case_recent"),
            models.Index(fields=["community", "-created_at", "-id"], name="cases_case_community"),
            models.Index(
                fields=["community", "state", "-created_at", "-id"],
                name="cases_case_open",
                condition=models.Q(state__in=OPEN_STATES),
            ),
            models.Index(
                fields=["state", "-created_at", "-id"],
                name="cases_case_state",
                condition=models.Q(state__in=OPEN_STATES),
            ),
            models.Index(fields=["due_at"], name="cases_case_due", condition=models.Q(state="handling")),
            models.Index(fields=["matter_class", "-created_at"], name="cases_case_class"),
            models.Index(
                fields=["level", "-created_at", "-id"],
                name="cases_case_level",
                condition=models.Q(state__in=OPEN_STATES) & ~models.Q(level=""),
            ),
            models.Index(
                fields=["community", "matter_class", "-closed_at", "-id"],
                name="cases_case_closed",
                condition=models.Q(state=CLOSED),
            ),
            models.Index(
                fields=["raised_to", "-created_at", "-id"],
                name="cases_case_raised",
                condition=models.Q(raised_to__isnull=False),
            ),
            models.Index(
                fields=["lon", "lat"], name="cases_case_place", condition=models.Q(state__in=OPEN_STATES)
            ),
        ]


class ReportLink(models.Model):
    """Report link 诉求关联: which case a report belongs to, dated. The open one has no `until`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="links", verbose_name="诉求", db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links", verbose_name="案件")
    cause = models.CharField("原因", max_length=8, choices=LinkCause.choices, default=LinkCause.ORIGIN)
    since = models.DateTimeField("起")
    until = models.DateTimeField("止", null=True)

    class Meta:
        verbose_name = "诉求关联"
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=models.Q(until=None), name="cases_link_one_open"
            )
        ]


class CaseSearch(models.Model):
    """Case search 案件检索: normalised text and its bigrams, apart from the row that changes often.

    `grams` holds each bigram as one integer (two UTF-16 units) and one token for each area of the case, so
    that a word inside a narrow scope is answered by the index alone.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, verbose_name="案件")
    body = models.TextField("规范文本")
    grams = ArrayField(models.IntegerField(), verbose_name="二元字")

    class Meta:
        verbose_name = "案件检索"
        indexes = [GinIndex(fields=["grams"], name="cases_search_grams")]


class CaseAccess(models.Model):
    """Case access 敏感案件名单: who may see a sensitive case, by account or by unit."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="access_list", verbose_name="案件")
    account = models.UUIDField("账号", null=True)
    unit = models.UUIDField("单位", null=True)
    granted_by = models.UUIDField("授权人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "敏感案件名单"


class Remark(models.Model):
    """Remark 办理意见: the free text of an act (a reason, an opinion), beside its journal entry.

    The journal holds only the salted commitment; text and salt are blanked when the last report of the case
    is erased, but for the grounds that staff gave for an erasure.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="remarks", verbose_name="案件")
    seq = models.PositiveIntegerField("存证序号")
    text = models.TextField("内容")
    salt = models.BinaryField("承诺盐")

    class Meta:
        verbose_name = "办理意见"
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="cases_remark_once")]
