"""Returns, arbitrations, handovers, and the data that governs them."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
import yiwang.kernel.canonical
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_applications")]

    operations = [
        migrations.CreateModel(
            name="ReturnReason",
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
                ("code", models.CharField(max_length=24, unique=True, verbose_name="代码")),
                ("label", models.CharField(max_length=24, verbose_name="名称")),
                (
                    "label_en",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="英文名称"),
                ),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("order", models.SmallIntegerField(default=0, verbose_name="次序")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "退单理由",
            },
        ),
        migrations.AddField(
            model_name="case",
            name="arbitration",
            field=models.UUIDField(null=True, verbose_name="裁定中的争议"),
        ),
        migrations.AddField(
            model_name="case",
            name="final_owner",
            field=models.UUIDField(null=True, verbose_name="裁定主办单位"),
        ),
        migrations.AddField(
            model_name="case",
            name="first_at",
            field=models.DateTimeField(null=True, verbose_name="首问时间"),
        ),
        migrations.AddField(
            model_name="case",
            name="first_post",
            field=models.UUIDField(null=True, verbose_name="首问岗位"),
        ),
        migrations.AddField(
            model_name="case",
            name="first_unit",
            field=models.UUIDField(null=True, verbose_name="首问单位"),
        ),
        migrations.AddField(
            model_name="case",
            name="return_count",
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name="退单次数"),
        ),
        migrations.AddField(
            model_name="case",
            name="return_waiting",
            field=models.BooleanField(db_default=False, default=False, verbose_name="退单待决"),
        ),
        migrations.AddField(
            model_name="case",
            name="returned_at",
            field=models.DateTimeField(null=True, verbose_name="退回时间"),
        ),
        migrations.AddField(
            model_name="case",
            name="transfers",
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name="首问移交次数"),
        ),
        migrations.AddField(
            model_name="task",
            name="returned_at",
            field=models.DateTimeField(null=True, verbose_name="退回或移交时间"),
        ),
        migrations.AlterField(
            model_name="task",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "待签收"),
                    ("working", "办理中"),
                    ("done", "已反馈"),
                    ("recalled", "已撤回"),
                    ("returned", "已退回"),
                    ("handed", "已移交"),
                ],
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.CreateModel(
            name="Arbitration",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("asked_by", models.UUIDField(null=True, verbose_name="申请人")),
                ("asked_post", models.UUIDField(null=True, verbose_name="申请岗位")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_seq", models.PositiveIntegerField(verbose_name="申请存证序号")),
                ("decided_by", models.UUIDField(null=True, verbose_name="决定人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("decided_seq", models.PositiveIntegerField(null=True, verbose_name="决定存证序号")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("returns", "多次退单"),
                            ("referred", "派遣员提请"),
                            ("dispute", "首问接收争议"),
                        ],
                        max_length=8,
                        verbose_name="裁定事由",
                    ),
                ),
                ("asking_unit", models.UUIDField(null=True, verbose_name="提出单位")),
                ("proposed_unit", models.UUIDField(null=True, verbose_name="建议承办单位")),
                (
                    "parties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None, verbose_name="争议单位"
                    ),
                ),
                (
                    "dispatchers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None, verbose_name="派遣人"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "待裁定"), ("ruled", "已裁定"), ("lapsed", "已失效")],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="裁定期限")),
                ("due_explanation", models.TextField(default="", verbose_name="期限说明")),
                ("calendar_version", models.IntegerField(null=True, verbose_name="日历版本")),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("meeting", "会商"), ("designate", "指定")],
                        default="",
                        max_length=10,
                        verbose_name="裁定方式",
                    ),
                ),
                ("host", models.UUIDField(null=True, verbose_name="裁定主办单位")),
                (
                    "co_units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None, verbose_name="裁定协办单位"
                    ),
                ),
                (
                    "legal_basis",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="法定依据"),
                ),
                ("salt", models.BinaryField(default=yiwang.kernel.canonical.new_salt, verbose_name="承诺盐")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arbitrations",
                        to="cases.case",
                        verbose_name="案件",
                    ),
                ),
            ],
            options={
                "verbose_name": "争议裁定",
            },
        ),
        migrations.CreateModel(
            name="ArbitrationView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("unit", models.UUIDField(verbose_name="参加单位")),
                ("post", models.CharField(max_length=40, verbose_name="参加岗位")),
                ("seq", models.PositiveIntegerField(verbose_name="存证序号")),
                (
                    "arbitration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="cases.arbitration",
                        verbose_name="争议裁定",
                    ),
                ),
            ],
            options={
                "verbose_name": "会商意见",
            },
        ),
        migrations.CreateModel(
            name="FallbackOwner",
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
                ("area", models.UUIDField(verbose_name="区域")),
                (
                    "class_kind",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="事项种类"),
                ),
                ("unit", models.UUIDField(verbose_name="单位")),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "兜底单位",
                "indexes": [models.Index(fields=["valid_from", "id"], name="cases_fallback_days")],
            },
        ),
        migrations.CreateModel(
            name="FallbackTaking",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("unit", models.UUIDField(verbose_name="单位")),
                (
                    "cause",
                    models.CharField(
                        choices=[("unlisted", "权责清单未列"), ("unclear", "职责不清")],
                        max_length=10,
                        verbose_name="兜底原因",
                    ),
                ),
                ("round", models.SmallIntegerField(verbose_name="办理轮次")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("seq", models.PositiveIntegerField(verbose_name="存证序号")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fallbacks",
                        to="cases.case",
                        verbose_name="案件",
                    ),
                ),
            ],
            options={
                "verbose_name": "兜底承接",
            },
        ),
        migrations.CreateModel(
            name="ReturnRule",
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
                (
                    "ask_amount",
                    models.DecimalField(decimal_places=4, max_digits=8, verbose_name="申请退单期限"),
                ),
                ("ask_unit", models.CharField(max_length=12, verbose_name="申请退单期限单位")),
                (
                    "review_amount",
                    models.DecimalField(decimal_places=4, max_digits=8, verbose_name="审核期限"),
                ),
                ("review_unit", models.CharField(max_length=12, verbose_name="审核期限单位")),
                ("arbitrate_from", models.SmallIntegerField(default=2, verbose_name="第几次退单起须裁定")),
                (
                    "ruling_amount",
                    models.DecimalField(decimal_places=4, max_digits=8, verbose_name="裁定期限"),
                ),
                ("ruling_unit", models.CharField(max_length=12, verbose_name="裁定期限单位")),
                (
                    "fallback_amount",
                    models.DecimalField(decimal_places=4, max_digits=8, verbose_name="待派遣多久可兜底"),
                ),
                ("fallback_unit", models.CharField(max_length=12, verbose_name="兜底等候单位")),
                ("most_transfers", models.SmallIntegerField(default=1, verbose_name="首问最多移交次数")),
                ("basis", models.CharField(blank=True, default="", max_length=300, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
            ],
            options={
                "verbose_name": "退单规则",
                "constraints": [
                    models.UniqueConstraint(fields=("class_kind", "valid_from"), name="cases_returnrule_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskReturn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("asked_by", models.UUIDField(null=True, verbose_name="申请人")),
                ("asked_post", models.UUIDField(null=True, verbose_name="申请岗位")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("asked_seq", models.PositiveIntegerField(verbose_name="申请存证序号")),
                ("decided_by", models.UUIDField(null=True, verbose_name="决定人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("decided_seq", models.PositiveIntegerField(null=True, verbose_name="决定存证序号")),
                ("unit", models.UUIDField(verbose_name="申请单位")),
                ("number", models.SmallIntegerField(verbose_name="第几次")),
                ("reason", models.CharField(max_length=24, verbose_name="退单理由")),
                ("proposed_unit", models.UUIDField(null=True, verbose_name="建议承办单位")),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None, verbose_name="证据"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待审核"),
                            ("approved", "准予退单"),
                            ("refused", "不予退单"),
                            ("arbitrating", "裁定中"),
                            ("ruled", "已裁定"),
                            ("taken_back", "已收回"),
                            ("lapsed", "已失效"),
                        ],
                        default="asked",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="审核期限")),
                ("due_explanation", models.TextField(default="", verbose_name="期限说明")),
                ("calendar_version", models.IntegerField(null=True, verbose_name="日历版本")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="cases.case",
                        verbose_name="案件",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="cases.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "退单",
            },
        ),
        migrations.AddField(
            model_name="arbitration",
            name="task_return",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="arbitrations",
                to="cases.taskreturn",
                verbose_name="退单",
            ),
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.SmallIntegerField(verbose_name="第几次")),
                ("from_unit", models.UUIDField(verbose_name="首问单位")),
                ("from_post", models.UUIDField(null=True, verbose_name="移交岗位")),
                ("to_unit", models.UUIDField(verbose_name="接收单位")),
                ("at", models.DateTimeField(verbose_name="移交时间")),
                ("seq", models.PositiveIntegerField(verbose_name="存证序号")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="cases.case",
                        verbose_name="案件",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="cases.task",
                        verbose_name="接收单位任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "首问移交",
                "constraints": [
                    models.UniqueConstraint(fields=("case", "number"), name="cases_handover_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="taskreturn",
            index=models.Index(
                condition=models.Q(("state", "asked")), fields=["due_at", "id"], name="cases_return_open"
            ),
        ),
        migrations.AddIndex(
            model_name="taskreturn",
            index=models.Index(fields=["unit", "-asked_at"], name="cases_return_unit"),
        ),
        migrations.AddConstraint(
            model_name="taskreturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "arbitrating"))),
                fields=("task",),
                name="cases_return_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="arbitration",
            index=models.Index(
                condition=models.Q(("state", "asked")), fields=["due_at", "id"], name="cases_arbitration_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="arbitration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")), fields=("case",), name="cases_arbitration_one_open"
            ),
        ),
    ]
