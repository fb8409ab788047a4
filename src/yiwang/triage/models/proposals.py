"""Proposals 研判建议, what became of them, cases that wait for one, and rules of acting by itself."""

from __future__ import annotations

from django.db import models

from ...kernel.ids import uuid7
from ...ledger.public import RootRow
from ..enums import TriageStage, Verdict


class Waiting(models.Model):
    """Waiting 待研判: a case that the stages have not seen yet; gone once they have."""

    case = models.UUIDField("案件", primary_key=True)
    since = models.DateTimeField("起")
    retry_at = models.DateTimeField("再试时间", null=True)
    attempts = models.SmallIntegerField("已试次数", default=0)

    class Meta:
        verbose_name = "待研判"
        indexes = [models.Index(fields=["since"], name="triage_waiting_since")]


class Proposal(RootRow):
    """Proposal 研判建议 (root of its own stream): what the stages said of a case at one time, and why.

    `body` is `rules.chain.Triaged` as JSON; its reasons quote the reporter, so an erasure blanks them. The
    latest proposal of a case counts; earlier ones stay, so that an act is explained by the words of its day.
    `before` holds what the case was before the platform acted by itself, so that the act can be undone.
    """

    case = models.UUIDField("案件")
    report = models.UUIDField("诉求")
    made_at = models.DateTimeField("研判时间")
    body = models.JSONField("建议内容")
    matter_class = models.UUIDField("建议类别", null=True)
    confidence = models.FloatField("把握", default=0.0)
    is_sure = models.BooleanField("把握足够", default=False)
    model = models.CharField("模型版本", max_length=60, default="", blank=True)
    rule = models.UUIDField("自动办理规则", null=True)
    refusals = models.JSONField("未自动办理的原因", default=list)
    acted_at = models.DateTimeField("自动办理时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    before = models.JSONField("办理前", default=dict)

    class Meta:
        verbose_name = "研判建议"
        indexes = [
            models.Index(fields=["case", "-made_at"], name="triage_proposal_case"),
            models.Index(
                fields=["-acted_at"], name="triage_proposal_acted", condition=models.Q(acted_at__isnull=False)
            ),
        ]


class ProposalVerdict(models.Model):
    """Verdict on a proposal 采纳情况: what a person, or the platform itself, did with one stage of it.

    `proposed` and `chosen` are keys of classes, areas, units or cases. Corrections feed the next training.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="verdicts", verbose_name="研判建议"
    )
    stage = models.CharField("环节", max_length=8, choices=TriageStage.choices)
    verdict = models.CharField("采纳情况", max_length=10, choices=Verdict.choices)
    proposed = models.UUIDField("建议", null=True)
    chosen = models.UUIDField("选定", null=True)
    by = models.UUIDField("办理人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "采纳情况"
        indexes = [models.Index(fields=["stage", "verdict", "-at"], name="triage_verdict_stage")]


class AutomaticRule(RootRow):
    """Automatic rule 自动办理规则: a class, perhaps in one area, that the platform handles when it is sure.

    Ended, never edited: what was done by itself is explained by the rule of its day.
    """

    matter_class = models.ForeignKey(
        "catalog.MatterClass", models.PROTECT, related_name="+", verbose_name="事项类别"
    )
    area = models.ForeignKey(
        "orgs.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="区域"
    )
    threshold = models.FloatField("最低把握")
    dispatches = models.BooleanField("直接派遣", default=False)
    set_at = models.DateTimeField("设定时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "自动办理规则"
        constraints = [
            models.UniqueConstraint(
                fields=["matter_class", "area"], condition=models.Q(ended_at=None), nulls_distinct=False,
                name="triage_rule_once",
            ),
            models.CheckConstraint(
                condition=models.Q(threshold__gte=0.5, threshold__lte=1.0), name="triage_rule_threshold"
            ),
        ]  # fmt: skip
