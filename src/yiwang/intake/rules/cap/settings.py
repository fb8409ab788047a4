"""Settings 对接参数 of a CAP channel: what its messages must be, and what may follow from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from ..yaml_tree import YamlTree
from .colours import LEVELS
from .documents import DEFAULT_BYTES, MOST_BYTES
from .messages import CapAlert
from .signatures import MODES

SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
#: What a channel's `settings` may hold; docs/cap.md explains each.
KEYS = frozenset({
    "auth", "address", "every", "validate", "schema", "signature", "certificates", "identifier",
    "max_kilobytes", "crs", "expires_after_hours", "geocodes", "source", "opens_case",
})  # fmt: skip
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class OpensCase:
    """When an alert opens cases 预警转巡查, and what they say.

    Attributes:
        levels: of the alerts that do, 1 red to 4 blue.
        events: words or codes, one of which the event must hold; empty for every event.
        areas: `street` for a case a street, `district` for one a district.
        text: of the report; `{area}`, `{colour}`, `{event}` and `{headline}` are filled in.
    """

    levels: frozenset[int]
    events: tuple[str, ...]
    areas: str
    text: str

    def wants(self, alert: CapAlert) -> bool:
        """Whether a message opens cases: a real warning of such a colour and event."""
        if not alert.is_warning or alert.status != "Actual":
            return False
        return any(block.level in self.levels and self._fits(block.event, block.event_codes)
                   for block in alert.infos)  # fmt: skip

    def _fits(self, event: str, codes: Iterable[tuple[str, str]]) -> bool:
        named = [event, *(value for _, value in codes)]
        return not self.events or any(word in text for word in self.events for text in named)


@dataclass(frozen=True, slots=True)
class CapSettings:
    """Settings of a CAP channel 预警渠道参数; the defaults are the tolerant ones.

    Attributes:
        address: of the feed to read, empty where messages are pushed only; `every` seconds.
        strict: whether messages must be valid by the schema; `schema` names the city's copy of the file.
        signature: one of `signatures.MODES`; `certificates` name the trusted PEM files.
        national_identifier: whether identifiers must be the 31 characters of 12379.
        most_bytes: size of a message.
        crs: coordinate system of its shapes.
        expires_after: how long an alert without `expires` stands.
        geocodes: names of the geocodes that count; empty for all but foreign ones.
        source: channels with the same source bring the same alerts: one ends what another brought.
    """

    address: str = ""
    every: int = 60
    strict: bool = False
    schema: str = ""
    signature: str = "ignore"
    certificates: tuple[str, ...] = ()
    national_identifier: bool = False
    most_bytes: int = DEFAULT_BYTES
    crs: str = "wgs84"
    expires_after: timedelta = timedelta(hours=24)
    geocodes: tuple[str, ...] = ()
    source: str = ""
    opens_case: OpensCase | None = None


def read_settings(tree: YamlTree) -> CapSettings:
    """The settings of a CAP channel.

    Raises:
        Invalid: the first thing that is wrong, with its line.
    """
    tree.known(KEYS)
    tree.choice("auth", ("hmac", "token", ""), "")
    signature = tree.choice("signature", MODES, "ignore")
    certificates = tuple(_texts(tree, "certificates"))
    for name in certificates:
        _file(tree, "certificates", name)
    if signature != "ignore" and not certificates:
        tree.wrong("certificates", remedy="要求签名的渠道须列出信任的证书文件。")
    schema, source = tree.text("schema"), tree.text("source", most=40)
    if schema:
        _file(tree, "schema", schema)
    if source and not _SOURCE.fullmatch(source):
        tree.wrong("source", value=source, remedy="请用小写字母、数字和下划线。")
    return CapSettings(
        address=_address(tree),
        every=tree.count("every", 60, 10, 86_400),
        strict=tree.choice("validate", ("tolerant", "strict"), "tolerant") == "strict",
        schema=schema,
        signature=signature,
        certificates=certificates,
        national_identifier=tree.choice("identifier", ("any", "12379"), "any") == "12379",
        most_bytes=tree.count("max_kilobytes", DEFAULT_BYTES // 1024, 1, MOST_BYTES // 1024) * 1024,
        crs=tree.choice("crs", SYSTEMS, "wgs84"),
        expires_after=timedelta(hours=tree.count("expires_after_hours", 24, 1, 720)),
        geocodes=tuple(_texts(tree, "geocodes")),
        source=source,
        opens_case=_opens_case(tree),
    )


def _address(tree: YamlTree) -> str:
    address = tree.text("address", most=500)
    if address:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            tree.wrong("address", value=address, remedy="请填写 http 或 https 开头的完整地址，不含账号。")
    return address


def _texts(tree: YamlTree, key: str) -> list[str]:
    given = tree.tree.get(key)
    if given is None:
        return []
    listed = given if isinstance(given, list) else [given]
    for number, item in enumerate(listed):
        if not isinstance(item, str) or not item.strip():
            tree.wrong(key, str(number), value=item or "", remedy="请填写文字。")
    return [item.strip() for item in listed]


def _file(tree: YamlTree, key: str, name: str) -> None:
    if not _FILE.fullmatch(name):
        tree.wrong(key, value=name, remedy="请只写文件名，文件放在实例目录的 trust 文件夹中。")


def _opens_case(tree: YamlTree) -> OpensCase | None:
    if tree.tree.get("opens_case") is None:
        return None
    inner = tree.inside("opens_case")
    inner.known({"colours", "events", "areas", "text"})
    colours = _texts(inner, "colours") or ["red", "orange"]
    for colour in colours:
        if colour not in LEVELS:
            inner.wrong("colours", value=colour, remedy=f"只能是 {'、'.join(LEVELS)}。")
    return OpensCase(
        frozenset(LEVELS[colour] for colour in colours),
        tuple(_texts(inner, "events")),
        inner.choice("areas", ("street", "district"), "street"),
        inner.words("text", most=500),
    )
