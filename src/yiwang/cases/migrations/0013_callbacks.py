"""Call-backs."""

import django.db.models.deletion
from django.db import migrations, models

import yiwang.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0012_levels_callbacks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("round", models.SmallIntegerField(verbose_name="办理轮次")),
                (
                    "cause",
                    models.CharField(
                        choices=[("sample", "抽样"), ("answered", "未解决须回访"), ("redone", "重办后回访")],
                        max_length=10,
                        verbose_name="原因",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待回访"),
                            ("done", "已回访"),
                            ("unreached", "无效联系"),
                            ("cancelled", "已取消"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="发起时间")),
                ("next_at", models.DateTimeField(verbose_name="下次联系时间")),
                ("attempts", models.SmallIntegerField(default=0, verbose_name="已联系次数")),
                ("attempts_most", models.SmallIntegerField(verbose_name="最多联系次数")),
                ("retry_hours", models.SmallIntegerField(verbose_name="再次联系间隔小时数")),
                ("answers", models.JSONField(default=dict, verbose_name="问答")),
                ("by", models.UUIDField(null=True, verbose_name="回访人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
            ],
            options={
                "verbose_name": "回访",
            },
        ),
        migrations.CreateModel(
            name="CallbackAttempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        choices=[("phone", "电话"), ("message", "短信"), ("link", "查询链接")],
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("reached", "已接通"),
                            ("no_answer", "无人接听"),
                            ("busy", "占线或挂断"),
                            ("wrong", "空号或错号"),
                            ("recorded", "文本已记录，未发送"),
                        ],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("seq", models.PositiveIntegerField(null=True, verbose_name="存证序号")),
                ("by", models.UUIDField(null=True, verbose_name="经办人")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "联系记录",
            },
        ),
        migrations.CreateModel(
            name="CallbackQuestion",
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
                ("code", models.CharField(max_length=24, verbose_name="代码")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outcome", "是否解决"),
                            ("satisfaction", "是否满意"),
                            ("yes_no", "是或否"),
                            ("words", "文字"),
                        ],
                        max_length=12,
                        verbose_name="种类",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="问法")),
                (
                    "text_en",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="英文问法"),
                ),
                ("order", models.SmallIntegerField(default=0, verbose_name="次序")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "回访问题",
            },
        ),
        migrations.CreateModel(
            name="CallbackRule",
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
                ("sample_percent", models.SmallIntegerField(default=30, verbose_name="抽样比例（%）")),
                ("wait_hours", models.SmallIntegerField(default=24, verbose_name="等候自评小时数")),
                ("attempts", models.SmallIntegerField(default=3, verbose_name="最多联系次数")),
                ("retry_hours", models.SmallIntegerField(default=4, verbose_name="再次联系间隔小时数")),
                ("redo_most", models.SmallIntegerField(default=2, verbose_name="最多重办次数")),
                ("repeat_days", models.SmallIntegerField(default=30, verbose_name="重复来件重办天数")),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "回访规则",
            },
        ),
        migrations.AddField(
            model_name="callback",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="callbacks",
                to="cases.case",
                verbose_name="案件",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="rating",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="callbacks",
                to="cases.rating",
                verbose_name="评价",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="callbacks",
                to="cases.report",
                verbose_name="诉求",
            ),
        ),
        migrations.AddField(
            model_name="callbackattempt",
            name="callback",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tries",
                to="cases.callback",
                verbose_name="回访",
            ),
        ),
        migrations.AddConstraint(
            model_name="callbackquestion",
            constraint=models.UniqueConstraint(
                fields=("code", "valid_from"), name="cases_callback_question_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="callbackrule",
            constraint=models.UniqueConstraint(
                fields=("class_kind", "matter_class", "valid_from"),
                name="cases_callback_rule_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="callbackrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("sample_percent__gte", 0), ("sample_percent__lte", 100)),
                name="cases_callback_share",
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["next_at", "id"],
                name="cases_callback_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.UniqueConstraint(
                fields=("report", "case", "round"), name="cases_callback_once"
            ),
        ),
        migrations.AddIndex(
            model_name="callbackattempt",
            index=models.Index(fields=["callback", "at"], name="cases_attempt_callback"),
        ),
    ]
