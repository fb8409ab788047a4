"""What was admitted to the grid."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_returns")]

    operations: list[migrations.operations.base.Operation] = []
