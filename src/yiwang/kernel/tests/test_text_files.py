"""Text files: the encodings that offices save in, and bytes that are none of them."""

from __future__ import annotations

import pytest

from yiwang.kernel.text_files import text_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_what_an_office_saved_reads_the_same_in_every_encoding(encoding):
    assert text_of("编号,地点\r\n1,长江路\r\n".encode(encoding)) == "编号,地点\r\n1,长江路\r\n"


def test_an_empty_file_is_an_empty_text():
    assert text_of(b"") == ""


def test_bytes_in_no_known_encoding_are_refused():
    with pytest.raises(UnicodeDecodeError):
        text_of(b"\xff\xfe\x00\xd8")
