"""What one report says, as every stage of triage takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Said:
    """One report 诉求要素, without its reporter's name or phone.

    Attributes:
        key: the report.
        text: the reporter's words, with the title in front, if there is one.
        at: when it came in, or when it happened, if that is known.
        case_id: the case that it belongs to now, if any; never proposed as its own repeat.
        address: the reporter's description of the place; may be empty.
        lon, lat: WGS84 degrees, both or neither.
        area_id: the narrowest known area, if somebody chose one.
        class_id: the class that the source or an operator gave, if any.
        channel: code of the channel.
        reporter: blind index of the contact; equal for equal persons, never readable.
        part_code: national code of a part (部件) named by the source.
        pictures: difference hashes of its pictures, 64 bits each.
    """

    key: UUID
    text: str
    at: datetime
    case_id: UUID | None = None
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    area_id: UUID | None = None
    class_id: UUID | None = None
    channel: str = ""
    reporter: bytes = b""
    part_code: str = ""
    pictures: tuple[int, ...] = ()
