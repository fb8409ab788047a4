"""Ladders of events: off until they are switched on; which time an event opened a supervision."""

from django.db import migrations, models

_STAGES = [
    ("accept", "受理"),
    ("verify", "核实"),
    ("register", "立案"),
    ("dispatch", "派遣"),
    ("handle", "处置"),
    ("suspended", "挂账"),
    ("review", "审核"),
    ("recheck", "核查"),
    ("close", "结案"),
    ("callback", "回访"),
    ("sign", "签收"),
    ("contact", "联系诉求人"),
]
_EVENTS = [
    ("unsolved", "评价未解决"),
    ("still_unsolved", "多次办理仍未解决"),
    ("same_day_missed", "超过清零时限"),
    ("repeated", "重复来件重办"),
    ("whistle_unsigned", "吹哨签收超时"),
    ("whistle_absent", "吹哨报到超时"),
    ("whistle_raised", "吹哨提级协调"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0016_lapsed_applications"),
    ]

    operations = [
        migrations.AddField(
            model_name="ladder",
            name="is_on",
            field=models.BooleanField(db_default=True, default=True, verbose_name="启用"),
        ),
        migrations.AlterField(
            model_name="ladder",
            name="stage",
            field=models.CharField(choices=[*_STAGES, *_EVENTS], max_length=20, verbose_name="阶段或事件"),
        ),
        migrations.AddField(
            model_name="supervision",
            name="times",
            field=models.PositiveIntegerField(null=True, verbose_name="第几次"),
        ),
        migrations.AlterField(
            model_name="supervision",
            name="stage",
            field=models.CharField(
                blank=True,
                choices=[*_STAGES, *_EVENTS],
                default="",
                max_length=20,
                verbose_name="阶段或事件",
            ),
        ),
        migrations.AlterField(
            model_name="supervision",
            name="cause",
            field=models.CharField(
                choices=[
                    ("timer", "到时自动"),
                    ("event", "事件触发"),
                    ("person", "人工"),
                    ("resident", "群众催办"),
                ],
                max_length=8,
                verbose_name="起因",
            ),
        ),
    ]
