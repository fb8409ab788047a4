"""An outage is told by its error and logged once."""

from __future__ import annotations

import logging

import psycopg
import pytest
from django.db import DataError, InterfaceError, OperationalError
from psycopg import errors

from yiwang.kernel.outages import OutageLog, is_outage


def raised_from(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("connection refused"), True),
        (InterfaceError("connection already closed"), True),
        (psycopg.OperationalError("the connection is closed"), True),
        (raised_from(OperationalError(), errors.AdminShutdown()), True),
        (raised_from(OperationalError(), errors.CannotConnectNow()), True),
        (raised_from(OperationalError(), errors.TooManyConnections()), True),
        (raised_from(ValueError(), OperationalError("lost")), True),
        (raised_from(OperationalError(), errors.DeadlockDetected()), False),
        (raised_from(OperationalError(), errors.QueryCanceled()), False),
        (raised_from(OperationalError(), errors.LockNotAvailable()), False),
        (raised_from(OperationalError(), errors.DiskFull()), False),
        (DataError("value too long"), False),
        (ValueError("x"), False),
        (None, False),
    ],
)
def test_only_a_database_out_of_reach_is_an_outage(error: Exception | None, expected: bool) -> None:
    assert is_outage(error) is expected


def test_an_outage_is_one_line_at_its_begin_and_one_at_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = [0.0]
    log = OutageLog("web", clock=lambda: now[0])
    log.over()
    for _ in range(50):
        log.note(OperationalError("gone"))
    assert log.is_open
    now[0] = 7.5
    log.over()
    log.over()
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [
        ("ERROR", None), ("WARNING", None),
    ]  # fmt: skip
    assert "seconds=7.5 errors=50" in caplog.messages[1]
