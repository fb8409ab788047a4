"""Keyset paging 按键翻页: pages that go on from the last row seen, with no count(*) and no offset.

A list is ordered by one column and then by key, both in the same direction, so that one index
`(column, id)` serves both directions. The cursor is opaque and signed: it holds the order, the direction
and the last values seen, never a permission.

Rows whose column is null come last in either direction, when the order says that it may be null.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from ..kernel.errors import Invalid, invalid

M = TypeVar("M", bound=Model)
T = TypeVar("T")

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
_SALT = "yiwang.interface.keyset"


@dataclass(frozen=True, slots=True)
class Order:
    """An order to page by 排序.

    Attributes:
        name: what the address calls it, such as `due`.
        column: name of a concrete field of the model.
        descending: largest first, keys included.
        nullable: whether the column may be null; null rows come last.
        key: name of the unique field that breaks ties.
    """

    name: str
    column: str
    descending: bool = False
    nullable: bool = False
    key: str = "id"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after (or, going back, before) the row with these values."""

    order: str
    backward: bool
    value: Any
    key: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list 页.

    Attributes:
        rows: in the order of the list, whichever way the reader came.
        next: cursor of the following page, None on the last.
        previous: cursor of the page before, None on the first.
    """

    rows: list[T]
    next: str | None = None
    previous: str | None = None

    @property
    def has_next(self) -> bool:
        """Whether rows follow."""
        return self.next is not None

    @property
    def has_previous(self) -> bool:
        """Whether rows come before."""
        return self.previous is not None


def encode_cursor(cursor: Cursor) -> str:
    """The opaque text of a cursor."""
    raw = json.dumps([cursor.order, int(cursor.backward), cursor.value, cursor.key], separators=(",", ":"))
    body = base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")
    return Signer(salt=_SALT, sep=".").sign(body)


def decode_cursor(text: str) -> Cursor:
    """The cursor that `encode_cursor` wrote.

    Raises:
        Invalid: when the text was cut, altered, or made under another key.
    """
    try:
        body = Signer(salt=_SALT, sep=".").unsign(text)
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        order, backward, value, key = json.loads(raw)
    except (BadSignature, binascii.Error, ValueError):
        raise _stale_cursor(text) from None
    return Cursor(order=order, backward=bool(backward), value=value, key=key)


def page_by_key(
    rows: QuerySet[M], order: Order, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[M]:
    """One page of a queryset, by one query of at most `size + 1` rows.

    Args:
        rows: filtered to what the actor may see; its own order is replaced.
        cursor: text from an earlier page; None or empty for the first page.
        size: rows a page, at most `MAX_PAGE_SIZE`.

    Raises:
        Invalid: when the cursor is broken or belongs to another order, or the size is out of range.
    """
    size = page_size(size)
    at = _cursor_of(cursor, order)
    backward = at is not None and at.backward
    ordered = rows.order_by(*_ordering(order, backward=backward))
    if at is not None:
        ordered = ordered.filter(_beyond(rows.model, order, at))
    found = list(ordered[: size + 1])
    return page_of(
        found,
        size=size,
        order=order,
        at=at,
        values=lambda row: (_text(rows.model, order.column, row), _text(rows.model, order.key, row)),
    )


def page_of(
    found: Sequence[T],
    *,
    size: int,
    order: Order,
    at: Cursor | None,
    values: Callable[[T], tuple[Any, Any]],
) -> Page[T]:
    """A page from the rows a query of its own found; for lists written in SQL.

    Args:
        found: at most `size + 1` rows beyond the cursor, nearest first.
        values: sort value and key of a row, as JSON carries them.
    """
    more = len(found) > size
    kept = list(found[:size])
    backward = at is not None and at.backward
    if backward:
        kept.reverse()
    if not kept:
        return Page([])
    before = more if backward else at is not None
    after = True if backward else more

    def cursor_at(row: T, *, back: bool) -> str:
        value, key = values(row)
        return encode_cursor(Cursor(order.name, back, value, key))

    return Page(
        kept,
        next=cursor_at(kept[-1], back=False) if after else None,
        previous=cursor_at(kept[0], back=True) if before else None,
    )


def page_size(size: object) -> int:
    """A page size from an address or a program.

    Raises:
        Invalid: when it is no whole number between 1 and `MAX_PAGE_SIZE`.
    """
    try:
        number = int(str(size))
    except ValueError:
        number = 0
    if not 1 <= number <= MAX_PAGE_SIZE:
        raise invalid("limit", size, f"请填写 1 到 {MAX_PAGE_SIZE} 之间的整数。")
    return number


def order_named(name: str | None, orders: Sequence[Order]) -> Order:
    """The order an address asks for; the first one when it asks for none.

    Raises:
        Invalid: when the name is unknown.
    """
    if not name:
        return orders[0]
    for order in orders:
        if order.name == name:
            return order
    raise invalid("order", name, f"可选的排序有：{'、'.join(o.name for o in orders)}。")


def _cursor_of(text: str | None, order: Order) -> Cursor | None:
    if not text:
        return None
    found = decode_cursor(text)
    if found.order != order.name:
        raise _stale_cursor(text)
    return found


def _stale_cursor(text: str) -> Invalid:
    return invalid("cursor", text, "翻页标记无效或已过期，请从第一页重新开始。")


def _ordering(order: Order, *, backward: bool) -> list[Any]:
    down = order.descending is not backward
    column, key = F(order.column), F(order.key)
    if not order.nullable:
        return [column.desc(), key.desc()] if down else [column.asc(), key.asc()]
    nulls = {"nulls_first": True} if backward else {"nulls_last": True}
    return [column.desc(**nulls), key.desc()] if down else [column.asc(**nulls), key.asc()]


def _beyond(model: type[Model], order: Order, at: Cursor) -> Any:
    """The condition for rows that lie beyond the cursor in its direction."""
    down = order.descending is not at.backward
    lookup = TupleLessThan if down else TupleGreaterThan
    key = _field(model, order.key).to_python(at.key)
    key_side = f"{order.key}__{'lt' if down else 'gt'}"
    if at.value is None:
        among_nulls = Q(**{f"{order.column}__isnull": True, key_side: key})
        return among_nulls | Q(**{f"{order.column}__isnull": False}) if at.backward else among_nulls
    value = _field(model, order.column).to_python(at.value)
    beyond = Q(lookup(Tuple(F(order.column), F(order.key)), (value, key)))
    if order.nullable and not at.backward:
        return beyond | Q(**{f"{order.column}__isnull": True})
    return beyond


def _field(model: type[Model], name: str) -> Field:
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return field


def _text(model: type[Model], name: str, row: Model) -> Any:
    field = _field(model, name)
    value = getattr(row, field.attname)
    if value is None or isinstance(value, (int, str)):
        return value
    return field.value_to_string(row)
