"""Returns, arbitrations, handovers."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_applications")]

    operations: list[migrations.operations.base.Operation] = []
