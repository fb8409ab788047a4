"""The COPY stream, byte by byte where PostgreSQL's documentation gives the bytes."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest

from yiwang.kernel.copy_format import CopyTable

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def test_a_row_is_a_count_and_its_fields_and_the_stream_ends_with_minus_one() -> None:
    table = CopyTable("t", {"a": "varchar(9)", "b": "integer", "c": "uuid", "d": "boolean"})
    rows = [("路", -2, UUID(int=7), True), (None, None, None, False)]
    row_one = struct.pack(">hi", 4, 3) + "路".encode() + struct.pack(">ii", 4, -2)
    row_one += struct.pack(">i", 16) + bytes(15) + b"\x07" + b"\0\0\0\x01\x01"
    row_two = struct.pack(">hiii", 4, -1, -1, -1) + b"\0\0\0\x01\x00"
    assert b"".join(table.stream(rows)) == HEAD + row_one + row_two + b"\xff\xff"
    assert table.statement == 'COPY "t" ("a", "b", "c", "d") FROM STDIN (FORMAT binary)'


def test_constants_stand_last_and_rows_leave_them_out() -> None:
    table = CopyTable("t", {"a": "integer", "b": "text"}, {"a": 5})
    assert table.columns == ("b", "a")
    assert (
        b"".join(table.stream([("x",)]))
        == HEAD + b"\0\x02" + b"\0\0\0\x01x" + b"\0\0\0\x04\0\0\0\x05" + b"\xff\xff"
    )


def test_an_array_of_integers_says_its_type_and_size() -> None:
    table = CopyTable("t", {"a": "integer[]"})
    body = struct.pack(">iiiii", 1, 0, 23, 2, 1) + struct.pack(">iiii", 4, -1, 4, 9)
    assert (
        b"".join(table.stream([([-1, 9],)]))
        == HEAD + b"\0\x01" + struct.pack(">i", len(body)) + body + b"\xff\xff"
    )


def test_a_row_of_the_wrong_length_and_an_unknown_type_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        b"".join(CopyTable("t", {"a": "integer"}).stream([(1, 2)]))
    with pytest.raises(ValueError, match="jsonb"):
        CopyTable("t", {"a": "jsonb"})


def test_a_long_stream_comes_in_chunks_that_are_one_stream_together() -> None:
    table = CopyTable("t", {"a": "text"})
    rows = [("路" * 10_000,), ("灯",)] * 20
    chunks = list(table.stream(rows))
    alone = [b"".join(table.stream([row]))[len(HEAD) : -2] for row in rows]
    assert len(chunks) > 2
    assert b"".join(chunks) == HEAD + b"".join(alone) + b"\xff\xff"
