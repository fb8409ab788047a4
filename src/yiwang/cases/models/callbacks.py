"""Call-backs 回访: which closed cases are called about, the script, and every attempt to reach somebody."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import AttemptResult, CallbackCause, CallbackState, CallbackWay, QuestionKind
from .case import Case
from .checks import Rating
from .report import Report


class CallbackRule(RootRow):
    """Call-back rule 回访规则: whom we ask after closing, how often, and what follows when it is not solved.

    A row with `matter_class` goes before one of its kind, that before the general one. `wait_hours` leaves
    the reporter time to rate through the link first; `retry_hours` stand between attempts; after `attempts`
    without an answer it is 无效联系. A reporter who is not satisfied brings the case back to its host
    `redo_most` times, one who asks for it back to dispatch `reopen_most` times; after that a person looks.
    Another report of the same within `repeat_days` reopens it; it is proposed when it comes from the same
    contact or from within `repeat_metres`.
    """

    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True)
    sample_percent = models.SmallIntegerField("抽样比例（%）", default=30)
    wait_hours = models.SmallIntegerField("等候自评小时数", default=24)
    attempts = models.SmallIntegerField("最多联系次数", default=3)
    retry_hours = models.SmallIntegerField("再次联系间隔小时数", default=4)
    redo_most = models.SmallIntegerField("最多重办次数", default=2)
    reopen_most = models.SmallIntegerField("诉求人最多要求重办次数", default=3, db_default=3)
    repeat_days = models.SmallIntegerField("重复来件重办天数", default=30)
    repeat_metres = models.SmallIntegerField("重复来件距离（米）", default=100, db_default=100)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "回访规则"
        constraints = [
            models.UniqueConstraint(
                fields=["class_kind", "matter_class", "valid_from"],
                name="cases_callback_rule_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(sample_percent__gte=0, sample_percent__lte=100),
                name="cases_callback_share",
            ),
        ]


class CallbackQuestion(RootRow):
    """Call-back question 回访问题: one line of the phone script, in order."""

    code = models.CharField("代码", max_length=24)
    kind = models.CharField("种类", max_length=12, choices=QuestionKind.choices)
    text = models.CharField("问法", max_length=200)
    text_en = models.CharField("英文问法", max_length=300, default="", blank=True)
    order = models.SmallIntegerField("次序", default=0)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "回访问题"
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="cases_callback_question_once")
        ]


class Callback(models.Model):
    """Call-back 回访: one reporter is asked about one round, by somebody who did not handle it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="callbacks", verbose_name="案件")
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="callbacks", verbose_name="诉求"
    )
    round = models.SmallIntegerField("办理轮次")
    cause = models.CharField("原因", max_length=10, choices=CallbackCause.choices)
    state = models.CharField(
        "状态", max_length=12, choices=CallbackState.choices, default=CallbackState.WAITING
    )
    opened_at = models.DateTimeField("发起时间")
    next_at = models.DateTimeField("下次联系时间")
    attempts = models.SmallIntegerField("已联系次数", default=0)
    attempts_most = models.SmallIntegerField("最多联系次数")
    retry_hours = models.SmallIntegerField("再次联系间隔小时数")
    rating = models.ForeignKey(
        Rating, on_delete=models.PROTECT, null=True, related_name="callbacks", verbose_name="评价"
    )
    answers = models.JSONField("问答", default=dict)
    by = models.UUIDField("回访人", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "回访"
        constraints = [
            models.UniqueConstraint(fields=["report", "case", "round"], name="cases_callback_once")
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="cases_callback_waiting", condition=models.Q(state="waiting")
            )
        ]


class CallbackAttempt(models.Model):
    """Call-back attempt 联系记录: when, by which way, and whether somebody was reached.

    What was noted, or the text of a message, is the remark at `seq`. A message is queued when a gateway is
    on, else recorded for somebody to send.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    callback = models.ForeignKey(
        Callback, on_delete=models.PROTECT, related_name="tries", verbose_name="回访"
    )
    way = models.CharField("方式", max_length=8, choices=CallbackWay.choices)
    result = models.CharField("结果", max_length=10, choices=AttemptResult.choices)
    seq = models.PositiveIntegerField("存证序号", null=True)
    by = models.UUIDField("经办人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "联系记录"
        indexes = [models.Index(fields=["callback", "at"], name="cases_attempt_callback")]
