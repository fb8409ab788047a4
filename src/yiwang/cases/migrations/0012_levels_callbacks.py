"""Levels, same-day closing, call-backs."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_admitting")]

    operations: list[migrations.operations.base.Operation] = []
