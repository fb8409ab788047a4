"""Admitted lists."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_processes_and_drafts")]

    operations: list[migrations.operations.base.Operation] = []
