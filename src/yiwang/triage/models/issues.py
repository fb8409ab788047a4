"""Hot issues 热点问题: what reports over a period come down to, day by day; and public answers to them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ...ledger.public import RootRow


class IssueRun(RootRow):
    """Issue run 热点研判: one reckoning of the issues of an area over the days before an instant.

    `area` is an area of either tree, None for the whole city. The worker fills in the end.
    """

    area = models.UUIDField("区域", null=True)
    days = models.SmallIntegerField("统计天数")
    asked_by = models.UUIDField("发起人", null=True)
    asked_at = models.DateTimeField("发起时间")
    done_at = models.DateTimeField("完成时间", null=True)
    reports = models.IntegerField("诉求数", default=0)
    issues = models.IntegerField("热点数", default=0)

    class Meta:
        verbose_name = "热点研判"
        indexes = [models.Index(fields=["area", "days", "-asked_at"], name="triage_run_lens")]


class HotIssue(RootRow):
    """Hot issue 热点问题 (root of its own stream): reports of one place and one matter.

    It lives within one lens: an area (None: the whole city) and a number of days. `name` is what a person
    wrote, else what the grouping found (`found_name`), out of reports that may be quoted only. Figures are
    those of the last reckoning; `IssueDay` keeps the earlier ones. `months` are Shanghai months in which
    reports came, so that what returns is seen.
    """

    area = models.UUIDField("区域", null=True)
    days = models.SmallIntegerField("统计天数")
    name = models.CharField("名称", max_length=60)
    found_name = models.CharField("系统命名", max_length=60)
    is_named = models.BooleanField("人工命名", default=False)
    place = models.CharField("地点", max_length=60, default="")
    matter = models.CharField("事由", max_length=60, default="")
    is_current = models.BooleanField("当前", default=True)
    index = models.FloatField("热度指数", default=0)
    parts = models.JSONField("指数构成", default=dict)
    reports = models.IntegerField("诉求数", default=0)
    people = models.IntegerField("人数", default=0)
    hidden = models.IntegerField("不公开诉求数", default=0)
    spread = models.IntegerField("涉及地点数", default=0)
    growth = models.FloatField("增长倍数", default=1)
    first_at = models.DateTimeField("最早诉求", null=True)
    last_at = models.DateTimeField("最近诉求", null=True)
    found_at = models.DateTimeField("首次发现")
    reckoned_at = models.DateTimeField("最近计算")
    communities = ArrayField(models.UUIDField(), verbose_name="涉及社区", default=list)
    months = ArrayField(models.CharField(max_length=7), verbose_name="出现月份", default=list)
    merged_into = models.UUIDField("并入热点", null=True)
    split_from = models.UUIDField("分出自热点", null=True)

    class Meta:
        verbose_name = "热点问题"
        indexes = [
            models.Index(
                fields=["area", "days", "-index", "-id"],
                name="triage_issue_hot",
                condition=models.Q(is_current=True),
            ),
            GinIndex(fields=["communities"], name="triage_issue_where"),
        ]


class IssueDay(models.Model):
    """Issue day 热点日指标: the figures of an issue as they were reckoned on one Shanghai day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issue = models.ForeignKey(
        HotIssue, on_delete=models.CASCADE, related_name="daily", verbose_name="热点问题", db_index=False
    )
    day = models.DateField("日期")
    index = models.FloatField("热度指数")
    reports = models.IntegerField("诉求数")
    people = models.IntegerField("人数")
    rank = models.IntegerField("名次")

    class Meta:
        verbose_name = "热点日指标"
        constraints = [models.UniqueConstraint(fields=["issue", "day"], name="triage_issueday_once")]


class IssueMember(models.Model):
    """Issue member 热点诉求: a report of an issue with its case; `is_current` while the period holds it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issue = models.ForeignKey(
        HotIssue, on_delete=models.CASCADE, related_name="members", verbose_name="热点问题", db_index=False
    )
    report = models.UUIDField("诉求")
    case = models.UUIDField("案件", db_index=True)
    at = models.DateTimeField("诉求时间")
    is_quoted = models.BooleanField("可引用", default=True)
    is_current = models.BooleanField("当前", default=True)

    class Meta:
        verbose_name = "热点诉求"
        constraints = [models.UniqueConstraint(fields=["issue", "report"], name="triage_member_once")]
        indexes = [models.Index(fields=["report"], name="triage_member_report")]


class PublicAnswer(RootRow):
    """Public answer 公开答复 (root of its own stream): one answer to a question that many ask (高频共性问题).

    Written by an authorised person; dated; shown to everybody without login until it is withdrawn. The
    journal holds salted commitments to title and text.
    """

    issue = models.UUIDField("热点问题", null=True, db_index=True)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("答复内容")
    salt = models.BinaryField("承诺盐", default=new_salt)
    published_at = models.DateTimeField("公布时间")
    changed_at = models.DateTimeField("更新时间")
    withdrawn_at = models.DateTimeField("撤下时间", null=True)

    class Meta:
        verbose_name = "公开答复"
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="triage_answer_public",
                condition=models.Q(withdrawn_at=None),
            )
        ]
