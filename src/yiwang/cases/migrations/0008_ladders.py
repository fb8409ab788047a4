"""Ladders and supervisions."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_stage_clocks")]

    operations: list[migrations.operations.base.Operation] = []
