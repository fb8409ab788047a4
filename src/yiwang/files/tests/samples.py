"""Small real files for the tests."""

from __future__ import annotations

import io

from PIL import ExifTags, Image

#: Longitude and latitude in the samples, as EXIF writes them.
_LAT, _LON = (32.0, 3.0, 36.0), (118.0, 46.0, 48.0)
SECRET = "camera-serial-4711"


def picture(kind: str = "JPEG", *, orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture with time, place, serial number and comment hidden in it; red left, blue right."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = SECRET
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:02:13 15:20:30"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps.update({1: "N", 2: _LAT, 3: "E", 4: _LON})
    out = io.BytesIO()
    options = {"comment": SECRET.encode()} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif, **options)
    return out.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    """One box of an MP4."""
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def film(*, brand: bytes = b"isom", place: bytes = b"here") -> bytes:
    """The boxes of a film with its place written in three of them."""
    track = box(b"trak", box(b"tkhd", bytes(20)) + box(b"meta", place))
    movie = box(b"moov", box(b"mvhd", bytes(20)) + track + box(b"udta", box(b"\xa9xyz", place)))
    head = box(b"ftyp", brand + bytes(4) + b"mp42")
    return head + movie + box(b"uuid", bytes(16) + place) + box(b"mdat", b"pictures")
