"""Letterbox 公众表单收件: one message of a public form, stored like every other and handled at once."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from PIL import Image, UnidentifiedImageError

from ...cases.public import Report
from ...kernel.errors import invalid
from ...orgs.public import area_index
from ...places.public import place_of
from ..models import RawMessage
from ..queries.channels import LiveChannel
from ..rules.door_settings import read_settings
from ..rules.letterbox import Answers, body_of, form_settings
from .handling import handle_now
from .receiving import receive_raw

#: Bytes of all pictures of one message, and of a picture that is sent on as it is.
_ALL_PICTURES, _SMALL = 7_500_000, 1_200_000
_MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
#: Longest sides that a large picture is tried at.
_SIDES = (2560, 1920, 1440, 1080)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a message of a form belongs 表单地点: names, the widest first; codes, the narrowest first."""

    community: str = ""
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def where_is(*, lon: float | None, lat: float | None, community: UUID | None, at: datetime) -> Where:
    """The areas of a point, else of a chosen area; nothing when neither is known."""
    index = area_index()
    area = community
    if lon is not None and lat is not None:
        place = place_of(lon, lat, at=at)
        if place is not None:
            area = place.community_id or place.street_id or place.district_id or area
    if area is None or area not in index.by_id:
        return Where()
    narrow = [node for node in index.ancestors(area) if node.kind in {"community", "street", "district"}]
    found = next((node.code for node in narrow if node.kind == "community"), "")
    return Where(found, tuple(node.name for node in reversed(narrow)), tuple(node.code for node in narrow))


def submit_form(*, channel: LiveChannel, at: datetime, answers: Answers) -> tuple[RawMessage, Report | None]:
    """Store a form's message and handle it at once 提交表单; the message and its report.

    The report is None when the message waits in the quarantine. The same form again gives the same report.

    Raises:
        TooMany: the channel is over its quota.
    """
    body = body_of(answers, read_settings(channel.definition, form_settings))
    receipt = receive_raw(channel=channel, bodies=[body], at=at)
    row = handle_now(channel=channel, ids=receipt.ids, at=at)[0]
    return row, Report.objects.filter(pk=row.report).first() if row.report else None


def packed_pictures(uploads: Sequence[tuple[str, bytes]]) -> list[dict[str, str]]:
    """Pictures as a message carries them 图片打包; large ones are made smaller, their time and place kept.

    Raises:
        Invalid: one is no picture, or too large in pixels.
    """
    share = _ALL_PICTURES // max(len(uploads), 1)
    return [
        {"name": name[-120:], "base64": base64.b64encode(_small(name, content, share)).decode()}
        for name, content in uploads
    ]


def _small(name: str, content: bytes, share: int) -> bytes:
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        if image.width * image.height > _MOST_PIXELS:
            raise invalid("pictures", name, "图片像素过大，请缩小后上传。")
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise invalid("pictures", name, "无法识别，请上传 JPG、PNG 或 WEBP 图片。") from error
    if len(content) <= min(_SMALL, share):
        return content
    exif = image.getexif().tobytes()
    for side in _SIDES:
        copy = image.convert("RGB")
        copy.thumbnail((side, side))
        written = io.BytesIO()
        copy.save(written, "JPEG", quality=85, exif=exif)
        if written.tell() <= share:
            break
    return written.getvalue()
