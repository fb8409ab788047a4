"""What is proposed to be a repeat, and from when a task may be returned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0013_callbacks"),
    ]

    operations = [
        migrations.AddField(
            model_name="callbackrule",
            name="repeat_metres",
            field=models.SmallIntegerField(db_default=100, default=100, verbose_name="重复来件距离（米）"),
        ),
        migrations.AddField(
            model_name="returnrule",
            name="ask_from",
            field=models.CharField(
                choices=[("dispatch", "派遣"), ("sign", "签收")],
                db_default="dispatch",
                default="dispatch",
                max_length=8,
                verbose_name="退单期限起点",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "closed")),
                fields=["community", "matter_class", "-closed_at", "-id"],
                name="cases_case_closed",
            ),
        ),
    ]
