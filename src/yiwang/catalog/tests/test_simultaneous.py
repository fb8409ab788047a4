"""Two people at the list at the same moment: of rows that tie, one is taken and the others are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from yiwang.catalog.errors import ResponsibilityTie
from yiwang.catalog.models import ResponsibilityRow
from yiwang.catalog.public import add_responsibility
from yiwang.catalog.services.responsibility import end_responsibility, replace_responsibility
from yiwang.catalog.tests.factories import AT, EDITOR, TODAY, City, make_city

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
THREADS = 8


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Run each call in a thread of its own, all beginning at the same moment."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            start.wait(30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(run, call) for call in calls]]


def adding(city: City, host: str, area: str) -> Callable[[], str]:
    def add() -> str:
        try:
            add_responsibility(actor=EDITOR, at=AT, terms=city.terms(host, "P0101", area))
        except ResponsibilityTie as tie:
            return str(tie.details["other"])
        return ""

    return add


def test_of_equal_rows_entered_at_once_one_is_taken_and_the_others_are_told_which() -> None:
    city = make_city()
    told = at_once([adding(city, "水务局", "泰山街道") for _ in range(THREADS)])
    (row,) = ResponsibilityRow.objects.all()
    assert sorted(told) == sorted(["", *[str(row.id)] * (THREADS - 1)])


def test_of_rows_of_areas_that_cross_entered_at_once_one_is_taken() -> None:
    """Two zones share a community and neither lies in the other: no constraint of the table sees the tie."""
    city = make_city()
    wishes = (("水务局", "站前片区"), ("城管局", "高新开发区"))
    for _ in range(5):
        told = at_once([adding(city, *wishes[n % 2]) for n in range(THREADS)])
        (row,) = ResponsibilityRow.objects.filter(valid_to=None)
        assert told.count("") == 1
        assert set(told) == {"", str(row.id)}
        end_responsibility(actor=EDITOR, at=AT, row_id=row.id, valid_to=TODAY)


def test_a_row_moved_at_once_by_two_people_ends_once() -> None:
    city = make_city()
    row = add_responsibility(actor=EDITOR, at=AT, terms=city.terms("水务局", "P0101", "泰山街道"))

    def moving(host: str) -> Callable[[], str]:
        def move() -> str:
            try:
                terms = city.terms(host, "P0101", "泰山街道")
                replace_responsibility(actor=EDITOR, at=AT, row_id=row.id, terms=terms, expected=row.version)
            except Exception as error:
                return type(error).__name__
            return ""

        return move

    told = at_once([moving("城管局"), moving("街道办")])
    assert sorted(told) == ["", "StaleVersion"]
    assert ResponsibilityRow.objects.filter(valid_to=None).count() == 1
