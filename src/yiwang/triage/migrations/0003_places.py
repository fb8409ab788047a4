import django.db.models.deletion
from django.db import migrations, models

import yiwang.kernel.ids

_KEY = models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)


def _root() -> list[tuple[str, models.Field]]:
    return [
        ("id", _KEY.clone()),
        ("version", models.PositiveIntegerField(default=0, editable=False)),
        ("journal_head", models.BinaryField(default=bytes(32))),
    ]


class Migration(migrations.Migration):
    dependencies = [("triage", "0002_classing")]

    operations = [
        migrations.CreateModel(
            name="AddressModel",
            fields=[
                *_root(),
                ("number", models.PositiveIntegerField(unique=True, verbose_name="版本")),
                ("addresses", models.PositiveIntegerField(verbose_name="训练条数")),
                ("held_back", models.PositiveIntegerField(verbose_name="检验条数")),
                ("span_f1", models.FloatField(verbose_name="片段F1")),
                ("beaten_f1", models.FloatField(verbose_name="原有片段F1")),
                ("trained_at", models.DateTimeField(verbose_name="训练时间")),
                ("in_use", models.BooleanField(default=False, verbose_name="使用中")),
            ],
            options={"verbose_name": "地址识别模型版本"},
        ),
        migrations.CreateModel(
            name="AddressModelContent",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="triage.addressmodel",
                        verbose_name="地址识别模型版本",
                    ),
                ),
                ("crf", models.BinaryField(verbose_name="条件随机场")),
                ("names", models.BinaryField(verbose_name="地名词典")),
            ],
            options={"verbose_name": "地址识别模型内容"},
        ),
        migrations.CreateModel(
            name="PlaceName",
            fields=[
                *_root(),
                ("name", models.CharField(max_length=60, verbose_name="别名")),
                ("stands_for", models.CharField(max_length=60, verbose_name="现用名")),
                ("retired_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
            ],
            options={"verbose_name": "地名别名"},
        ),
        migrations.AddConstraint(
            model_name="addressmodel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_use", True)), fields=("in_use",), name="triage_address_model_in_use"
            ),
        ),
        migrations.AddConstraint(
            model_name="placename",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at", None)), fields=("name",), name="triage_place_name_once"
            ),
        ),
    ]
