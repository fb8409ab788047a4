"""Messages 预警报文: one CAP message as plain values, as far as it could be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

Pair = tuple[str, str]
#: Longitude and latitude in degrees.
Point = tuple[float, float]

#: Name of a deviation → what it is, in Chinese. docs/cap.md explains each.
DEVIATIONS = {
    "cap_11": "采用 CAP 1.1 命名空间",
    "no_namespace": "没有命名空间",
    "schema": "不符合 CAP 1.2 模式",
    "empty_element": "可选项留空而未省略",
    "unknown_element": "含有标准之外的元素",
    "repeated": "只应出现一次的元素重复出现，取第一个",
    "defaulted": "必填项缺失，按默认值处理",
    "case": "取值大小写与标准不同",
    "unread_value": "取值无法识别，按未知处理",
    "colour_as_severity": "把颜色写在 severity 中",
    "time_form": "时间写法与标准不同，无时区的按北京时间",
    "unread_time": "可选时间无法识别，未采用",
    "html": "文字中含有 HTML 标记",
    "stylesheet": "含有样式表等处理指令，未取用",
    "reference_form": "引用未写成 sender,identifier,sent",
    "no_references": "更新或解除没有写明引用",
    "identifier_characters": "标识含有标准不允许的字符",
    "identifier_12379": "标识不符合 12379 的 31 位编码规则",
    "open_polygon": "多边形首尾不相接，已闭合",
    "longitude_first": "坐标先经度后纬度，已对调",
    "unread_shape": "多边形或圆无法识别，未采用",
    "point_circle": "圆的半径为零，按一个点处理",
    "plain_geocode": "区划编码未写成名称和值",
    "expires_early": "失效时间不晚于生效时间",
}


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
