"""Tables of the owner stage: replays of drafts of the responsibility list, and precedents."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ...ledger.public import RootRow
from ..enums import ReplayState
from ..states import OPEN, PRECEDENT


class Replay(RootRow):
    """Replay 权责重放: what a draft would have changed for the cases of some months, counted by the worker.

    Attributes:
        draft_version: version of the draft that was replayed; the draft may have moved on since.
        since, until: the cases' instants, half-open.
        total, done: cases to look at, and looked at so far.
        result: the counts, as `rules.owning.replaying.Tally.plain` gives them.
    """

    draft = models.ForeignKey(
        "catalog.ResponsibilityDraft", models.PROTECT, related_name="+", verbose_name="权责变更草案"
    )
    draft_version = models.PositiveIntegerField("草案版本")
    months = models.PositiveSmallIntegerField("月数")
    since = models.DateTimeField("起")
    until = models.DateTimeField("止")
    state = models.CharField("状态", max_length=8, choices=ReplayState.choices, default=ReplayState.QUEUED)
    total = models.PositiveIntegerField("案件数", default=0)
    done = models.PositiveIntegerField("已重放", default=0)
    result = models.JSONField("结果", default=dict, blank=True)
    failure = models.CharField("未完成原因", max_length=200, default="", blank=True)
    asked_by = models.UUIDField("提出人", null=True)
    asked_at = models.DateTimeField("提出时间")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "权责重放"
        indexes = [models.Index(fields=["draft", "-id"], name="triage_replay_draft")]

    def __str__(self) -> str:
        return f"{self.months} 个月"


class Precedent(RootRow):
    """Precedent 权责先例: cases that came back from one unit and were given to another; a row to propose.

    Attributes:
        area: the street of the cases, or their district; empty when it is not known.
        host_unit: the unit that took them.
        from_unit_ids: the units that they came back from.
        case_ids: the newest cases it rests on, at most 50; `count` counts all.
        draft: the draft it was taken over into.
        decision: why it was dismissed.
    """

    matter_class = models.ForeignKey(
        "catalog.MatterClass", models.PROTECT, related_name="+", verbose_name="事项分类"
    )
    condition = models.ForeignKey(
        "catalog.RegisteringCondition",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="立案条件",
    )
    area = models.ForeignKey(
        "orgs.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="区域"
    )
    host_unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+", verbose_name="主办单位")
    from_unit_ids = ArrayField(models.UUIDField(), verbose_name="退出单位", default=list)
    case_ids = ArrayField(models.UUIDField(), verbose_name="依据案件", default=list)
    count = models.PositiveIntegerField("案件数", default=0)
    state = models.CharField("状态", max_length=10, choices=list(PRECEDENT.states.items()), default=OPEN)
    draft = models.ForeignKey(
        "catalog.ResponsibilityDraft",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="权责变更草案",
    )
    decision = models.CharField("不采纳理由", max_length=200, default="", blank=True)
    first_at = models.DateTimeField("首次")
    last_at = models.DateTimeField("最近")
    decided_by = models.UUIDField("决定人", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)

    class Meta:
        verbose_name = "权责先例"
        constraints = [
            models.UniqueConstraint(
                fields=["matter_class", "condition", "area", "host_unit"],
                condition=Q(state=OPEN),
                nulls_distinct=False,
                name="triage_precedent_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
