"""Applications that lapse with their task, what passes with a merge, and how often a reporter may demand again."""

from django.db import migrations, models

_NOTE_WAITING = """
UPDATE cases_case SET application_waiting = true
WHERE id IN (
    SELECT case_id FROM cases_application
    WHERE state = 'asked' AND kind IN ('extension', 'suspension')
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_messages_of_callbacks"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="lapse_cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("done", "承办单位已反馈，无需再批"),
                    ("recalled", "任务已被撤回"),
                    ("returned", "任务已退回"),
                    ("handed", "任务已移交其他单位"),
                    ("unlisted", "任务已因清单外拒收结束"),
                    ("merged", "案件已并入他案，任务随之撤回"),
                    ("not_host", "申请单位已不再主办"),
                ],
                db_default="",
                default="",
                max_length=10,
                verbose_name="失效原因",
            ),
        ),
        migrations.AddField(
            model_name="callbackrule",
            name="reopen_most",
            field=models.SmallIntegerField(db_default=3, default=3, verbose_name="诉求人最多要求重办次数"),
        ),
        migrations.AddField(
            model_name="case",
            name="application_waiting",
            field=models.BooleanField(db_default=False, default=False, verbose_name="任务申请待决"),
        ),
        migrations.AddField(
            model_name="merge",
            name="marks",
            field=models.JSONField(default=dict, verbose_name="承接标记"),
        ),
        migrations.AlterField(
            model_name="application",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "待审批"),
                    ("approved", "已批准"),
                    ("refused", "不予批准"),
                    ("taken_back", "已收回"),
                    ("lapsed", "已失效"),
                ],
                default="asked",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="callback",
            name="cause",
            field=models.CharField(
                choices=[
                    ("sample", "抽样"),
                    ("answered", "未解决须回访"),
                    ("redone", "重办后回访"),
                    ("demanded", "多次要求重办"),
                ],
                max_length=10,
                verbose_name="原因",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state", "lapsed")),
                fields=["-decided_at", "-id"],
                name="cases_application_lapsed",
            ),
        ),
        migrations.RunSQL(_NOTE_WAITING, migrations.RunSQL.noop),
    ]
