"""Posts 岗位: what they permit, who holds them, who is on duty."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import HoldingKind
from .areas import Area
from .periods import ends_after_start, no_overlap
from .units import Unit


class PostKind(RootRow):
    """Post kind 岗位类别: the acts that posts of this kind permit, as data.

    `grants` is a list of `{"act": "cases.close", "scope": "everywhere" | "area" | "unit"}`.
    `exclusive_with` lists the codes of kinds that no account may hold at the same time (三员分立). `shipped`
    is what the package said of the kind when it was last loaded or adopted: `{"name", "grants",
    "exclusive_with"}`; null for a kind of the city's own. A kind that still says the same was never edited.
    """

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=40)
    grants = models.JSONField("授权", default=list)
    exclusive_with = models.JSONField("互斥岗位类别", default=list)
    shipped = models.JSONField("随附设定", null=True, blank=True)
    position = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "岗位类别"

    def __str__(self) -> str:
        return self.name


class Post(RootRow):
    """Post 岗位: a place in a unit with what its kind permits, in `area` (by default the unit's own).

    Several people may hold one post. A closed post grants nothing.
    """

    kind = models.ForeignKey(PostKind, models.PROTECT, related_name="posts", verbose_name="岗位类别")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name="机构")
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name="区域"
    )
    name = models.CharField("名称", max_length=60, blank=True, default="")
    closed_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = "岗位"


class Holding(models.Model):
    """Holding 任职: an account holds a post in [starts_at, ends_at), regularly or as a deputy (代理).

    A deputy always has an end, a reason and the regular holding it stands in for.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="holdings", verbose_name="账号"
    )
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings", verbose_name="岗位")
    kind = models.CharField("方式", max_length=16, choices=HoldingKind.choices, default=HoldingKind.REGULAR)
    deputy_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="deputies", verbose_name="所代理的任职"
    )
    reason = models.CharField("事由", max_length=200, blank=True, default="")
    starts_at = models.DateTimeField("起始时间")
    ends_at = models.DateTimeField("终止时间", null=True, blank=True)

    class Meta:
        verbose_name = "任职"
        constraints = [
            no_overlap(
                "orgs_holding_once", "account", "post", start="starts_at", end="ends_at", function="tstzrange"
            ),
            ends_after_start("orgs_holding_period", start="starts_at", end="ends_at"),
            models.CheckConstraint(
                name="orgs_holding_deputy",
                condition=Q(kind=HoldingKind.REGULAR, deputy_of__isnull=True)
                | (
                    Q(kind=HoldingKind.DEPUTY, deputy_of__isnull=False, ends_at__isnull=False) & ~Q(reason="")
                ),
            ),
        ]


class DutyRoster(models.Model):
    """Duty roster 值班表: an account is on duty for a unit in [starts_at, ends_at)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duty_roster", verbose_name="机构")
    post_kind = models.ForeignKey(
        PostKind, models.PROTECT, related_name="duty_roster", verbose_name="岗位类别"
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="duty_roster", verbose_name="账号"
    )
    starts_at = models.DateTimeField("起始时间")
    ends_at = models.DateTimeField("终止时间")

    class Meta:
        verbose_name = "值班表"
        constraints = [
            no_overlap(
                "orgs_duty_once",
                "unit",
                "account",
                "post_kind",
                start="starts_at",
                end="ends_at",
                function="tstzrange",
            ),
            ends_after_start("orgs_duty_period", start="starts_at", end="ends_at"),
        ]
        indexes = [models.Index(fields=["unit", "ends_at"], name="orgs_duty_unit_end")]
