"""The state 挂账中, applications and their rules."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import yiwang.kernel.ids

OPEN = (
    "received", "verifying", "registering", "dispatching", "handling", "suspended", "reviewing",
    "rechecking", "closing",
)  # fmt: skip
STATES = (
    ("received", "待受理"), ("verifying", "待核实"), ("registering", "待立案"), ("dispatching", "待派遣"),
    ("handling", "处置中"), ("suspended", "挂账中"), ("reviewing", "待审核"), ("rechecking", "待核查"),
    ("closing", "待结案"), ("closed", "已结案"), ("archived", "已归档"), ("rejected", "不予受理"),
    ("voided", "已作废"), ("merged", "已合并"), ("withdrawn", "已撤回"),
)  # fmt: skip
#: Indexes of open cases: name to columns.
INDEXES = {
    "cases_case_open": ["community", "state", "-created_at", "-id"],
    "cases_case_state": ["state", "-created_at", "-id"],
    "cases_case_place": ["lon", "lat"],
}


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_ladders")]

    operations = [
        *(migrations.RemoveIndex(model_name="case", name=name) for name in INDEXES),
        migrations.AlterField(
            model_name="case",
            name="state",
            field=models.CharField(choices=list(STATES), max_length=12, verbose_name="状态"),
        ),
        *(
            migrations.AddIndex(
                model_name="case",
                index=models.Index(fields=fields, name=name, condition=models.Q(state__in=OPEN)),
            )
            for name, fields in INDEXES.items()
        ),
        migrations.AddField(
            model_name="case",
            name="counted_from",
            field=models.DateTimeField(null=True, verbose_name="续算起点"),
        ),
        migrations.AddField(
            model_name="case",
            name="counted_seconds",
            field=models.IntegerField(null=True, verbose_name="续算秒数"),
        ),
        migrations.AddField(
            model_name="case",
            name="excluded_at",
            field=models.DateTimeField(null=True, verbose_name="剔除时间"),
        ),
        migrations.AddField(
            model_name="case",
            name="exclusion_ground",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=24, verbose_name="剔除事由"
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="is_excused",
            field=models.BooleanField(db_default=False, default=False, verbose_name="不计超时"),
        ),
        migrations.AddField(
            model_name="case",
            name="suspended_until",
            field=models.DateTimeField(null=True, verbose_name="挂账至"),
        ),
        migrations.AddField(
            model_name="task",
            name="counted_from",
            field=models.DateTimeField(null=True, verbose_name="续算起点"),
        ),
        migrations.AddField(
            model_name="task",
            name="counted_seconds",
            field=models.IntegerField(null=True, verbose_name="续算秒数"),
        ),
        migrations.AddField(
            model_name="task",
            name="is_excused",
            field=models.BooleanField(db_default=False, default=False, verbose_name="不计超时"),
        ),
        migrations.CreateModel(
            name="Application",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("extension", "延期"),
                            ("suspension", "挂账"),
                            ("appeal", "超时申诉"),
                            ("exclusion", "剔除"),
                        ],
                        max_length=10,
                        verbose_name="申请类别",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待审批"),
                            ("approved", "已批准"),
                            ("refused", "不予批准"),
                            ("taken_back", "已收回"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("unit", models.UUIDField(null=True, verbose_name="申请单位")),
                ("round", models.SmallIntegerField(default=0, verbose_name="办理轮次")),
                ("reason_code", models.CharField(max_length=24, verbose_name="事由")),
                ("until", models.DateField(null=True, verbose_name="挂账至")),
                ("undoes", models.BooleanField(default=False, verbose_name="恢复计入考核")),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None, verbose_name="证据"
                    ),
                ),
                ("was_overdue", models.BooleanField(default=False, verbose_name="申请时已超时")),
                (
                    "approvals",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="审批环节",
                    ),
                ),
                ("approved_steps", models.SmallIntegerField(default=0, verbose_name="已同意环节数")),
                (
                    "waits_for",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="待审批权限"),
                ),
                ("answer_due_at", models.DateTimeField(null=True, verbose_name="答复时限")),
                ("moved", models.JSONField(default=list, verbose_name="时限变动")),
                ("explanation", models.TextField(blank=True, default="", verbose_name="变动说明")),
                ("resumed_at", models.DateTimeField(null=True, verbose_name="恢复时间")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="cases.case",
                        verbose_name="案件",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="cases.task",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "申请",
            },
        ),
        migrations.CreateModel(
            name="ApplicationApproval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("step", models.SmallIntegerField(verbose_name="环节")),
                ("act", models.CharField(max_length=40, verbose_name="审批权限")),
                ("is_approval", models.BooleanField(verbose_name="同意")),
                ("by", models.UUIDField(null=True, verbose_name="审批人")),
                ("post", models.UUIDField(null=True, verbose_name="审批岗位")),
                ("at", models.DateTimeField(verbose_name="审批时间")),
                ("seq", models.PositiveIntegerField(verbose_name="存证序号")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="cases.application",
                        verbose_name="申请",
                    ),
                ),
            ],
            options={
                "verbose_name": "申请审批",
            },
        ),
        migrations.CreateModel(
            name="ApplicationReason",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("extension", "延期"),
                            ("suspension", "挂账"),
                            ("appeal", "超时申诉"),
                            ("exclusion", "剔除"),
                        ],
                        max_length=10,
                        verbose_name="申请类别",
                    ),
                ),
                ("code", models.CharField(max_length=24, verbose_name="代码")),
                ("label", models.CharField(max_length=40, verbose_name="名称")),
                (
                    "label_en",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="英文名称"),
                ),
                ("basis", models.CharField(blank=True, default="", max_length=200, verbose_name="依据")),
                ("order", models.SmallIntegerField(default=0, verbose_name="次序")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "申请事由",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "code"), name="cases_application_reason_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationRule",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("extension", "延期"),
                            ("suspension", "挂账"),
                            ("appeal", "超时申诉"),
                            ("exclusion", "剔除"),
                        ],
                        max_length=10,
                        verbose_name="申请类别",
                    ),
                ),
                (
                    "class_kind",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="事项种类"),
                ),
                ("matter_class", models.UUIDField(null=True, verbose_name="事项类别")),
                (
                    "states",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        default=list,
                        size=None,
                        verbose_name="可申请的案件状态",
                    ),
                ),
                ("max_times", models.SmallIntegerField(verbose_name="最多次数")),
                ("counts_refused", models.BooleanField(default=False, verbose_name="不予批准也计次")),
                ("when_overdue", models.BooleanField(default=False, verbose_name="超时后可申请")),
                ("longest_days", models.SmallIntegerField(null=True, verbose_name="最长天数")),
                ("evidence_files", models.SmallIntegerField(default=0, verbose_name="至少证据件数")),
                (
                    "approvals",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        size=None,
                        verbose_name="审批环节",
                    ),
                ),
                (
                    "answer_amount",
                    models.DecimalField(
                        decimal_places=4, max_digits=8, null=True, verbose_name="答复时限数值"
                    ),
                ),
                (
                    "answer_unit",
                    models.CharField(blank=True, default="", max_length=12, verbose_name="答复时限单位"),
                ),
                ("basis", models.CharField(blank=True, default="", max_length=200, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={
                "verbose_name": "申请规则",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "class_kind", "matter_class", "valid_from"),
                        name="cases_application_rule_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["case", "asked_at"], name="cases_application_case"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state", "asked")),
                fields=["asked_at", "id"],
                name="cases_application_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")),
                fields=("case", "task", "kind"),
                name="cases_application_one_open",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationapproval",
            constraint=models.UniqueConstraint(fields=("application", "step"), name="cases_approval_once"),
        ),
    ]
