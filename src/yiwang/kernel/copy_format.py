"""Binary COPY 批量写入格式: rows of Python values as PostgreSQL's `COPY … (FORMAT binary)` stream.

The driver's row writer looks a converter up for each value; here each column's is chosen once, and arrays
of integers go from numpy without a Python object an element. Only the types the product bulk-loads are known.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

Encoder = Callable[[Any], bytes]

_NULL = b"\xff\xff\xff\xff"
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_CHUNK = 1 << 17
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT4, _UUID = 23, 2950

_length = struct.Struct(">i").pack
_int2 = struct.Struct(">ih").pack
_int4 = struct.Struct(">ii").pack
_int8 = struct.Struct(">iq").pack
_float8 = struct.Struct(">id").pack
_array = struct.Struct(">iiiii").pack
_no_elements = struct.Struct(">iii").pack
_PAIR = np.dtype([("size", ">i4"), ("value", ">i4")])


def _text(value: str) -> bytes:
    raw = value.encode()
    return _length(len(raw)) + raw


def _bytea(value: bytes) -> bytes:
    return _length(len(value)) + value


def _uuid(value: UUID) -> bytes:
    return b"\0\0\0\x10" + value.bytes


def _bool(value: bool) -> bytes:
    return b"\0\0\0\x01\x01" if value else b"\0\0\0\x01\x00"


def _instant(value: datetime) -> bytes:
    return _int8(8, (value - _EPOCH) // _MICROSECOND)


def _int4_array(values: Any) -> bytes:
    count = len(values)
    if not count:
        return _bytea(_no_elements(0, 0, _INT4))
    pairs = np.empty(count, dtype=_PAIR)
    pairs["size"] = 4
    pairs["value"] = values
    return _bytea(_array(1, 0, _INT4, count, 1) + pairs.tobytes())


def _uuid_array(values: Sequence[UUID]) -> bytes:
    if not values:
        return _bytea(_no_elements(0, 0, _UUID))
    return _bytea(_array(1, 0, _UUID, len(values), 1) + b"".join(map(_uuid, values)))


def _numeric(value: Decimal) -> bytes:
    """Groups of four digits, the point between two of them; finite values only."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(0, -exponent)
    text = "".join(map(str, digits)) + "0" * max(0, exponent)
    whole, part = (text[:-scale] or "0", text[-scale:].rjust(scale, "0")) if scale else (text, "")
    whole = whole.rjust(-(-len(whole) // 4) * 4, "0")
    joined = whole + part.ljust(-(-len(part) // 4) * 4, "0")
    groups = [int(joined[start : start + 4]) for start in range(0, len(joined), 4)]
    head = struct.pack(">hhHh", len(groups), len(whole) // 4 - 1, 0x4000 if sign else 0, scale)
    return _bytea(head + struct.pack(f">{len(groups)}h", *groups))


_ENCODERS: Mapping[str, Encoder] = {
    "uuid": _uuid,
    "text": _text,
    "varchar": _text,
    "bytea": _bytea,
    "boolean": _bool,
    "smallint": lambda value: _int2(2, value),
    "integer": lambda value: _int4(4, value),
    "bigint": lambda value: _int8(8, value),
    "numeric": _numeric,
    "double precision": lambda value: _float8(8, value),
    "timestamp with time zone": _instant,
    "integer[]": _int4_array,
    "uuid[]": _uuid_array,
}


class CopyTable:
    """A table to be filled 待写表: its columns in order, and the stream of its rows.

    Args:
        name: the table.
        columns: column to SQL type, such as `varchar(20)`; the length is left to the server.
        constants: columns that hold the same value in every row; rows leave them out.

    Raises:
        ValueError: for a type that is not known here.
    """

    def __init__(
        self, name: str, columns: Mapping[str, str], constants: Mapping[str, Any] | None = None
    ) -> None:
        kinds = {column: kind.split("(")[0] for column, kind in columns.items()}
        unknown = sorted({kind for kind in kinds.values() if kind not in _ENCODERS})
        if unknown:
            raise ValueError(f"cannot copy columns of type {', '.join(unknown)} into {name}")
        same = constants or {}
        varying = tuple(column for column in kinds if column not in same)
        self.name = name
        self.columns = (*varying, *same)
        self._encoders = tuple(_ENCODERS[kinds[column]] for column in varying)
        self._tail = b"".join(
            _NULL if value is None else _ENCODERS[kinds[column]](value) for column, value in same.items()
        )
        self._count = struct.pack(">h", len(kinds))

    @property
    def statement(self) -> str:
        """The COPY statement."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        return f'COPY "{self.name}" ({names}) FROM STDIN (FORMAT binary)'

    def stream(self, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
        """The rows as chunks of about 128 KiB; None is NULL; values stand in the order of the columns.

        Raises:
            ValueError: when a row has another number of values than the table has columns.
        """
        encoders, head, tail = self._encoders, self._count, self._tail
        chunk, size = [_HEADER], 0
        for row in rows:
            parts = [
                _NULL if value is None else encode(value) for encode, value in zip(encoders, row, strict=True)
            ]
            whole = b"".join((head, *parts, tail))
            chunk.append(whole)
            size += len(whole)
            if size > _CHUNK:
                yield b"".join(chunk)
                chunk, size = [], 0
        chunk.append(_TRAILER)
        yield b"".join(chunk)
