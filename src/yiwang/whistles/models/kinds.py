"""Kinds of whistles, the matters that may be whistled, and the scales: all of it data, dated."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ...ledger.public import RootRow
from ..enums import Direction, KindPack, RatingQuestion


class WhistleKind(RootRow):
    """Kind of whistle 哨种: who may blow it, who approves, how many units, by when; from a day on.

    The newest row of a `code` that has begun and not ended is in force; a whistle keeps the row of its day.
    `is_on` says whether it may be blown now: the optional ones are loaded switched off.

    Attributes:
        blow_act, approve_act: named acts; who holds them is data of the posts.
        most_units: most units that report; 0 for any number.
        sign_amount and so on: limits from the dispatch on; empty for no limit.
        fence_metres: how near somebody must stand who reports.
        most_rings: how often one matter may be whistled before it goes to the district's leader.
        link_days: how long an outside unit's link holds after the last limit of its task, or after it was
            made when that is later.
        rates_both: whether the units rate the whistler too (双考核).
        basis: where the figures come from.
    """

    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=40)
    pack = models.CharField("分组", max_length=16, choices=KindPack.choices)
    direction = models.CharField("方向", max_length=16, choices=Direction.choices)
    scope = models.CharField("适用", max_length=200, default="", blank=True)
    blow_act = models.CharField("启动权", max_length=40)
    approve_act = models.CharField("审核权", max_length=40)
    most_units = models.PositiveSmallIntegerField("最多单位", default=0)
    sign_amount = models.DecimalField("签收时限", max_digits=8, decimal_places=4, null=True, blank=True)
    sign_unit = models.CharField("签收时限单位", max_length=12, default="", blank=True)
    contact_amount = models.DecimalField("联系时限", max_digits=8, decimal_places=4, null=True, blank=True)
    contact_unit = models.CharField("联系时限单位", max_length=12, default="", blank=True)
    report_amount = models.DecimalField("报到时限", max_digits=8, decimal_places=4, null=True, blank=True)
    report_unit = models.CharField("报到时限单位", max_length=12, default="", blank=True)
    finish_amount = models.DecimalField("办结时限", max_digits=8, decimal_places=4, null=True, blank=True)
    finish_unit = models.CharField("办结时限单位", max_length=12, default="", blank=True)
    fence_metres = models.PositiveIntegerField("围栏半径（米）", default=300)
    most_rings = models.PositiveSmallIntegerField("最多吹哨次数", default=2)
    link_days = models.PositiveSmallIntegerField("链接保留天数", default=7)
    may_recur = models.BooleanField("可定期", default=False)
    rates_both = models.BooleanField("双考核", default=False)
    is_on = models.BooleanField("启用", default=True)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "哨种"
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="whistles_kind_once"),
            models.CheckConstraint(
                name="whistles_kind_period", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WhistleMatter(RootRow):
    """Matter that may be whistled 吹哨事项: a named one, or a class of the catalog, for one kind or for all.

    Attributes:
        kind_code: code of the kind it holds for; empty for all.
        matter_class: class of the catalog, with everything below it; None for a matter by name alone.
    """

    kind_code = models.CharField("哨种", max_length=40, default="", blank=True)
    name = models.CharField("事项", max_length=80)
    field = models.CharField("领域", max_length=40, default="", blank=True)
    matter_class = models.UUIDField("事项类别", null=True, blank=True)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        verbose_name = "吹哨事项"
        constraints = [
            models.UniqueConstraint(fields=["kind_code", "name", "valid_from"], name="whistles_matter_once")
        ]

    def __str__(self) -> str:
        return self.name


class WorkStage(RootRow):
    """Stage of the work 整治阶段 that items of the list belong to, such as 拆违 or 美化."""

    code = models.CharField("代码", max_length=24, unique=True)
    label = models.CharField("名称", max_length=24)
    order = models.PositiveSmallIntegerField("次序", default=0)
    is_on = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "整治阶段"

    def __str__(self) -> str:
        return self.label


class WhistleRatingOption(RootRow):
    """Option of the scale 评哨选项: what may be said of response, attitude and result, and its points."""

    question = models.CharField("评哨问题", max_length=12, choices=RatingQuestion.choices)
    code = models.CharField("代码", max_length=24)
    label = models.CharField("名称", max_length=24)
    points = models.PositiveSmallIntegerField("分值")
    order = models.PositiveSmallIntegerField("次序", default=0)
    is_on = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "评哨选项"
        constraints = [models.UniqueConstraint(fields=["question", "code"], name="whistles_option_once")]


class FrequencyRule(RootRow):
    """Frequency rule 吹哨率阈值: how many whistles of a street in a month are too few or too many.

    `most` 0 sets no upper bound. The newest row that has begun is in force.
    """

    least = models.PositiveSmallIntegerField("每月至少")
    most = models.PositiveSmallIntegerField("每月至多", default=0)
    basis = models.CharField("依据", max_length=300, default="", blank=True)
    valid_from = models.DateField("生效日", unique=True)

    class Meta:
        verbose_name = "吹哨率阈值"


class OutsideUnit(RootRow):
    """Outside unit 外部单位: one without posts in this instance, such as 地铁公安, reached by a link.

    It holds no personal data: `how` says by which duty phone or document the link is handed over.
    """

    name = models.CharField("名称", max_length=100, unique=True)
    system = models.CharField("所属系统", max_length=60, default="", blank=True)
    how = models.CharField("送达方式", max_length=200, default="", blank=True)
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "外部单位"

    def __str__(self) -> str:
        return self.name
