"""Measuring points are written thousands of times a second: leave room on the page to do so in place."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_quota_unlogged")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE intake_measuringpoint SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE intake_measuringpoint RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        )
    ]
