"""Journal entries carry their place in the whole journal; held-up events are found without a scan."""

from django.db import migrations, models

FORWARD = """
ALTER TABLE ledger_journalentry ADD COLUMN position bigserial NOT NULL;
"""
BACKWARD = """
ALTER TABLE ledger_journalentry DROP COLUMN position;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            model_name="outboxevent",
            index=models.Index(
                condition=models.Q(("delivered_at", None), ("retry_at__isnull", False)),
                fields=["lane", "stream"],
                name="ledger_outbox_held_up",
            ),
        ),
    ]
