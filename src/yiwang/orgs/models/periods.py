"""Half-open validity periods 有效期 as SQL ranges, for constraints."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q


def no_overlap(
    name: str, *equal: str, start: str, end: str, function: str, condition: Q | None = None
) -> ExclusionConstraint:
    """EXCLUDE rows that agree on `equal` while their periods [start, end) overlap.

    Args:
        function: `daterange` for date columns, `tstzrange` for instants.
        condition: only rows that meet it are compared.
    """
    period = Func(F(start), F(end), function=function)
    return ExclusionConstraint(
        name=name, expressions=[*((column, "=") for column in equal), (period, "&&")], condition=condition
    )


def ends_after_start(name: str, *, start: str, end: str) -> models.CheckConstraint:
    """CHECK that a period is open or ends after it starts."""
    return models.CheckConstraint(
        name=name, condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": F(start)})
    )
