"""Unit grids, and the end of parts and addresses."""

import django.db.models.deletion
import yiwang.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orgs', '0001_initial'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='UnitGrid',
            fields=[
                ('id', models.UUIDField(default=yiwang.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=15, verbose_name='代码')),
                ('community', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='unit_grids', to='orgs.area', verbose_name='社区')),
                ('loaded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='unit_grids', to='places.boundaryversion', verbose_name='边界版本')),
                ('geometry', models.BinaryField(verbose_name='几何')),
                ('valid_from', models.DateField(verbose_name='生效日')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='失效日')),
            ],
            options={
                'verbose_name': '单元网格',
            },
        ),
        migrations.AddField(
            model_name='address',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='停用时间'),
        ),
        migrations.AddField(
            model_name='part',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='停用时间'),
        ),
        migrations.AddIndex(
            model_name='part',
            index=models.Index(fields=['class_code', 'code'], name='places_part_class'),
        ),
        migrations.AddIndex(
            model_name='part',
            index=models.Index(fields=['status', 'code'], name='places_part_status'),
        ),
        migrations.AddConstraint(
            model_name='unitgrid',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_to__isnull', True)), fields=('code',), name='places_unit_grid_once'),
        ),
        migrations.AddConstraint(
            model_name='unitgrid',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='places_unit_grid_period'),
        ),
    ]
