"""Communities on the ground of who whistles by a schedule: they decide which centre judges and sees it."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('whistles', '0004_judged_schedules'),
    ]

    operations = [
        migrations.AddField(
            model_name='whistleschedule',
            name='home_communities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), blank=True, default=list, size=None, verbose_name='吹哨方社区'),
        ),
    ]
