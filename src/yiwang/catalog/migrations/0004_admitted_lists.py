"""Admitted lists, rules of checking them, exemptions; the mark of an administrative inspection."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.lookups
import yiwang.catalog.models.scheme
import yiwang.kernel.ids
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_processes_and_drafts'),
        ('orgs', '0003_shipped_kinds'),
    ]

    operations = [
        migrations.AddField(
            model_name='matterclass',
            name='is_inspection',
            field=models.BooleanField(db_default=False, default=False, verbose_name='行政检查'),
        ),
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('title', models.CharField(max_length=80, verbose_name='事由')),
                ('reason', models.CharField(max_length=500, verbose_name='理由')),
                ('levels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('grid', '网格'), ('community', '社区'), ('street', '街道')], max_length=12), size=None, verbose_name='适用层级')),
                ('class_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None, verbose_name='事项分类')),
                ('area_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, size=None, verbose_name='适用区域')),
                ('starts_at', models.DateTimeField(verbose_name='开始时间')),
                ('ends_at', models.DateTimeField(verbose_name='截止时间')),
                ('granted_by', models.UUIDField(null=True, verbose_name='批准人')),
                ('granted_post', models.UUIDField(null=True, verbose_name='批准岗位')),
                ('granted_at', models.DateTimeField(verbose_name='批准时间')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='提前结束时间')),
                ('ended_by', models.UUIDField(null=True, verbose_name='结束人')),
                ('used', models.PositiveIntegerField(default=0, verbose_name='使用次数')),
                ('last_used_at', models.DateTimeField(null=True, verbose_name='最近使用时间')),
            ],
            options={
                'verbose_name': '应急豁免',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='catalog_exemption_ends')],
            },
        ),
        migrations.CreateModel(
            name='AdmissionRule',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('level', models.CharField(choices=[('grid', '网格'), ('community', '社区'), ('street', '街道')], max_length=12, verbose_name='层级')),
                ('mode', models.CharField(choices=[('auto', '有清单即校验'), ('on', '始终校验'), ('off', '不校验')], default='auto', max_length=8, verbose_name='校验方式')),
                ('exemption_hours', models.PositiveIntegerField(default=72, verbose_name='豁免最长小时')),
                ('basis', models.TextField(blank=True, default='', verbose_name='依据')),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orgs.area', verbose_name='区域')),
            ],
            options={
                'verbose_name': '准入校验规则',
                'ordering': ['level', 'id'],
                'constraints': [models.UniqueConstraint(fields=('level', 'area'), name='catalog_admission_rule_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('exemption_hours__gt', 0)), name='catalog_admission_rule_hours')],
            },
        ),
        migrations.CreateModel(
            name='AdmittedMatter',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('journal_head', models.BinaryField(default=b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00')),
                ('list_kind', models.CharField(choices=[('grid', '城乡网格化服务管理事项清单'), ('community_assist', '社区依法协助事项清单'), ('community_duty', '社区依法履职事项清单'), ('street', '街道职责清单')], max_length=16, verbose_name='清单')),
                ('code', models.CharField(max_length=24, verbose_name='编号')),
                ('name', models.CharField(max_length=80, verbose_name='事项名称')),
                ('class_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None, verbose_name='事项分类')),
                ('area_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, size=None, verbose_name='适用区域')),
                ('basis', models.TextField(verbose_name='依据')),
                ('frequency', models.CharField(blank=True, default='', max_length=60, verbose_name='频次')),
                ('limit_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=8, null=True, verbose_name='期限')),
                ('limit_unit', models.CharField(blank=True, choices=[('urgent_hour', '紧急工作时'), ('work_hour', '工作时'), ('work_day', '工作日'), ('urgent_day', '紧急工作日')], default='', max_length=12, verbose_name='期限单位')),
                ('funding', models.CharField(blank=True, default='', max_length=200, verbose_name='经费')),
                ('training', models.CharField(blank=True, default='', max_length=200, verbose_name='培训')),
                ('minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='预计用时（分钟）')),
                ('is_example', models.BooleanField(default=False, verbose_name='示例')),
                ('state', models.CharField(choices=[('applied', '待审核'), ('reviewed', '待批准'), ('admitted', '已准入'), ('not_admitted', '未准入'), ('recalled', '已收回'), ('withdrawn', '已撤回申请')], default='applied', max_length=12, verbose_name='状态')),
                ('valid_from', models.DateField(verbose_name='生效日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='失效日期')),
                ('applied_by', models.UUIDField(null=True, verbose_name='申请人')),
                ('applied_at', models.DateTimeField(verbose_name='申请时间')),
                ('reviewed_by', models.UUIDField(null=True, verbose_name='审核人')),
                ('reviewed_at', models.DateTimeField(null=True, verbose_name='审核时间')),
                ('opinion', models.CharField(blank=True, default='', max_length=500, verbose_name='审核意见')),
                ('decided_by', models.UUIDField(null=True, verbose_name='批准人')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='批准时间')),
                ('refusal', models.CharField(blank=True, default='', max_length=500, verbose_name='未准入理由')),
                ('recalled_by', models.UUIDField(null=True, verbose_name='收回人')),
                ('recalled_at', models.DateTimeField(null=True, verbose_name='收回时间')),
                ('recall_reason', models.CharField(blank=True, default='', max_length=500, verbose_name='收回理由')),
                ('lead_unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orgs.unit', verbose_name='主管部门')),
            ],
            options={
                'verbose_name': '准入事项',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['list_kind', 'code', 'id'], name='catalog_admitted_list'), models.Index(fields=['state', '-id'], name='catalog_admitted_state')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state__in', ('admitted', 'recalled'))), expressions=[(models.F('list_kind'), '='), (models.F('code'), '='), (yiwang.catalog.models.scheme.DayRange('valid_from', 'valid_to'), '&&')], name='catalog_admitted_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='catalog_admitted_dates'), models.CheckConstraint(condition=models.Q(models.Q(('limit_amount__isnull', True), ('limit_unit', '')), models.Q(('limit_amount__gt', 0), models.Q(('limit_unit', ''), _negated=True)), _connector='OR'), name='catalog_admitted_limit'), models.CheckConstraint(condition=models.Q(('limit_amount__isnull', True), models.Q(('limit_unit', 'urgent_hour'), django.db.models.lookups.Exact(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('3600'))), django.db.models.functions.math.Floor(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('3600')))))), models.Q(('limit_unit', 'work_hour'), django.db.models.lookups.Exact(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('3600'))), django.db.models.functions.math.Floor(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('3600')))))), models.Q(('limit_unit', 'work_day'), django.db.models.lookups.Exact(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('1'))), django.db.models.functions.math.Floor(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('1')))))), models.Q(('limit_unit', 'urgent_day'), django.db.models.lookups.Exact(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('86400'))), django.db.models.functions.math.Floor(django.db.models.expressions.CombinedExpression(models.F('limit_amount'), '*', models.Value(Decimal('86400')))))), _connector='OR'), name='catalog_admitted_whole'), models.CheckConstraint(condition=models.Q(('is_example', True), ('lead_unit__isnull', False), _connector='OR'), name='catalog_admitted_led')],
            },
        ),
    ]

