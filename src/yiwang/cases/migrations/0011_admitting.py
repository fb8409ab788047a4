"""What the admitted lists said at a dispatch, and what a community refused."""

import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0010_returns'),
    ]

    operations = [
        migrations.AlterField(
            model_name='task',
            name='state',
            field=models.CharField(choices=[('pending', '待签收'), ('working', '办理中'), ('done', '已反馈'), ('recalled', '已撤回'), ('returned', '已退回'), ('handed', '已移交'), ('unlisted', '已拒收')], max_length=8, verbose_name='状态'),
        ),
        migrations.CreateModel(
            name='AdmissionCheck',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('round', models.SmallIntegerField(verbose_name='办理轮次')),
                ('unit', models.UUIDField(verbose_name='承办单位')),
                ('level', models.CharField(choices=[('grid', '网格'), ('community', '社区'), ('street', '街道')], max_length=12, verbose_name='层级')),
                ('verdict', models.CharField(choices=[('unchecked', '不校验'), ('listed', '在清单内'), ('exempt', '应急豁免'), ('unlisted', '不在清单内'), ('forbidden', '不得派给网格')], max_length=12, verbose_name='结论')),
                ('matter', models.UUIDField(null=True, verbose_name='准入事项')),
                ('exemption', models.UUIDField(null=True, verbose_name='应急豁免')),
                ('words', models.TextField(verbose_name='说明')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='admission_checks', to='cases.case', verbose_name='案件')),
            ],
            options={
                'verbose_name': '准入校验',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='UnlistedRefusal',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('unit', models.UUIDField(verbose_name='拒收单位')),
                ('matter_class', models.UUIDField(null=True, verbose_name='事项类别')),
                ('words', models.TextField(verbose_name='说明')),
                ('by', models.UUIDField(null=True, verbose_name='拒收人')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='unlisted_refusals', to='cases.case', verbose_name='案件')),
                ('task', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='unlisted_refusal', to='cases.task', verbose_name='任务')),
            ],
            options={
                'verbose_name': '清单外拒收',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['unit', '-at'], name='cases_unlisted_unit')],
            },
        ),
    ]

