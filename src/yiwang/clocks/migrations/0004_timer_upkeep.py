"""The timer table is small and changes all day: it is vacuumed by count, not by share."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clocks", "0003_kept_deadlines")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE clocks_timer SET (autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05)",
            "ALTER TABLE clocks_timer RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor)",
        )
    ]
