"""Documents 文档: bytes from outside turned into an XML tree, or refused by name.

The gate stands before any tree is built. Sizes are looked at first, then the encoding, then every element
passes expat with a depth and a number of elements allowed and with document type declarations refused where
they begin, so no entity is ever defined. Only what is left is given to lxml, which may neither resolve
entities nor reach the network. Nothing is decompressed.
"""

from __future__ import annotations

import codecs
import re
from typing import NoReturn
from xml.parsers import expat

from lxml import etree

from .refusals import CapRefused

#: Bytes a message may have unless its channel says otherwise. A long national alert has about 100,000.
DEFAULT_BYTES = 2 * 1024 * 1024
MOST_BYTES = 16 * 1024 * 1024
DEEPEST = 40
MOST_ELEMENTS = 100_000

_COMPRESSED = {
    b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "rar", b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, ""), (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
#: Encodings that are read, by the name files declare them with. GB 18030 contains GBK and GB 2312.
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1", "windows-1252": "cp1252", "gb2312": "gb18030", "gbk": "gb18030",
    "gb18030": "gb18030", "big5": "big5",
}  # fmt: skip
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,300}\?>")


def read_document(raw: bytes, *, limit: int = DEFAULT_BYTES) -> etree._Element:
    """The root element of a message's bytes.

    Args:
        limit: most bytes allowed.

    Raises:
        CapRefused: `empty`, `too_large`, `compressed`, `bad_encoding`, `dtd`, `too_deep` or `broken_xml`.
    """
    _check_size(raw, limit)
    text = _DECLARATION.sub("", _decoded(raw), count=1).strip()
    if not text:
        raise CapRefused("empty")
    clean = _encoded(text)
    _walk(clean)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        encoding="utf-8",
    )  # fmt: skip
    try:
        return etree.fromstring(clean, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CapRefused("broken_xml", _first_line(error)) from error


def _check_size(raw: bytes, limit: int) -> None:
    if not raw.strip():
        raise CapRefused("empty")
    if len(raw) > limit:
        raise CapRefused("too_large", f"上限 {limit} 字节")
    for magic, name in _COMPRESSED.items():
        if raw.startswith(magic):
            raise CapRefused("compressed", name)
    if raw[257:262] == b"ustar":
        raise CapRefused("compressed", "tar")


def _decoded(raw: bytes) -> str:
    encoding, body = _encoding_of(raw)
    try:
        text = body.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise CapRefused("bad_encoding", f"{encoding}，第 {getattr(error, 'start', 0)} 字节") from error
    return text.removeprefix("\ufeff")


def _encoding_of(raw: bytes) -> tuple[str, bytes]:
    """The encoding and the bytes after the byte order mark."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            if not encoding:
                raise CapRefused("bad_encoding", "UTF-32")
            return encoding, raw[len(mark) :]
    if raw.startswith(b"<\x00"):
        return "utf-16-le", raw
    if raw.startswith(b"\x00<"):
        return "utf-16-be", raw
    found = _DECLARED.match(raw[:1000])
    if found is None:
        return "utf-8", raw
    name = found.group(1).decode("ascii").lower()
    encoding = _ENCODINGS.get(name, "")
    if not encoding:
        raise CapRefused("bad_encoding", f"声明为 {name}")
    return encoding, raw


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CapRefused("bad_encoding", "含有不成对的代理字符") from error


class _Gate:
    """What expat calls while it reads; raises at the first thing that may not be."""

    def __init__(self) -> None:
        self.depth = 0
        self.elements = 0

    def begin(self, name: str, attributes: object) -> None:
        """An element begins."""
        self.depth += 1
        self.elements += 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise CapRefused("too_deep", f"上限 {DEEPEST} 层、{MOST_ELEMENTS} 个元素")

    def end(self, name: str) -> None:
        """An element ends."""
        self.depth -= 1

    def declared(self, *about: object) -> NoReturn:
        """A document type or an entity is declared."""
        raise CapRefused("dtd")


def _walk(clean: bytes) -> None:
    gate, parser = _Gate(), expat.ParserCreate("utf-8")
    parser.StartElementHandler = gate.begin
    parser.EndElementHandler = gate.end
    parser.StartDoctypeDeclHandler = gate.declared
    parser.EntityDeclHandler = gate.declared
    parser.ExternalEntityRefHandler = gate.declared
    try:
        parser.Parse(clean, True)
    except expat.ExpatError as error:
        raise CapRefused("broken_xml", f"第 {error.lineno} 行：{expat.ErrorString(error.code)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
