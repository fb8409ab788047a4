"""The change feed reads events by transaction."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_heartbeats_interventions")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX ledger_outbox_feed ON ledger_outboxevent (txid, id)",
            "DROP INDEX ledger_outbox_feed",
        )
    ]
