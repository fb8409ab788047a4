"""Applications about a task or a case, the approvals they went through, and the rules and reasons as data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ApplicationKind, LapseCause
from ..states import APPLICATION, ASKED, LAPSED
from .case import Case
from .task import Task
from .wishes import Wish


class Application(Wish):
    """Application 申请: 延期, 挂账, 超时申诉 or 剔除, asked with reason and evidence, decided by others.

    Belongs to the stream of its case; the words stand beside its entries (`Remark`). It keeps what the rule
    of its day demanded (`approvals`, `answer_due_at`); `waits_for` names the act that the next step needs.
    Until the last approval nothing moves. What an approval moved stands in `moved`: for each clock its task
    (null for the promise), the instants before and after, and what was left of it in seconds. One whose task
    ended first has lapsed, by `lapse_cause`.
    """

    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="applications", verbose_name="案件", db_index=False
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="applications", verbose_name="任务", null=True,
        db_index=False,
    )  # fmt: skip
    kind = models.CharField("申请类别", max_length=10, choices=ApplicationKind.choices)
    state = models.CharField("状态", max_length=10, choices=list(APPLICATION.states.items()), default=ASKED)
    unit = models.UUIDField("申请单位", null=True)
    round = models.SmallIntegerField("办理轮次", default=0)
    reason_code = models.CharField("事由", max_length=24)
    until = models.DateField("挂账至", null=True)
    undoes = models.BooleanField("恢复计入考核", default=False)
    evidence = ArrayField(models.UUIDField(), verbose_name="证据", default=list)
    was_overdue = models.BooleanField("申请时已超时", default=False)
    approvals = ArrayField(models.CharField(max_length=40), verbose_name="审批环节", default=list)
    approved_steps = models.SmallIntegerField("已同意环节数", default=0)
    waits_for = models.CharField("待审批权限", max_length=40, default="", blank=True)
    answer_due_at = models.DateTimeField("答复时限", null=True)
    moved = models.JSONField("时限变动", default=list)
    explanation = models.TextField("变动说明", default="", blank=True)
    resumed_at = models.DateTimeField("恢复时间", null=True)
    lapse_cause = models.CharField(
        "失效原因", max_length=10, choices=LapseCause.choices, default="", blank=True, db_default=""
    )

    class Meta:
        verbose_name = "申请"
        indexes = [
            models.Index(fields=["case", "asked_at"], name="cases_application_case"),
            models.Index(
                fields=["asked_at", "id"], name="cases_application_open", condition=models.Q(state=ASKED)
            ),
            models.Index(
                fields=["-decided_at", "-id"],
                name="cases_application_lapsed",
                condition=models.Q(state=LAPSED),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "task", "kind"],
                condition=models.Q(state=ASKED),
                name="cases_application_one_open",
                nulls_distinct=False,
            )
        ]


class ApplicationApproval(models.Model):
    """Application approval 申请审批: one step, yes or no by one person; its words stand as a remark."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="steps", verbose_name="申请"
    )
    step = models.SmallIntegerField("环节")
    act = models.CharField("审批权限", max_length=40)
    is_approval = models.BooleanField("同意")
    by = models.UUIDField("审批人", null=True)
    post = models.UUIDField("审批岗位", null=True)
    at = models.DateTimeField("审批时间")
    seq = models.PositiveIntegerField("存证序号")

    class Meta:
        verbose_name = "申请审批"
        constraints = [
            models.UniqueConstraint(fields=["application", "step"], name="cases_approval_once"),
        ]


class ApplicationRule(RootRow):
    """Application rule 申请规则: when an application of a kind may be asked, and who approves it, as data.

    The row of a class goes before that of its kind of class, that before the general one; the newest that has
    begun and not ended is in force. `approvals` names an act a step, in order, each by another person.
    `states` are those of the case in which it may be asked. Validity is half-open in Shanghai days.
    """

    kind = models.CharField("申请类别", max_length=10, choices=ApplicationKind.choices)
    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True)
    states = ArrayField(models.CharField(max_length=12), verbose_name="可申请的案件状态", default=list)
    max_times = models.SmallIntegerField("最多次数")
    counts_refused = models.BooleanField("不予批准也计次", default=False)
    when_overdue = models.BooleanField("超时后可申请", default=False)
    longest_days = models.SmallIntegerField("最长天数", null=True)
    evidence_files = models.SmallIntegerField("至少证据件数", default=0)
    approvals = ArrayField(models.CharField(max_length=40), verbose_name="审批环节", default=list)
    answer_amount = models.DecimalField("答复时限数值", max_digits=8, decimal_places=4, null=True)
    answer_unit = models.CharField("答复时限单位", max_length=12, default="", blank=True)
    basis = models.CharField("依据", max_length=200, default="", blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "申请规则"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "class_kind", "matter_class", "valid_from"],
                name="cases_application_rule_once",
                nulls_distinct=False,
            )
        ]


class ApplicationReason(RootRow):
    """Application reason 申请事由: one reason that an application of a kind may give, as data.

    What a reporter is told of an extension or suspension is this label, never the words of the application.
    """

    kind = models.CharField("申请类别", max_length=10, choices=ApplicationKind.choices)
    code = models.CharField("代码", max_length=24)
    label = models.CharField("名称", max_length=40)
    label_en = models.CharField("英文名称", max_length=60, default="", blank=True)
    basis = models.CharField("依据", max_length=200, default="", blank=True)
    order = models.SmallIntegerField("次序", default=0)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "申请事由"
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="cases_application_reason_once")]
