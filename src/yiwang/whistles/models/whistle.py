"""Whistle 哨: what a street, community or firm calls units for."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ...cases.public import Case
from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..states import OPEN_STATES, WHISTLE_STATES
from .kinds import WhistleKind, WhistleMatter

#: Owner type of the evidence of a whistle.
WHISTLE_FILES = "whistles.whistle"


class Whistle(RootRow):
    """Whistle 哨 (root of its own stream; its tasks, minutes, items and ratings are journaled in it).

    Attributes:
        reasons, tried, wanted: why, what the whistler has tried already, what is asked of the units.
        communities: every community it is about: of the point, or of the area; decides who sees it once it is
            sent to units.
        home_communities: those of them on the whistler's own ground, else all of that ground; decides who
            approves, judges and coordinates, so that a neighbour drawn in by a shared zone does not.
        area: the area it is about, such as a street or a shared zone (共治片区); also the fence.
        street: the whistler's street, for assessment.
        whistler_unit, whistler_post, blown_by: who blew; accounts are keys, never names.
        gather_at, gather_place: when and where the units are to report; the street says so.
        rung: 1 for the first whistle of a matter, 2 for the second one, whose `parent` is the first.
        raised_at: when it last went to the district's leader.
        is_solved: what the whistler said when it ended; None before.
    """

    number = models.CharField("哨编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=12, choices=list(WHISTLE_STATES.items()))
    kind = models.ForeignKey(WhistleKind, models.PROTECT, related_name="whistles", verbose_name="哨种")
    matter = models.ForeignKey(
        WhistleMatter, models.PROTECT, related_name="whistles", verbose_name="吹哨事项", null=True, blank=True
    )
    title = models.CharField("标题", max_length=80)
    reasons = models.TextField("吹哨事由", default="", blank=True)
    tried = models.TextField("已做工作", default="", blank=True)
    wanted = models.TextField("请求事项", default="", blank=True)
    salt = models.BinaryField("承诺盐", default=new_salt)
    proposed_units = ArrayField(models.UUIDField(), verbose_name="建议报到单位", default=list, blank=True)
    address = models.CharField("地点", max_length=300, default="", blank=True)
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    fence_metres = models.PositiveIntegerField("围栏半径（米）", default=300)
    area = models.UUIDField("区域", null=True, blank=True)
    communities = ArrayField(models.UUIDField(), verbose_name="涉及社区", default=list, blank=True)
    home_communities = ArrayField(models.UUIDField(), verbose_name="吹哨方社区", default=list, blank=True)
    street = models.UUIDField("吹哨街道", null=True, blank=True)
    whistler_unit = models.UUIDField("吹哨单位")
    whistler_post = models.UUIDField("吹哨岗位", null=True, blank=True)
    enterprise = models.CharField("企业", max_length=100, default="", blank=True)
    created_by = models.UUIDField("起草人", null=True, blank=True)
    blown_by = models.UUIDField("吹哨人", null=True, blank=True)
    approved_by = models.UUIDField("审核人", null=True, blank=True)
    gather_at = models.DateTimeField("报到时间", null=True, blank=True)
    gather_place = models.CharField("报到地点", max_length=200, default="", blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上一次吹哨"
    )
    rung = models.PositiveSmallIntegerField("第几次吹哨", default=1)
    schedule = models.ForeignKey(
        "whistles.WhistleSchedule", models.PROTECT, null=True, blank=True, related_name="whistles",
        verbose_name="定期哨",
    )  # fmt: skip
    is_solved = models.BooleanField("已解决", null=True, blank=True)
    created_at = models.DateTimeField("起草时间")
    blown_at = models.DateTimeField("吹哨时间", null=True, blank=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    judged_at = models.DateTimeField("派发时间", null=True, blank=True)
    raised_at = models.DateTimeField("提级时间", null=True, blank=True)
    ended_at = models.DateTimeField("销哨时间", null=True, blank=True)

    class Meta:
        verbose_name = "哨"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="whistles_recent"),
            models.Index(
                fields=["state", "-created_at", "-id"],
                name="whistles_open",
                condition=models.Q(state__in=OPEN_STATES),
            ),
            models.Index(fields=["whistler_unit", "-created_at", "-id"], name="whistles_whistler"),
            models.Index(fields=["street", "blown_at"], name="whistles_street"),
            GinIndex(fields=["communities"], name="whistles_communities"),
            GinIndex(fields=["home_communities"], name="whistles_home"),
        ]

    def __str__(self) -> str:
        return self.title


class WhistleCase(models.Model):
    """Case of a whistle 哨关联案件: a case that it is blown for; the case stays what it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whistle = models.ForeignKey(Whistle, models.PROTECT, related_name="case_links", verbose_name="哨")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", verbose_name="案件")

    class Meta:
        verbose_name = "哨关联案件"
        constraints = [models.UniqueConstraint(fields=["whistle", "case"], name="whistles_case_once")]


class WhistleRemark(models.Model):
    """Remark on a whistle 哨办理意见: the free text of an act, beside its journal entry with a commitment."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whistle = models.ForeignKey(Whistle, models.PROTECT, related_name="remarks", verbose_name="哨")
    seq = models.PositiveIntegerField("存证序号")
    text = models.TextField("内容")
    salt = models.BinaryField("承诺盐")

    class Meta:
        verbose_name = "哨办理意见"
        constraints = [models.UniqueConstraint(fields=["whistle", "seq"], name="whistles_remark_once")]
