"""The global cycling sequence of the numbers that people read."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE cases_number MINVALUE 0 MAXVALUE 99999999 START 1 CYCLE",
            "DROP SEQUENCE cases_number",
        )
    ]
