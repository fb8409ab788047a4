"""Topics 主题映射: what a message on an MQTT topic says, as readings of devices; a declaration per topic."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import jmespath

from ...kernel.working_time import SHANGHAI

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
TIME_FORMATS = ("iso", "epoch", "epoch_ms")


class Reading(NamedTuple):
    """Reading 读数: what one device measured at one moment.

    Attributes:
        time: whole milliseconds since 1970 (UTC).
        timed: the source said when; else `time` is the arrival.
        good: the source does not call it doubtful.
        battery: percent, None when the message does not say.
    """

    device: str
    metric: str
    value: float
    time: int
    timed: bool = True
    good: bool = True
    battery: int | None = None


class BrokenMessage(ValueError):
    """A message that holds no reading; the text is the reason, in Chinese."""


Picker = Callable[[list[str], Any], Any]


@dataclass(frozen=True, slots=True)
class ValueRule:
    """How one metric's value comes out of a message 取值规则: picked, translated by a table, scaled."""

    metric: Picker
    pick: Picker
    table: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0

    def value(self, levels: list[str], tree: Any) -> float | None:
        """The value; None when the message does not say.

        Raises:
            BrokenMessage: it is no number.
        """
        raw = self.pick(levels, tree)
        if raw is None:
            return None
        if self.table:
            known = self.table.get(str(raw).lower() if isinstance(raw, bool) else str(raw))
            if known is not None:
                return known
        try:
            number = float(raw)
        except (TypeError, ValueError):
            raise BrokenMessage(f"“{str(raw)[:40]}”不是数字。") from None
        if not math.isfinite(number):
            raise BrokenMessage(f"“{str(raw)[:40]}”不是数字。")
        return number if self.scale == 1.0 else round(number * self.scale, 9)


@dataclass(frozen=True, slots=True)
class TopicRule:
    """Topic rule 主题规则: a subscription and how its messages are read.

    Attributes:
        topic: MQTT filter with `+` and `#`.
        each: the list of readings within a message, where a gateway sends many at once.
        values: one rule a metric.
        time_format: one of `TIME_FORMATS` or a `strptime` pattern.
        good: words of the source's quality that are not doubtful; empty when every reading is good.
    """

    topic: str
    device: Picker
    values: tuple[ValueRule, ...]
    qos: int = 1
    each: Callable[[Any], Any] | None = None
    time: Picker | None = None
    time_format: str = "iso"
    quality: Picker | None = None
    good: frozenset[str] = frozenset()
    battery: Picker | None = None

    def matches(self, levels: list[str]) -> bool:
        """Whether a topic, split at `/`, is one of this rule's."""
        wanted = self.topic.split("/")
        for position, part in enumerate(wanted):
            if part == "#":
                return True
            if position >= len(levels) or part not in ("+", levels[position]):
                return False
        return len(wanted) == len(levels)

    def read(self, levels: list[str], payload: bytes, arrived: int) -> list[Reading]:
        """The readings of one message.

        Raises:
            BrokenMessage: it cannot be read.
        """
        try:
            tree = json.loads(payload)
        except (ValueError, RecursionError):
            raise BrokenMessage("报文不是有效的 JSON。") from None
        if self.each is None:
            return self._readings(levels, tree, arrived)
        listed = self.each(tree)
        if not isinstance(listed, list):
            raise BrokenMessage("报文中没有读数列表。")
        return [reading for item in listed for reading in self._readings(levels, item, arrived)]

    def _readings(self, levels: list[str], tree: Any, arrived: int) -> list[Reading]:
        device = self.device(levels, tree)
        if device is None or device == "" or len(str(device)) > 40:
            raise BrokenMessage("报文中没有设备编号，或编号超过 40 字。")
        time, timed = self._time(levels, tree, arrived)
        good = self.quality is None or str(self.quality(levels, tree)) in self.good
        battery = self._battery(levels, tree)
        found = []
        for rule in self.values:
            value = rule.value(levels, tree)
            metric = rule.metric(levels, tree)
            if value is not None and metric:
                found.append(Reading(str(device), str(metric)[:24], value, time, timed, good, battery))
        if not found:
            raise BrokenMessage("报文中没有读数。")
        return found

    def _time(self, levels: list[str], tree: Any, arrived: int) -> tuple[int, bool]:
        raw = self.time(levels, tree) if self.time is not None else None
        if raw is None:
            return arrived, False
        try:
            return milliseconds_of(raw, self.time_format), True
        except (ValueError, TypeError, OverflowError):
            raise BrokenMessage(f"时间“{str(raw)[:40]}”无法识别。") from None

    def _battery(self, levels: list[str], tree: Any) -> int | None:
        raw = self.battery(levels, tree) if self.battery is not None else None
        try:
            return None if raw is None else min(100, max(0, round(float(raw))))
        except (TypeError, ValueError, OverflowError):
            return None


def milliseconds_of(raw: Any, form: str) -> int:
    """A time as milliseconds since 1970; a time without zone is Shanghai's.

    Raises:
        ValueError, TypeError, OverflowError: it is written in another way.
    """
    if form == "epoch_ms":
        return int(raw)
    if form == "epoch":
        return round(float(raw) * 1000)
    text = str(raw)
    found = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
    return round((found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).timestamp() * 1000)


def picker_of(given: Any) -> Picker:
    """How a value is picked: `{level: 2}` of the topic, `{value: x}`, `{path: JMESPath}` or the path alone.

    Raises:
        ValueError: it is written in another way (jmespath's own errors are ValueErrors).
    """
    if isinstance(given, str):
        given = {"path": given}
    if not isinstance(given, Mapping):
        raise ValueError("path")
    if (level := given.get("level")) is not None:
        number = int(level) - 1
        if number < 0:
            raise ValueError("level")
        return lambda levels, tree: levels[number] if number < len(levels) else None
    if (fixed := given.get("value")) is not None:
        return lambda levels, tree: fixed
    path = str(given["path"]) if given.get("path") else ""
    if not path:
        raise ValueError("path")
    search = search_of(path)
    return lambda levels, tree: search(tree)


def search_of(path: str) -> Callable[[Any], Any]:
    """A JMESPath as a function; a plain name without the detour through the language.

    Raises:
        ValueError: it is no JMESPath.
    """
    if _PLAIN.fullmatch(path):
        return lambda tree: tree.get(path) if isinstance(tree, dict) else None
    return jmespath.compile(path).search
