"""Keyset paging against a real table, and the cursor's own promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from yiwang.interface.keyset import (
    Cursor,
    Order,
    Page,
    decode_cursor,
    encode_cursor,
    order_named,
    page_by_key,
    page_size,
)
from yiwang.kernel.errors import Invalid
from yiwang.ledger.models import OutboxEvent

START = datetime(2026, 2, 15, 8, tzinfo=UTC)
NEWEST = Order("newest", "created_at", descending=True)
RETRY = Order("retry", "retry_at", nullable=True)


def _events(count: int, *, with_retry: int = 0) -> None:
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            stream="0196f0b4-0000-7000-8000-000000000000",
            lane=0,
            kind=f"test.{n}",
            body="{}",
            created_at=START + timedelta(minutes=n // 3),
            retry_at=START + timedelta(minutes=n // 2) if n < with_retry else None,
        )
        for n in range(count)
    )


def _walk(order: Order, size: int) -> tuple[list[list[str]], list[list[str]]]:
    """Kinds of each page going forward, and again coming back from the last."""
    forward, back = [], []
    page: Page = page_by_key(OutboxEvent.objects.all(), order, size=size)
    forward.append([e.kind for e in page.rows])
    while page.next:
        page = page_by_key(OutboxEvent.objects.all(), order, cursor=page.next, size=size)
        forward.append([e.kind for e in page.rows])
    back.append([e.kind for e in page.rows])
    while page.previous:
        page = page_by_key(OutboxEvent.objects.all(), order, cursor=page.previous, size=size)
        back.append([e.kind for e in page.rows])
    return forward, back


@pytest.mark.django_db
@pytest.mark.parametrize(
    "order",
    [
        NEWEST,
        Order("oldest", "created_at"),
        RETRY,
        Order("retry_down", "retry_at", descending=True, nullable=True),
        Order("kind", "kind", descending=True),
    ],
    ids=lambda o: o.name,
)
@pytest.mark.parametrize("size", [1, 3, 5, 20])
def test_walking_forward_and_back_shows_every_row_once_and_the_same_pages(order: Order, size: int) -> None:
    _events(11, with_retry=6)
    sign = "-" if order.descending else ""
    rows = sorted(
        OutboxEvent.objects.order_by(f"{sign}id"),
        key=lambda e: getattr(e, order.column) or START,
        reverse=order.descending,
    )
    if order.nullable:
        rows = [r for r in rows if r.retry_at] + [r for r in rows if not r.retry_at]
    forward, back = _walk(order, size)
    assert [kind for page in forward for kind in page] == [e.kind for e in rows]
    assert forward[0] == [e.kind for e in rows][:size]
    assert back == forward[::-1]


@pytest.mark.django_db
def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after() -> None:
    _events(4)
    first = page_by_key(OutboxEvent.objects.all(), NEWEST, size=2)
    assert (first.has_previous, first.has_next) == (False, True)
    last = page_by_key(OutboxEvent.objects.all(), NEWEST, cursor=first.next, size=2)
    assert (last.has_previous, last.has_next) == (True, False)
    again = page_by_key(OutboxEvent.objects.all(), NEWEST, cursor=last.previous, size=2)
    assert [e.id for e in again.rows] == [e.id for e in first.rows]
    assert (again.has_previous, again.has_next) == (False, True)


@pytest.mark.django_db
def test_a_row_added_before_the_cursor_neither_repeats_nor_hides_one() -> None:
    _events(6)
    first = page_by_key(OutboxEvent.objects.all(), NEWEST, size=3)
    seen = [e.kind for e in first.rows]
    OutboxEvent.objects.create(
        stream="0196f0b4-0000-7000-8000-000000000000", lane=0, kind="test.new", body="{}",
        created_at=START + timedelta(days=1),
    )  # fmt: skip
    second = page_by_key(OutboxEvent.objects.all(), NEWEST, cursor=first.next, size=3)
    assert sorted(seen + [e.kind for e in second.rows]) == [f"test.{n}" for n in range(6)]


@pytest.mark.django_db
def test_a_page_is_one_query_without_count_or_offset() -> None:
    _events(5)
    first = page_by_key(OutboxEvent.objects.all(), NEWEST, size=2)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        page_by_key(OutboxEvent.objects.all(), NEWEST, cursor=first.next, size=2)
    assert len(seen) == 1
    text = seen[0]["sql"].upper()
    assert "COUNT(" not in text
    assert "OFFSET" not in text
    assert '("LEDGER_OUTBOXEVENT"."CREATED_AT", "LEDGER_OUTBOXEVENT"."ID") <' in text


@pytest.mark.django_db
def test_an_empty_list_has_no_cursors() -> None:
    assert page_by_key(OutboxEvent.objects.none(), NEWEST) == Page([])


@given(
    st.text(max_size=20),
    st.booleans(),
    st.one_of(st.none(), st.integers(), st.text(max_size=40)),
    st.text(max_size=36),
)
def test_a_cursor_survives_its_journey(order: str, backward: bool, value: object, key: str) -> None:
    cursor = Cursor(order, backward, value, key)
    assert decode_cursor(encode_cursor(cursor)) == cursor


@pytest.mark.parametrize(
    "alter", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "....", str.upper]
)
def test_an_altered_cursor_is_refused_by_name(alter) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(alter(encode_cursor(Cursor("newest", False, "a", "b"))))
    assert [p.field for p in refusal.value.problems] == ["cursor"]


@pytest.mark.django_db
def test_a_cursor_of_another_order_is_refused() -> None:
    foreign = encode_cursor(Cursor("oldest", False, START.isoformat(), "1"))
    with pytest.raises(Invalid):
        page_by_key(OutboxEvent.objects.all(), NEWEST, cursor=foreign)


@pytest.mark.parametrize("size", [0, -1, 201, "many", None])
def test_a_page_size_out_of_range_is_refused(size: object) -> None:
    with pytest.raises(Invalid):
        page_size(size)


def test_an_unknown_order_is_refused_and_none_is_the_first() -> None:
    assert order_named("", [NEWEST, RETRY]) is NEWEST
    assert order_named("retry", [NEWEST, RETRY]) is RETRY
    with pytest.raises(Invalid, match="newest、retry"):
        order_named("title", [NEWEST, RETRY])
