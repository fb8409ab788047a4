"""Write-backs are put into words when they are sent; none has been released yet."""


import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0004_alerts'),
    ]

    operations = [
        migrations.DeleteModel(name='WriteBack'),
        migrations.CreateModel(
            name='WriteBack',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('report', models.UUIDField(verbose_name='诉求')),
                ('case', models.UUIDField(verbose_name='案件')),
                ('change', models.CharField(max_length=20, verbose_name='变化')),
                ('happened_at', models.DateTimeField(verbose_name='发生时间')),
                ('facts', models.JSONField(default=dict, verbose_name='事实')),
                ('state', models.CharField(choices=[('waiting', '待发送'), ('sent', '已送达'), ('given_up', '已放弃')], default='waiting', max_length=8, verbose_name='状态')),
                ('attempts', models.IntegerField(default=0, verbose_name='尝试次数')),
                ('due_at', models.DateTimeField(verbose_name='下次发送')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='送达时间')),
                ('answer', models.CharField(blank=True, default='', max_length=300, verbose_name='对方应答')),
                ('created_at', models.DateTimeField(verbose_name='产生时间')),
            ],
            options={
                'verbose_name': '回写',
            },
        ),
        migrations.AlterField(
            model_name='channelkey',
            name='kind',
            field=models.CharField(choices=[('hmac', 'HMAC 签名密钥'), ('token', '访问令牌'), ('api_key', 'Open311 密钥'), ('theirs', '对方发放的令牌')], max_length=8, verbose_name='类型'),
        ),
        migrations.AddField(
            model_name='writeback',
            name='channel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='write_backs', to='intake.channel', verbose_name='渠道'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at', 'id'], name='intake_write_back_due'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['report', 'happened_at'], name='intake_write_back_order'),
        ),
        migrations.AddIndex(
            model_name='writeback',
            index=models.Index(fields=['channel', '-created_at', '-id'], name='intake_write_back_recent'),
        ),
        migrations.AddConstraint(
            model_name='writeback',
            constraint=models.UniqueConstraint(fields=('channel', 'report', 'change', 'happened_at'), name='intake_write_back_once'),
        ),
    ]
