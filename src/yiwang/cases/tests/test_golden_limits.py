"""Extension, suspension and resuming give the golden instants that the slow clock worked out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from yiwang.cases.application_rules import extended_due, left_of, resumed_due
from yiwang.clocks.tests.test_golden_deadlines import (
    EXTENSIONS,
    SUSPENSIONS,
    Row,
    calendar_of,
    local,
    named,
)


@pytest.mark.parametrize("row", EXTENSIONS, ids=named)
def test_an_approved_extension_is_due_as_the_table_says(row: Row) -> None:
    calendar, amount = calendar_of(row["plan"]), Decimal(row["amount"])
    once = extended_due(calendar, local(row["due"]), amount, row["unit"]).due_at
    again = extended_due(calendar, once, amount, row["unit"]).due_at
    assert [once, again] == [local(row["extended"]), local(row["extended_again"])]


@pytest.mark.parametrize("row", SUSPENSIONS, ids=named)
def test_a_resumed_clock_is_due_as_the_table_says(row: Row) -> None:
    calendar, unit = calendar_of(row["plan"]), row["unit"]
    due, suspended, since = (local(row[name]) for name in ("due", "suspended", "resumed"))
    left = left_of(calendar, due, unit, suspended)
    assert resumed_due(calendar, since, left).due_at == local(row["due_after"])
