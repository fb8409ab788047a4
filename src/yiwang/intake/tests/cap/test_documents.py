"""The gate before any tree: hostile and broken files are refused by name and never crash."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.intake.rules.cap.documents import DEEPEST, DEFAULT_BYTES, MOST_ELEMENTS, read_document
from yiwang.intake.rules.cap.parsing import parse_alert
from yiwang.intake.rules.cap.refusals import REFUSALS, CapRefused

from .messages import message

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><alert>&j;</alert>"
)
OUTSIDE = '<!DOCTYPE alert [<!ENTITY x SYSTEM "{0}">]><alert><identifier>&x;</identifier></alert>'


def zipped(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b'<?xml version="1.0"?>', "empty"),
        (b"x" * (DEFAULT_BYTES + 1), "too_large"),
        (gzip.compress(b"\0" * 10_000_000), "compressed"),
        (zipped(b"\0" * 10_000_000), "compressed"),
        (b"a.xml".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 300, "compressed"),
        (LAUGHS.encode(), "dtd"),
        (LAUGHS.replace('<?xml version="1.0"?>', "").encode("utf-16"), "dtd"),
        (OUTSIDE.format("file:///etc/passwd").encode(), "dtd"),
        (OUTSIDE.format("http://127.0.0.1:9/x").encode(), "dtd"),
        (b'<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd"><alert/>', "dtd"),
        (b"<!DOCTYPE alert><alert/>", "dtd"),
        (b"<alert>&undefined;</alert>", "broken_xml"),
        (b"<alert><identifier>", "broken_xml"),
        (b"<alert></info>", "broken_xml"),
        (b"<alert a='1' a='2'/>", "broken_xml"),
        (b"<alert/><alert/>", "broken_xml"),
        (b"<alert>\x01</alert>", "broken_xml"),
        (b"<x:alert/>", "broken_xml"),
        (b"PNG not xml", "broken_xml"),
        (b'{"identifier": "1"}', "broken_xml"),
        ("<alert>暴雨</alert>".encode("gbk"), "bad_encoding"),
        (b"<alert>\xff\xfe</alert>", "bad_encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><alert/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="no-such"?><alert/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="gbk"?><alert>\xff\xff</alert>', "bad_encoding"),
        ("<alert/>".encode("utf-32"), "bad_encoding"),
        (b"\xff\xfe<", "bad_encoding"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "too_deep"),
        (b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>", "too_deep"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_by_name(raw: bytes, reason: str) -> None:
    with pytest.raises(CapRefused) as refused:
        read_document(raw)
    assert refused.value.reason == reason
    assert refused.value.message.startswith(REFUSALS[reason].rstrip("。"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "big5"])
def test_the_encodings_of_real_senders_are_read(encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8", "gbk": "GB2312"}.get(encoding, encoding)
    text = message(headline="大雨將至").replace("UTF-8", declared)
    text = text.replace("气象", "氣象") if encoding == "big5" else text
    raw = text.encode(encoding, "xmlcharrefreplace")
    assert parse_alert(read_document(raw)).infos[0].headline == "大雨將至"


def test_a_comment_that_speaks_of_a_doctype_is_no_attack() -> None:
    assert read_document(b"<alert><!-- <!DOCTYPE x> --><![CDATA[<!ENTITY y>]]></alert>").tag == "alert"


def test_an_attribute_that_repeats_an_entity_is_refused_before_it_grows() -> None:
    raw = b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 1000 + b'">]><a b="' + b"&x;" * 100_000 + b'"/>'
    with pytest.raises(CapRefused, match="dtd"):
        read_document(raw)


@settings(max_examples=300)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_no_bytes_whatever_raise_anything_but_a_refusal(noise: bytes, start: int, length: int) -> None:
    whole = message().encode()
    for raw in (noise, whole[:start] + noise + whole[start + length :]):
        try:
            parse_alert(read_document(raw))
        except CapRefused as refused:
            assert refused.reason in REFUSALS  # noqa: PT017 - the only error that may come


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    assert len(set(REFUSALS.values())) == len(REFUSALS)
    with pytest.raises(KeyError):
        _ = CapRefused("invented").message
