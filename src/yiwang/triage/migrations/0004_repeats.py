import django.contrib.postgres.fields
from django.db import migrations, models

import yiwang.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0003_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="RepeatKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("case", models.UUIDField(verbose_name="案件")),
                ("report", models.UUIDField(verbose_name="诉求")),
                ("at", models.DateTimeField(verbose_name="来件时间")),
                ("report_count", models.IntegerField(default=1, verbose_name="诉求数")),
                ("matter_class", models.UUIDField(null=True, verbose_name="事项类别")),
                ("family", models.IntegerField(default=0, verbose_name="类别族")),
                ("matters", models.BigIntegerField(default=0, verbose_name="问题词")),
                ("lon", models.FloatField(null=True, verbose_name="经度")),
                ("lat", models.FloatField(null=True, verbose_name="纬度")),
                ("area", models.UUIDField(null=True, verbose_name="区域")),
                ("reporter", models.BigIntegerField(default=0, verbose_name="来件人索引")),
                (
                    "part_code",
                    models.CharField(blank=True, default="", max_length=20, verbose_name="部件编码"),
                ),
                (
                    "pictures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="照片指纹"
                    ),
                ),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="地名",
                    ),
                ),
                (
                    "marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="细节",
                    ),
                ),
                ("grams", models.BinaryField(default=b"", verbose_name="二元字")),
            ],
            options={
                "verbose_name": "查重特征",
                "indexes": [
                    models.Index(fields=["case"], name="triage_repeatkey_case"),
                    models.Index(
                        condition=models.Q(("report_count__gte", 2)),
                        fields=["-report_count", "-case"],
                        name="triage_repeatkey_many",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RepeatToken",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "token", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token", models.BigIntegerField(verbose_name="索引值")),
                ("key", models.BigIntegerField(verbose_name="特征")),
            ],
            options={
                "verbose_name": "查重索引",
                "indexes": [models.Index(fields=["key"], name="triage_repeattoken_key")],
            },
        ),
        migrations.CreateModel(
            name="RepeatPair",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "journal_head",
                    models.BinaryField(
                        default=b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                    ),
                ),
                ("first", models.UUIDField(verbose_name="案件一")),
                ("second", models.UUIDField(verbose_name="案件二")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("same", "同一问题"), ("different", "不是同一问题")],
                        max_length=10,
                        verbose_name="判定",
                    ),
                ),
                ("score", models.FloatField(default=0.0, verbose_name="把握")),
                ("features", models.JSONField(default=dict, verbose_name="比对特征")),
                ("reasons", models.JSONField(default=list, verbose_name="理由")),
                ("by", models.UUIDField(null=True, verbose_name="判定人")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "重复判定",
                "indexes": [models.Index(fields=["second"], name="triage_pair_second")],
                "constraints": [models.UniqueConstraint(fields=("first", "second"), name="triage_pair_once")],
            },
        ),
        migrations.CreateModel(
            name="RepeatRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "journal_head",
                    models.BinaryField(
                        default=b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                    ),
                ),
                ("matter_class", models.UUIDField(null=True, verbose_name="事项类别")),
                ("merge_at", models.FloatField(verbose_name="自动合并把握")),
                ("suggest_at", models.FloatField(verbose_name="提示把握")),
                ("merges", models.BooleanField(default=True, verbose_name="自动合并")),
                ("window_days", models.SmallIntegerField(default=60, verbose_name="比对天数")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "查重规则",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("matter_class", "valid_from"),
                        name="triage_repeatrule_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merge_at__gte", 0.5),
                            ("merge_at__lte", 1.0),
                            ("suggest_at__gte", 0.05),
                            ("suggest_at__lte", models.F("merge_at")),
                        ),
                        name="triage_repeatrule_shares",
                    ),
                ],
            },
        ),
    ]
