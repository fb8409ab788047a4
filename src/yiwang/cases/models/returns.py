"""Returns 退单, arbitrations 争议裁定, handovers 首问移交, and the data that governs them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import ArbitrationCause, FallbackCause, ReturnStart, RulingMode
from ..states import ARBITRATION, ASKED, RETURN
from .case import Case
from .task import Task
from .wishes import Wish


class ReturnReason(RootRow):
    """Return reason 退单理由: one entry of the list that a unit chooses from, with its basis."""

    code = models.CharField("代码", max_length=24, unique=True)
    label = models.CharField("名称", max_length=24)
    label_en = models.CharField("英文名称", max_length=40, default="", blank=True)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    order = models.SmallIntegerField("次序", default=0)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "退单理由"


class ReturnRule(RootRow):
    """Return rule 退单规则: limits of returning, ruling, arbitrating and of the fallback, from a day on.

    A row with an empty `class_kind` holds for every kind of matter, one with a kind goes before it. Limits
    are an amount and a unit of time (`urgent_hour`, `work_hour`, `work_day`, …). `ask_from` says from when
    the limit of asking counts; counted from signing, a task that is not signed for yet may be returned.
    """

    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    ask_amount = models.DecimalField("申请退单期限", max_digits=8, decimal_places=4)
    ask_unit = models.CharField("申请退单期限单位", max_length=12)
    ask_from = models.CharField(
        "退单期限起点", max_length=8, choices=ReturnStart.choices, default=ReturnStart.DISPATCH,
        db_default=ReturnStart.DISPATCH,
    )  # fmt: skip
    review_amount = models.DecimalField("审核期限", max_digits=8, decimal_places=4)
    review_unit = models.CharField("审核期限单位", max_length=12)
    arbitrate_from = models.SmallIntegerField("第几次退单起须裁定", default=2)
    ruling_amount = models.DecimalField("裁定期限", max_digits=8, decimal_places=4)
    ruling_unit = models.CharField("裁定期限单位", max_length=12)
    fallback_amount = models.DecimalField("待派遣多久可兜底", max_digits=8, decimal_places=4)
    fallback_unit = models.CharField("兜底等候单位", max_length=12)
    most_transfers = models.SmallIntegerField("首问最多移交次数", default=1)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日")

    class Meta:
        verbose_name = "退单规则"
        constraints = [
            models.UniqueConstraint(fields=["class_kind", "valid_from"], name="cases_returnrule_once")
        ]


class FallbackOwner(RootRow):
    """Fallback owner 兜底单位: who takes a case of an area when nobody's duty is clear.

    The narrowest area goes before a wider one, a kind of matter before all kinds.
    """

    area = models.UUIDField("区域")
    class_kind = models.CharField("事项种类", max_length=12, default="", blank=True)
    unit = models.UUIDField("单位")
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "兜底单位"
        indexes = [models.Index(fields=["valid_from", "id"], name="cases_fallback_days")]


class FallbackTaking(models.Model):
    """Fallback taking 兜底承接: a case that its fallback owner took, and why; the words stand at `seq`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="fallbacks", verbose_name="案件")
    unit = models.UUIDField("单位")
    cause = models.CharField("兜底原因", max_length=10, choices=FallbackCause.choices)
    round = models.SmallIntegerField("办理轮次")
    at = models.DateTimeField("时间")
    seq = models.PositiveIntegerField("存证序号")

    class Meta:
        verbose_name = "兜底承接"


class TaskReturn(Wish):
    """Task return 退单: a unit asks to give its task back; the dispatcher, or an arbitration, decides.

    Words stand as remarks at `asked_seq` and `decided_seq`. `due_at` is the limit of the decision; the task's
    own clock is not touched.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="returns", verbose_name="案件")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="returns", verbose_name="任务")
    unit = models.UUIDField("申请单位")
    number = models.SmallIntegerField("第几次")
    reason = models.CharField("退单理由", max_length=24)
    proposed_unit = models.UUIDField("建议承办单位", null=True)
    evidence = ArrayField(models.UUIDField(), verbose_name="证据", default=list)
    state = models.CharField("状态", max_length=12, choices=list(RETURN.states.items()), default=ASKED)
    due_at = models.DateTimeField("审核期限")
    due_explanation = models.TextField("期限说明", default="")
    calendar_version = models.IntegerField("日历版本", null=True)

    class Meta:
        verbose_name = "退单"
        indexes = [
            models.Index(fields=["due_at", "id"], name="cases_return_open", condition=models.Q(state=ASKED)),
            models.Index(fields=["unit", "-asked_at"], name="cases_return_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=models.Q(state__in=(ASKED, "arbitrating")),
                name="cases_return_one_open",
            )
        ]  # fmt: skip


class Arbitration(Wish):
    """Arbitration 争议裁定: whose job a case is, decided by somebody who neither dispatched nor is a party.

    `legal_basis` is a clause, committed to in the journal with `salt`; the words stand at `decided_seq`.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="arbitrations", verbose_name="案件")
    cause = models.CharField("裁定事由", max_length=8, choices=ArbitrationCause.choices)
    task_return = models.ForeignKey(
        TaskReturn, on_delete=models.PROTECT, null=True, related_name="arbitrations", verbose_name="退单"
    )
    asking_unit = models.UUIDField("提出单位", null=True)
    proposed_unit = models.UUIDField("建议承办单位", null=True)
    parties = ArrayField(models.UUIDField(), verbose_name="争议单位", default=list)
    dispatchers = ArrayField(models.UUIDField(), verbose_name="派遣人", default=list)
    state = models.CharField("状态", max_length=8, choices=list(ARBITRATION.states.items()), default=ASKED)
    due_at = models.DateTimeField("裁定期限")
    due_explanation = models.TextField("期限说明", default="")
    calendar_version = models.IntegerField("日历版本", null=True)
    mode = models.CharField("裁定方式", max_length=10, choices=RulingMode.choices, default="", blank=True)
    host = models.UUIDField("裁定主办单位", null=True)
    co_units = ArrayField(models.UUIDField(), verbose_name="裁定协办单位", default=list)
    legal_basis = models.CharField("法定依据", max_length=300, default="", blank=True)
    salt = models.BinaryField("承诺盐", default=new_salt)

    class Meta:
        verbose_name = "争议裁定"
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="cases_arbitration_open", condition=models.Q(state=ASKED)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state=ASKED), name="cases_arbitration_one_open"
            )
        ]


class ArbitrationView(models.Model):
    """Arbitration view 会商意见: what a unit said in the meeting; the words stand at `seq`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    arbitration = models.ForeignKey(
        Arbitration, on_delete=models.PROTECT, related_name="views", verbose_name="争议裁定"
    )
    unit = models.UUIDField("参加单位")
    post = models.CharField("参加岗位", max_length=40)
    seq = models.PositiveIntegerField("存证序号")

    class Meta:
        verbose_name = "会商意见"


class Handover(models.Model):
    """Handover 首问移交: the first asked unit gives the case to another, once; shown by unit and post."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers", verbose_name="案件")
    number = models.SmallIntegerField("第几次")
    from_unit = models.UUIDField("首问单位")
    from_post = models.UUIDField("移交岗位", null=True)
    to_unit = models.UUIDField("接收单位")
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, null=True, related_name="handovers", verbose_name="接收单位任务"
    )
    at = models.DateTimeField("移交时间")
    seq = models.PositiveIntegerField("存证序号")

    class Meta:
        verbose_name = "首问移交"
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="cases_handover_once")]
