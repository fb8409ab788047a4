"""Cleaned pictures 图片清理: decoded and written anew, so that nothing travels along with the pixels.

EXIF, GPS, XMP, comments, embedded previews and whatever hangs behind the picture are gone afterwards; its
time and place have been read before. A JPEG that stands upright keeps its own quantization tables.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageOps

from ..errors import Damaged, TooLarge, TypeNotAllowed
from .places import Shot, shot_of
from .types import MediaType

#: Most pixels of a picture; more are refused before anything is decoded.
MOST_PIXELS = 50_000_000
#: Longest side of a thumbnail in pixels.
THUMB_SIDE = 480
_QUALITY = 92
_THUMB_QUALITY = 80
_KEPT_INFO = ("transparency", "icc_profile")
_UPRIGHT = 1


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture ready to be stored 清理后的图片."""

    content: bytes
    thumb: bytes
    width: int
    height: int
    shot: Shot


def clean_picture(content: bytes, kind: MediaType, filename: str) -> CleanPicture:
    """Decode a picture, read time and place, write it anew, and make its thumbnail (JPEG).

    Args:
        content: of the type `kind`, told by its first bytes.
        filename: for the message.

    Raises:
        TooLarge: more than `MOST_PIXELS`.
        TypeNotAllowed: a moving picture.
        Damaged: it cannot be decoded to the end.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=[kind.format])
        if image.width * image.height > MOST_PIXELS:
            raise TooLarge(filename, f"图片超过 {MOST_PIXELS // 10_000} 万像素，请缩小后上传。")
        if image.format != "MPO" and getattr(image, "is_animated", False):
            raise TypeNotAllowed(filename, "请上传静态图片。")
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLarge(filename, f"图片超过 {MOST_PIXELS // 10_000} 万像素，请缩小后上传。") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError) as error:
        raise Damaged(filename, "图片无法读取，请重新拍摄或另存后上传。") from error
    shot, orientation = _hidden(image)
    clean = _written(image, kind, orientation)
    with Image.open(io.BytesIO(clean), formats=[kind.format]) as again:
        width, height = again.size
        thumb = _thumb(again)
    return CleanPicture(clean, thumb, width, height, shot)


def _hidden(image: Image.Image) -> tuple[Shot, int]:
    """Time, place and orientation; broken EXIF counts as none."""
    try:
        exif = image.getexif()
        details, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        return shot_of(details, gps), int(exif.get(ExifTags.Base.Orientation, _UPRIGHT))
    except Exception:
        return Shot(), _UPRIGHT


def _written(image: Image.Image, kind: MediaType, orientation: int) -> bytes:
    options: dict[str, Any] = {}
    if kind.format == "JPEG":
        keep = orientation == _UPRIGHT and image.format == "JPEG"
        options = {"quality": "keep" if keep else _QUALITY, "optimize": False}
    elif kind.format == "WEBP":
        options = {"quality": _QUALITY, "method": 2}
    image.info = {name: image.info[name] for name in _KEPT_INFO if name in image.info}
    if orientation in range(2, 9):
        image = _upright(image, orientation)
    if kind.format == "JPEG" and image.mode not in {"L", "RGB", "CMYK"}:
        image, options["quality"] = image.convert("RGB"), _QUALITY
    out = io.BytesIO()
    image.save(out, kind.format, icc_profile=image.info.get("icc_profile"), **options)
    return out.getvalue()


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    marked = image.getexif()
    marked[ExifTags.Base.Orientation] = orientation
    turned = ImageOps.exif_transpose(image)
    turned.info = {name: image.info[name] for name in _KEPT_INFO if name in image.info}
    return turned


def _thumb(image: Image.Image) -> bytes:
    image.draft("RGB", (THUMB_SIDE, THUMB_SIDE))
    image.thumbnail((THUMB_SIDE, THUMB_SIDE))
    if image.mode in {"RGBA", "LA", "P", "PA"}:
        overlaid = image.convert("RGBA")
        flat = Image.new("RGB", overlaid.size, "white")
        flat.paste(overlaid, mask=overlaid.getchannel("A"))
        image = flat
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=_THUMB_QUALITY)
    return out.getvalue()
