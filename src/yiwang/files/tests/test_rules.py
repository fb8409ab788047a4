"""Types by content, safe names, time and place."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.files.errors import Damaged
from yiwang.files.rules.movies import blank_metadata
from yiwang.files.rules.names import LONGEST, safe_name
from yiwang.files.rules.places import Shot, shot_of
from yiwang.files.rules.types import ALLOWED, media_type_of

from .samples import box, film, picture

_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(30)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        (film(), "video/mp4"),
        (film(brand=b"qt  "), "video/quicktime"),
        (film(brand=b"M4A "), "audio/mp4"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(50), "audio/mpeg"),
        (b"\xff\xfb\x90\x44" + bytes(50), "audio/mpeg"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(30), "audio/wav"),
        (b"#!AMR\n" + bytes(20), "audio/amr"),
    ],
)
def test_a_type_is_told_by_the_content(content: bytes, expected: str) -> None:
    kind = media_type_of(content)
    assert kind is not None
    assert kind.name == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"\xff",
        b"hello",
        b"<html><script>alert(1)</script></html>",
        b"<!DOCTYPE html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"MZ\x90\x00\x03" + bytes(100),
        b"\x7fELF\x02\x01\x01" + bytes(100),
        b"#!/bin/sh\nrm -rf /\n",
        b"PK\x03\x04" + bytes(60),
        b"\x1f\x8b\x08" + bytes(60),
        _GIF,
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        b"\x00\x00\x00\x18ftypheic" + bytes(30),
        b"\xca\xfe\xba\xbe" + bytes(60),
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    assert media_type_of(content) is None


def _hostile_names() -> list[str]:
    stems = ["a", "井盖", "..", ".", "", " ", "con", "NUL", "x" * 500, "é" * 300, "\u202egpj.exe", "a\x00b"]
    dirs = ["", "/", "../", "..\\", "C:\\windows\\", "/etc/passwd/../", "a/b\\c/", "%2e%2e%2f"]
    tails = ["", ".jpg", ".exe", ".html", ".svg", ".jpg.exe", ".php;.jpg", "\r\nSet-Cookie: a=b", '"; x="']
    return [d + s + t for s in stems for d in dirs for t in tails][:300]


@pytest.mark.parametrize("given_name", [*_hostile_names()[:200], *_hostile_names()[-20:]])
def test_no_hostile_name_survives(given_name: str) -> None:
    _assert_safe(safe_name(given_name, ".jpg"))


@given(st.text())
def test_no_name_at_all_survives_unsafe(given_name: str) -> None:
    _assert_safe(safe_name(given_name, ".jpg"))


def _assert_safe(name: str) -> None:
    assert name.endswith(".jpg")
    assert len(name) <= LONGEST
    assert len(name) > len(".jpg")
    assert not name.startswith((".", "-", " "))
    assert ".." not in name
    assert not set(name) & set("/\\<>:\"|?*;%&$`'")
    assert all(unicodedata.category(c)[0] not in "CZ" or c == " " for c in name)
    assert name.partition(".")[0].lower() not in {"con", "nul", "aux", "prn"}


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("井盖.jpg", "井盖.jpg"),
        ("IMG_0001.JPEG", "IMG_0001.jpg"),
        ("C:\\photos\\井盖 1.png", "井盖 1.jpg"),
        ("invoice.jpg.exe", "invoice.jpg.jpg"),
        ("", "file.jpg"),
        ("....", "file.jpg"),
        ("con.txt", "file_con.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
    ],
)
def test_a_name_stays_readable(given_name: str, expected: str) -> None:
    assert safe_name(given_name, ".jpg") == expected


def test_every_allowed_type_has_its_own_extension() -> None:
    assert len({kind.extension for kind in ALLOWED}) == len(ALLOWED)


@pytest.mark.parametrize(
    ("exif", "gps", "expected"),
    [
        ({}, {}, Shot()),
        (
            {0x9003: "2026:02:13 15:20:30"},
            {1: "N", 2: (32.0, 3.0, 36.0), 3: "E", 4: (118.0, 46.0, 48.0)},
            Shot(datetime(2026, 2, 13, 7, 20, 30, tzinfo=UTC), 118.78, 32.06),
        ),
        (
            {0x9003: "2026:02:13 15:20:30", 0x9011: "+09:00"},
            {1: "S", 2: (32.0, 3.0, 36.0), 3: "W", 4: (118.0, 46.0, 48.0)},
            Shot(datetime(2026, 2, 13, 6, 20, 30, tzinfo=UTC), -118.78, -32.06),
        ),
        ({0x9003: "0000:00:00 00:00:00"}, {1: "N", 2: (0, 0, 0), 3: "E", 4: (0, 0, 0)}, Shot()),
        ({0x9003: b"junk"}, {1: "N", 2: (95, 0, 0), 3: "E", 4: (118, 0, 0)}, Shot()),
        ({0x9003: None}, {2: "junk", 4: (1, 2)}, Shot()),
        (
            {0x9003: "2026:02:13 15:20:30", 0x9011: "x"},
            {},
            Shot(datetime(2026, 2, 13, 7, 20, 30, tzinfo=UTC)),
        ),
    ],
)
def test_time_and_place_are_read_and_nonsense_is_left_out(
    exif: dict[int, object], gps: dict[int, object], expected: Shot
) -> None:
    shot = shot_of(exif, gps)
    assert shot.taken_at == expected.taken_at
    assert (shot.lon, shot.lat) == (pytest.approx(expected.lon), pytest.approx(expected.lat))


def test_a_films_metadata_are_blanked_and_nothing_moves() -> None:
    content = film(place=b"+32.0603+118.7969/")
    file = io.BytesIO(content)
    assert blank_metadata(file, "a.mp4") == 3
    cleaned = file.getvalue()
    assert b"+32.0603" in content
    assert b"+32.0603" not in cleaned
    assert len(cleaned) == len(content)
    assert cleaned[-8:] == content[-8:]
    assert blank_metadata(io.BytesIO(cleaned), "a.mp4") == 0


@pytest.mark.parametrize(
    "content",
    [
        film()[:-3],
        box(b"ftyp", b"isom") + b"\x00\x00\x00\x04moov",
        box(b"ftyp", b"isom") + b"\x00\x00\x00\x01moov" + b"\xff" * 8,
        box(b"ftyp", b"isom") + b"\x00\x00",
    ],
)
def test_a_film_whose_boxes_do_not_fit_is_refused(content: bytes) -> None:
    with pytest.raises(Damaged):
        blank_metadata(io.BytesIO(content), "a.mp4")
