"""The index that the map's tiles are read by: open cases by longitude, then latitude."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_number_sequence")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["lon", "lat"],
                name="cases_case_place",
                condition=models.Q(
                    state__in=(
                        "received",
                        "verifying",
                        "registering",
                        "dispatching",
                        "handling",
                        "reviewing",
                        "rechecking",
                        "closing",
                    )
                ),
            ),
        )
    ]
