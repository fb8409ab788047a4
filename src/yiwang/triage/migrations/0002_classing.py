import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0001_proposals")]

    operations = [
        migrations.CreateModel(
            name='ClassModelVersion',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('scheme', models.CharField(max_length=40, verbose_name='分类体系')),
                ('number', models.PositiveIntegerField(verbose_name='版本')),
                ('source', models.CharField(choices=[('file', '文件'), ('cases', '本市案件')], max_length=8, verbose_name='训练数据来源')),
                ('cases', models.PositiveIntegerField(verbose_name='训练条数')),
                ('corrections', models.PositiveIntegerField(default=0, verbose_name='其中改正')),
                ('classes', models.PositiveIntegerField(verbose_name='类别数')),
                ('figures', models.JSONField(default=dict, verbose_name='指标')),
                ('refusal', models.TextField(blank=True, default='', verbose_name='未发布原因')),
                ('trained_at', models.DateTimeField(verbose_name='训练时间')),
                ('published_at', models.DateTimeField(null=True, verbose_name='发布时间')),
                ('retired_at', models.DateTimeField(null=True, verbose_name='停用时间')),
            ],
            options={
                'verbose_name': '分类模型版本',
            },
        ),
        migrations.CreateModel(
            name='ClassModelContent',
            fields=[
                ('version', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='triage.classmodelversion', verbose_name='分类模型版本')),
                ('content', models.BinaryField(verbose_name='内容')),
            ],
            options={
                'verbose_name': '分类模型内容',
            },
        ),
        migrations.AddConstraint(
            model_name='classmodelversion',
            constraint=models.UniqueConstraint(fields=('scheme', 'number'), name='triage_class_model_number'),
        ),
        migrations.AddConstraint(
            model_name='classmodelversion',
            constraint=models.UniqueConstraint(condition=models.Q(('published_at__isnull', False), ('retired_at', None)), fields=('scheme',), name='triage_class_model_in_use'),
        ),
    ]
