"""The quota buckets need no crash safety: an emptied table means full buckets."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_doors")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE intake_channelquota SET UNLOGGED", "ALTER TABLE intake_channelquota SET LOGGED"
        )
    ]
