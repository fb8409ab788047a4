from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0006_alert_feeds")]

    operations = [
        migrations.AddIndex(
            model_name="writeback",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "given_up"])),
                fields=["-created_at", "-id"],
                name="intake_write_back_open",
            ),
        ),
    ]
