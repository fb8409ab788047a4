"""Applications and their rules."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_ladders")]

    operations: list[migrations.operations.base.Operation] = []
