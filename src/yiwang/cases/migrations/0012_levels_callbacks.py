"""Levels and same-day closing."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import yiwang.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_admitting"),
    ]

    operations = [
        migrations.CreateModel(
            name="LevelRule",
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
                ("street", models.UUIDField(null=True, verbose_name="街道")),
                ("ordinal", models.SmallIntegerField(verbose_name="次序")),
                ("code", models.CharField(max_length=40, verbose_name="代码")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                (
                    "post_kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None, verbose_name="岗位类别"
                    ),
                ),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "流转层级",
            },
        ),
        migrations.CreateModel(
            name="LevelStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("pass_up", "上报流转"), ("raise", "提级管理")],
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                (
                    "from_level",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="原层级"),
                ),
                ("to_level", models.CharField(max_length=40, verbose_name="现层级")),
                ("rule", models.UUIDField(null=True, verbose_name="规则")),
                ("post", models.UUIDField(null=True, verbose_name="岗位")),
                ("by", models.UUIDField(null=True, verbose_name="经办人")),
                ("seq", models.PositiveIntegerField(null=True, verbose_name="存证序号")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "层级变动",
            },
        ),
        migrations.CreateModel(
            name="RaiseRule",
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
                (
                    "class_kind",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="事项种类"),
                ),
                ("matter_class", models.UUIDField(null=True, verbose_name="事项类别")),
                (
                    "urgency",
                    models.CharField(
                        blank=True,
                        choices=[("ordinary", "一般"), ("prompt", "及时"), ("urgent", "紧急")],
                        default="",
                        max_length=10,
                        verbose_name="紧急程度",
                    ),
                ),
                ("level", models.CharField(max_length=40, verbose_name="起始层级")),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "提级规则",
            },
        ),
        migrations.CreateModel(
            name="SameDay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rule", models.UUIDField(verbose_name="规则")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "未清零"),
                            ("cleared", "已清零"),
                            ("late", "逾期清零"),
                            ("dropped", "不再计入"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("must_confirm", models.BooleanField(default=True, verbose_name="须先现场感知确认")),
                ("found_at", models.DateTimeField(verbose_name="发现时间")),
                ("due_at", models.DateTimeField(verbose_name="清零时限")),
                ("control_due_at", models.DateTimeField(null=True, verbose_name="控险时限")),
                ("explanation", models.TextField(default="", verbose_name="时限说明")),
                ("released_at", models.DateTimeField(null=True, verbose_name="先派后核时间")),
                ("released_by", models.UUIDField(null=True, verbose_name="先派后核人")),
                ("controlled_at", models.DateTimeField(null=True, verbose_name="控险时间")),
                ("controlled_by", models.UUIDField(null=True, verbose_name="控险人")),
                ("control_seq", models.PositiveIntegerField(null=True, verbose_name="控险存证序号")),
                ("overdue_at", models.DateTimeField(null=True, verbose_name="超过清零时限")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
            ],
            options={
                "verbose_name": "当日清零",
            },
        ),
        migrations.CreateModel(
            name="SameDayRule",
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
                (
                    "class_kind",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="事项种类"),
                ),
                ("matter_class", models.UUIDField(null=True, verbose_name="事项类别")),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="来源渠道",
                    ),
                ),
                ("must_confirm", models.BooleanField(default=True, verbose_name="须先现场感知确认")),
                ("cut_off_hour", models.SmallIntegerField(default=24, verbose_name="截止钟点")),
                ("late_from", models.SmallIntegerField(default=1200, verbose_name="晚间发现起（分钟）")),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "当日清零规则",
            },
        ),
        migrations.CreateModel(
            name="SiteConfirmation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "means",
                    models.CharField(
                        choices=[("worker", "就近人员到场"), ("camera", "视频"), ("drone", "无人机")],
                        default="worker",
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("pending", "待确认"),
                            ("real", "属实"),
                            ("not_real", "不属实"),
                            ("not_found", "未找到"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("worker", models.UUIDField(null=True, verbose_name="就近人员")),
                ("asked_by", models.UUIDField(null=True, verbose_name="发起人")),
                ("asked_at", models.DateTimeField(verbose_name="发起时间")),
                ("by", models.UUIDField(null=True, verbose_name="确认人")),
                ("post", models.UUIDField(null=True, verbose_name="确认岗位")),
                ("at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("lon", models.FloatField(null=True, verbose_name="经度")),
                ("lat", models.FloatField(null=True, verbose_name="纬度")),
                ("pictures", models.SmallIntegerField(default=0, verbose_name="照片数")),
                ("seq", models.PositiveIntegerField(null=True, verbose_name="存证序号")),
            ],
            options={
                "verbose_name": "现场感知确认",
            },
        ),
        migrations.AddField(
            model_name="case",
            name="level",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40, verbose_name="所在层级"
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="redo_cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unsatisfied", "不满意重办"),
                    ("repeated", "重复来件重办"),
                    ("requested", "诉求人要求重办"),
                ],
                db_default="",
                default="",
                max_length=12,
                verbose_name="重办原因",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="redo_count",
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name="重办次数"),
        ),
        migrations.AddField(
            model_name="case",
            name="same_day_due_at",
            field=models.DateTimeField(null=True, verbose_name="清零时限"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "received",
                            "verifying",
                            "registering",
                            "dispatching",
                            "handling",
                            "suspended",
                            "reviewing",
                            "rechecking",
                            "closing",
                        ),
                    ),
                    models.Q(("level", ""), _negated=True),
                ),
                fields=["level", "-created_at", "-id"],
                name="cases_case_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="levelrule",
            constraint=models.UniqueConstraint(
                fields=("street", "code", "valid_from"), name="cases_level_once", nulls_distinct=False
            ),
        ),
        migrations.AddField(
            model_name="levelstep",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="level_steps",
                to="cases.case",
                verbose_name="案件",
            ),
        ),
        migrations.AddConstraint(
            model_name="raiserule",
            constraint=models.UniqueConstraint(
                fields=("class_kind", "matter_class", "urgency", "valid_from"),
                name="cases_raise_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="sameday",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="same_days",
                to="cases.case",
                verbose_name="案件",
            ),
        ),
        migrations.AddConstraint(
            model_name="samedayrule",
            constraint=models.UniqueConstraint(
                fields=("class_kind", "matter_class", "valid_from"),
                name="cases_same_day_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="samedayrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("cut_off_hour__gte", 1), ("cut_off_hour__lte", 24)),
                name="cases_same_day_hour",
            ),
        ),
        migrations.AddField(
            model_name="siteconfirmation",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="site_confirmations",
                to="cases.case",
                verbose_name="案件",
            ),
        ),
        migrations.AddIndex(
            model_name="levelstep",
            index=models.Index(fields=["case", "at"], name="cases_level_step"),
        ),
        migrations.AddIndex(
            model_name="sameday",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_at", "id"], name="cases_same_day_open"
            ),
        ),
        migrations.AddIndex(
            model_name="sameday",
            index=models.Index(fields=["ended_at"], name="cases_same_day_ended"),
        ),
        migrations.AddConstraint(
            model_name="sameday",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("case",), name="cases_same_day_one_open"
            ),
        ),
        migrations.AddIndex(
            model_name="siteconfirmation",
            index=models.Index(
                condition=models.Q(("result", "pending")),
                fields=["asked_at", "id"],
                name="cases_confirmation_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="siteconfirmation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("result", "pending")),
                fields=("case",),
                name="cases_confirmation_one_open",
            ),
        ),
    ]
