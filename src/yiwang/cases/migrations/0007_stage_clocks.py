"""A clock a stage."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_automatic_acceptance")]

    operations: list[migrations.operations.base.Operation] = []
