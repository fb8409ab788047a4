"""Messages 预警报文: one CAP message as plain values, as far as it could be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ...enums import AlertDeviation

Pair = tuple[str, str]
#: Longitude and latitude in degrees.
Point = tuple[float, float]

#: Names of the deviations that are noted; docs/cap.md explains each.
DEVIATIONS = frozenset(AlertDeviation.values)


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle 圆: centre in degrees, radius in kilometres."""

    lon: float
    lat: float
    km: float


@dataclass(frozen=True, slots=True)
class CapArea:
    """An area 影响范围: its description, its shapes and codes; all of them together are meant."""

    description: str = ""
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Pair, ...] = ()
    altitude: str = ""
    ceiling: str = ""

    @property
    def is_placed(self) -> bool:
        """Whether it says where it is, other than in words."""
        return bool(self.polygons or self.circles or self.geocodes)


@dataclass(frozen=True, slots=True)
class CapResource:
    """A resource 附件, named and never fetched."""

    description: str
    mime_type: str
    uri: str = ""
    size: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class CapInfo:
    """A block 信息块: one language's or one hazard's text of a message.

    Attributes:
        level: 1 red to 4 blue, 5 unknown.
        level_from: `named`, `title`, `severity`, or empty.
    """

    language: str
    event: str
    urgency: str
    severity: str
    certainty: str
    categories: tuple[str, ...] = ()
    level: int = 5
    level_from: str = ""
    responses: tuple[str, ...] = ()
    audience: str = ""
    event_codes: tuple[Pair, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Pair, ...] = ()
    resources: tuple[CapResource, ...] = ()
    areas: tuple[CapArea, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference 引用 to an earlier message; sender and instant may be unknown."""

    identifier: str
    sender: str = ""
    sent: datetime | None = None


@dataclass(frozen=True, slots=True)
class CapAlert:
    """A message 预警报文.

    Attributes:
        version: `1.2`, `1.1`, or empty without namespace.
        deviations: names from `DEVIATIONS`, sorted.
    """

    version: str
    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    scope: str
    source: str = ""
    note: str = ""
    codes: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    incidents: str = ""
    infos: tuple[CapInfo, ...] = ()
    deviations: tuple[str, ...] = ()

    @property
    def is_warning(self) -> bool:
        """Whether it warns by itself: an Alert or an Update."""
        return self.msg_type in {"Alert", "Update"}

    @property
    def ends_others(self) -> bool:
        """Whether it ends what it references: an Update or a Cancel."""
        return self.msg_type in {"Update", "Cancel"}

    @property
    def level(self) -> int:
        """The highest level of its blocks, 1 red to 4 blue, 5 unknown."""
        return min((block.level for block in self.infos), default=5)

    @property
    def effective(self) -> datetime:
        """When the first of its blocks takes effect; when it was sent, for blocks that do not say."""
        return min((block.effective or self.sent for block in self.infos), default=self.sent)

    def expires(self, otherwise: timedelta) -> datetime:
        """When the last of its blocks expires.

        Args:
            otherwise: how long a block without `expires` stands; the standard leaves it to who receives.
        """
        last = self.effective + otherwise
        return max((block.expires or last for block in self.infos), default=last)

    def plain(self) -> dict[str, Any]:
        """The message as JSON may hold it."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def preferred(languages: Iterable[str], wanted: Iterable[str] = ("zh", "en")) -> int:
    """Position of the language to show: the first that is wanted, else the first; 0 for none at all.

    Example: `preferred(["en-US", "zh-CN"])` is 1.
    """
    listed = [language.lower() for language in languages]
    for language in wanted:
        for position, each in enumerate(listed):
            if each == language or each.startswith(f"{language}-"):
                return position
    return 0
