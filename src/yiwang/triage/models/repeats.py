"""Repeats 重复: keys of open cases, what people judged of pairs, and when the platform merges."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ...ledger.public import RootRow
from ..enums import PairVerdict


class RepeatKey(models.Model):
    """Repeat key 查重特征: what is compared of one report of an open case; gone with the case's end.

    Coordinates are WGS84 degrees. `reporter` is 56 bits of the blind index, `grams` the bigrams of the
    problem as little-endian 32-bit integers, `matters` bits of `rules.repeats.matters`. The first key of a
    case carries its number of reports. Derived from the report alone: an erasure takes it away (PIPL §47).
    """

    case = models.UUIDField("案件")
    report = models.UUIDField("诉求")
    at = models.DateTimeField("来件时间")
    report_count = models.IntegerField("诉求数", default=1)
    matter_class = models.UUIDField("事项类别", null=True)
    family = models.IntegerField("类别族", default=0)
    matters = models.BigIntegerField("问题词", default=0)
    lon = models.FloatField("经度", null=True)
    lat = models.FloatField("纬度", null=True)
    area = models.UUIDField("区域", null=True)
    reporter = models.BigIntegerField("来件人索引", default=0)
    part_code = models.CharField("部件编码", max_length=20, default="", blank=True)
    pictures = ArrayField(models.BigIntegerField(), verbose_name="照片指纹", default=list)
    places = ArrayField(models.CharField(max_length=40), verbose_name="地名", default=list)
    marks = ArrayField(models.CharField(max_length=40), verbose_name="细节", default=list)
    grams = models.BinaryField("二元字", default=b"")

    class Meta:
        verbose_name = "查重特征"
        indexes = [
            models.Index(fields=["case"], name="triage_repeatkey_case"),
            models.Index(
                fields=["-report_count", "-case"], name="triage_repeatkey_many",
                condition=models.Q(report_count__gte=2),
            ),
        ]  # fmt: skip


class RepeatToken(models.Model):
    """Repeat token 查重索引: a key under a token; the newest keys of a token are read first."""

    pk = models.CompositePrimaryKey("token", "key")
    token = models.BigIntegerField("索引值")
    key = models.BigIntegerField("特征")

    class Meta:
        verbose_name = "查重索引"
        indexes = [models.Index(fields=["key"], name="triage_repeattoken_key")]


class RepeatPair(RootRow):
    """Repeat pair 重复判定 (root of its own stream): two cases, and whether they are one problem.

    `first` is the smaller key. A pair that is `different` is never proposed again; `features` are kept by
    name so that the next learning counts it. `score` is the certainty of the day.
    """

    first = models.UUIDField("案件一")
    second = models.UUIDField("案件二")
    verdict = models.CharField("判定", max_length=10, choices=PairVerdict.choices)
    score = models.FloatField("把握", default=0.0)
    features = models.JSONField("比对特征", default=dict)
    reasons = models.JSONField("理由", default=list)
    by = models.UUIDField("判定人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "重复判定"
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="triage_pair_once")]
        indexes = [models.Index(fields=["second"], name="triage_pair_second")]


class RepeatRule(RootRow):
    """Repeat rule 查重规则: when a repeat is merged or suggested, for a class with those below it, or all.

    Dated by days of Shanghai, half-open; the row of the nearest class wins, one without a class holds else.
    """

    matter_class = models.UUIDField("事项类别", null=True)
    merge_at = models.FloatField("自动合并把握")
    suggest_at = models.FloatField("提示把握")
    merges = models.BooleanField("自动合并", default=True)
    window_days = models.SmallIntegerField("比对天数", default=60)
    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True)

    class Meta:
        verbose_name = "查重规则"
        constraints = [
            models.UniqueConstraint(
                fields=["matter_class", "valid_from"], nulls_distinct=False, name="triage_repeatrule_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    suggest_at__gte=0.05, merge_at__gte=0.5, merge_at__lte=1.0,
                    suggest_at__lte=models.F("merge_at"),
                ),
                name="triage_repeatrule_shares",
            ),
        ]  # fmt: skip
