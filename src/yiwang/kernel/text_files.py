"""Text files 文本文件: what offices save, as text."""

from __future__ import annotations


def text_of(content: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, else GB 18030, which holds GBK and GB 2312.

    Raises:
        UnicodeDecodeError: it is neither.

    >>> text_of("路灯".encode("gbk"))
    '路灯'
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


__all__ = ["text_of"]
