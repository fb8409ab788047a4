"""Ladders and supervisions."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("cases", "0007_stage_clocks")]

    operations = [
        migrations.CreateModel(
            name='Ladder',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('code', models.CharField(max_length=40, verbose_name='代码')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('stage', models.CharField(choices=[('accept', '受理'), ('verify', '核实'), ('register', '立案'), ('dispatch', '派遣'), ('handle', '处置'), ('suspended', '挂账'), ('review', '审核'), ('recheck', '核查'), ('close', '结案'), ('callback', '回访'), ('sign', '签收'), ('contact', '联系诉求人')], max_length=10, verbose_name='阶段')),
                ('class_kind', models.CharField(blank=True, default='', max_length=12, verbose_name='事项种类')),
                ('matter_class', models.UUIDField(null=True, verbose_name='事项类别')),
                ('urgency', models.CharField(blank=True, choices=[('ordinary', '一般'), ('prompt', '及时'), ('urgent', '紧急')], default='', max_length=10, verbose_name='紧急程度')),
                ('steps', models.JSONField(default=list, verbose_name='步骤')),
                ('basis', models.CharField(blank=True, default='', max_length=200, verbose_name='依据')),
                ('is_example', models.BooleanField(default=False, verbose_name='示例')),
                ('valid_from', models.DateField(verbose_name='生效日')),
                ('valid_to', models.DateField(null=True, verbose_name='失效日')),
            ],
            options={
                'verbose_name': '催督办阶梯',
            },
        ),
        migrations.CreateModel(
            name='LadderReplan',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('stages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), default=list, size=None, verbose_name='阶段')),
                ('asked_at', models.DateTimeField(verbose_name='提交时间')),
                ('expected', models.PositiveIntegerField(default=0, verbose_name='预计计时数')),
                ('examined', models.PositiveIntegerField(default=0, verbose_name='已核对')),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='已重排')),
                ('cursor', models.UUIDField(null=True, verbose_name='核对到')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='完成时间')),
            ],
            options={
                'verbose_name': '阶梯重排',
            },
        ),
        migrations.CreateModel(
            name='Supervision',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('act', models.CharField(choices=[('remind', '提醒'), ('soon', '将超时'), ('overdue', '超时'), ('urge', '催办'), ('supervise', '督办'), ('list', '挂牌督办'), ('escalate', '超时升级')], max_length=10, verbose_name='类别')),
                ('cause', models.CharField(choices=[('timer', '到时自动'), ('person', '人工'), ('resident', '群众催办')], max_length=8, verbose_name='起因')),
                ('state', models.CharField(choices=[('noted', '已记录'), ('awaited', '待答复'), ('answered', '已答复'), ('listed', '挂牌中'), ('settled', '已销号')], default='noted', max_length=10, verbose_name='状态')),
                ('stage', models.CharField(blank=True, choices=[('accept', '受理'), ('verify', '核实'), ('register', '立案'), ('dispatch', '派遣'), ('handle', '处置'), ('suspended', '挂账'), ('review', '审核'), ('recheck', '核查'), ('close', '结案'), ('callback', '回访'), ('sign', '签收'), ('contact', '联系诉求人')], default='', max_length=10, verbose_name='阶段')),
                ('subject', models.UUIDField(null=True, verbose_name='计时')),
                ('slot', models.SmallIntegerField(null=True, verbose_name='步骤序号')),
                ('clock_due_at', models.DateTimeField(null=True, verbose_name='当时时限')),
                ('units', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None, verbose_name='对象单位')),
                ('addressed_acts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=48), default=list, size=None, verbose_name='对象权限')),
                ('seq', models.PositiveIntegerField(verbose_name='存证序号')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('by', models.UUIDField(null=True, verbose_name='发起人')),
                ('post', models.UUIDField(null=True, verbose_name='发起岗位')),
                ('reply_due_at', models.DateTimeField(null=True, verbose_name='答复时限')),
                ('replied_seq', models.PositiveIntegerField(null=True, verbose_name='答复存证序号')),
                ('replied_by', models.UUIDField(null=True, verbose_name='答复人')),
                ('replied_unit', models.UUIDField(null=True, verbose_name='答复单位')),
                ('replied_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('settled_by', models.UUIDField(null=True, verbose_name='销号人')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='销号时间')),
                ('settled_seq', models.PositiveIntegerField(null=True, verbose_name='销号存证序号')),
            ],
            options={
                'verbose_name': '督办记录',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='listed_at',
            field=models.DateTimeField(null=True, verbose_name='挂牌时间'),
        ),
        migrations.AddField(
            model_name='case',
            name='raised_to',
            field=models.UUIDField(null=True, verbose_name='升级单位'),
        ),
        migrations.AddField(
            model_name='case',
            name='supervised_at',
            field=models.DateTimeField(null=True, verbose_name='督办时间'),
        ),
        migrations.AddField(
            model_name='case',
            name='urge_count',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='催办次数'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('raised_to__isnull', False)), fields=['raised_to', '-created_at', '-id'], name='cases_case_raised'),
        ),
        migrations.AddConstraint(
            model_name='ladder',
            constraint=models.UniqueConstraint(fields=('stage', 'class_kind', 'matter_class', 'urgency', 'valid_from'), name='cases_ladder_once', nulls_distinct=False),
        ),
        migrations.AddField(
            model_name='ladderreplan',
            name='ladder',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replans', to='cases.ladder', verbose_name='催督办阶梯'),
        ),
        migrations.AddField(
            model_name='supervision',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='supervisions', to='cases.case', verbose_name='案件'),
        ),
        migrations.AddIndex(
            model_name='ladderreplan',
            index=models.Index(fields=['-asked_at'], name='cases_replan_recent'),
        ),
        migrations.AddIndex(
            model_name='supervision',
            index=models.Index(fields=['case', 'at'], name='cases_supervision_case'),
        ),
        migrations.AddIndex(
            model_name='supervision',
            index=models.Index(condition=models.Q(('subject__isnull', False)), fields=['subject'], name='cases_supervision_clock'),
        ),
        migrations.AddIndex(
            model_name='supervision',
            index=models.Index(condition=models.Q(('act__in', ('urge', 'supervise', 'list', 'escalate'))), fields=['-at', '-id'], name='cases_supervision_recent'),
        ),
        migrations.AddIndex(
            model_name='supervision',
            index=models.Index(condition=models.Q(('state__in', ('awaited', 'answered', 'listed'))), fields=['-at', '-id'], name='cases_supervision_open'),
        ),
        migrations.AddIndex(
            model_name='supervision',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('act__in', ('urge', 'supervise', 'list', 'escalate'))), fields=['units'], name='cases_supervision_units'),
        ),
    ]

