"""Settings of the MQTT door 物联对接参数: broker, topics, alarm rules and silence, read from a definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from .debounce import DIRECTIONS, AlarmRule
from .periods import period_of
from .reading_topics import TIME_FORMATS, TopicRule, ValueRule, picker_of, search_of
from .yaml_tree import YamlTree

_TOP = frozenset({"broker", "batch", "topics", "metrics", "rules", "offline", "keep"})
_BROKER = frozenset({"host", "port", "tls", "ca_file", "client_id", "username", "share", "session",
    "version",
})  # fmt: skip
_TOPIC = frozenset({
    "topic", "qos", "each", "device", "metric", "value", "metrics", "time", "time_format", "quality", "good",
    "battery", "table", "scale",
})  # fmt: skip
_RULE = frozenset({
    "code", "name", "metric", "kinds", "above", "below", "equals", "differs", "count", "within", "hysteresis",
    "clear", "lateness", "quiet", "remind", "class", "urgency", "text",
})  # fmt: skip
_URGENCIES = ("ordinary", "prompt", "urgent")


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom to connect 消息代理; the password is the secret of the channel's key.

    Attributes:
        share: name of the shared subscription, empty for one of its own.
        session: seconds for which the broker keeps messages while nobody is connected.
        version: of MQTT, `5` or `3.1.1`; only with 5 we can tell the broker how many messages may be open.
    """

    host: str
    port: int = 8883
    tls: bool = True
    ca_file: str = ""
    client_id: str = ""
    username: str = ""
    share: str = ""
    session: int = 86_400
    version: str = "5"


@dataclass(frozen=True, slots=True)
class AlarmWording:
    """How alarms of a rule are written 告警措辞: name, class, urgency and template of the sentence."""

    name: str
    matter_class: str = ""
    urgency: str = "prompt"
    text: str = ""


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """Settings of an MQTT channel.

    Attributes:
        batch, wait: so many messages, or so many seconds, make one transaction.
        units: metric to its name and unit in words.
        rules: by metric; `wordings` by the rule's code.
        offline_after: milliseconds of silence after which a device is offline.
        report_offline: whether an offline device becomes a report.
        keep_every, keep_days: one reading in so many milliseconds is kept, for so many days.
    """

    broker: Broker
    topics: tuple[TopicRule, ...]
    batch: int = 2_000
    wait: float = 0.2
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    rules: Mapping[str, tuple[AlarmRule, ...]] = field(default_factory=dict)
    wordings: Mapping[str, AlarmWording] = field(default_factory=dict)
    offline_after: int = 3_600_000
    report_offline: bool = False
    keep_every: int = 60_000
    keep_days: int = 7


def mqtt_settings(tree: YamlTree) -> MqttSettings:
    """The settings under a definition's `settings`.

    Raises:
        Invalid: the first thing that is wrong, with line and key.
    """
    tree.known(_TOP)
    batch = _inner(tree, "batch")
    batch.known({"messages", "wait"})
    offline, keep = _inner(tree, "offline"), _inner(tree, "keep")
    offline.known({"after", "report"})
    keep.known({"every", "days"})
    rules, wordings = _rules(tree)
    return MqttSettings(
        broker=_broker(tree.inside("broker")),
        topics=_topics(tree),
        batch=batch.count("messages", 2_000, 1, 20_000),
        wait=_period(batch, "wait", batch.tree.get("wait"), 200) / 1_000,
        units=_units(tree),
        rules=rules,
        wordings=wordings,
        offline_after=_period(offline, "after", offline.tree.get("after"), 3_600_000),
        report_offline=offline.flag("report"),
        keep_every=_period(keep, "every", keep.tree.get("every"), 60_000),
        keep_days=keep.count("days", 7, 1, 366),
    )


def check_mqtt(tree: YamlTree) -> None:
    """Raise `Invalid` for the first setting that is wrong."""
    mqtt_settings(tree)


def _inner(tree: YamlTree, key: str) -> YamlTree:
    if tree.tree.get(key) is None:
        return YamlTree({}, {}, (key,), "渠道定义")
    return tree.inside(key)


def _broker(tree: YamlTree) -> Broker:
    tree.known(_BROKER)
    tls = tree.flag("tls", True)
    return Broker(
        host=tree.words("host"),
        port=tree.count("port", 8883 if tls else 1883, 1, 65_535),
        tls=tls,
        ca_file=tree.text("ca_file"),
        client_id=tree.text("client_id", most=60),
        username=tree.text("username", most=100),
        share=tree.text("share", most=40),
        session=tree.count("session", 86_400, 0, 31_536_000),
        version=tree.choice("version", ("5", "3.1.1"), "5"),
    )


def _listed(tree: YamlTree, key: str, *, required: bool) -> list[dict[str, Any]]:
    given = tree.tree.get(key) or []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        tree.wrong(key, remedy="请写成列表，每项为“键: 值”。")
    if required and not given:
        tree.wrong(key, remedy="请至少写一项。")
    return given


def _known(tree: YamlTree, key: str, item: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for name in item:
        if name not in allowed:
            tree.wrong(key, name, value=name, remedy=f"没有这个键。可用的键：{'、'.join(sorted(allowed))}。")


def _period(tree: YamlTree, key: str, given: Any, default: int) -> int:
    if given is None:
        return default
    try:
        return period_of(str(given))
    except ValueError:
        tree.wrong(key, value=given, remedy="请写成“10 min”：单位为 ms、s、min、h 或 day。")


def _topics(tree: YamlTree) -> tuple[TopicRule, ...]:
    found = []
    for item in _listed(tree, "topics", required=True):
        _known(tree, "topics", item, _TOPIC)
        if not _is_filter(str(item.get("topic") or "")):
            tree.wrong(
                "topics", "topic", value=item.get("topic"), remedy="请填写 MQTT 主题，可含 + 和末尾的 #。"
            )
        try:
            found.append(_topic(item))
        except (ValueError, ArithmeticError) as error:
            remedy = f"主题“{item['topic']}”的取值写法有误（{str(error).splitlines()[0]}），请核对。"
            tree.wrong("topics", value=item["topic"], remedy=remedy)
    return tuple(found)


def _is_filter(text: str) -> bool:
    parts = text.split("/")
    return bool(text) and all(
        ("#" not in part or (part == "#" and n == len(parts) - 1)) and ("+" not in part or part == "+")
        for n, part in enumerate(parts)
    )


def _topic(item: Mapping[str, Any]) -> TopicRule:
    form = str(item.get("time_format") or "iso")
    if form not in TIME_FORMATS and "%" not in form:
        raise ValueError("time_format")
    qos = str(item.get("qos") or "1")
    if qos not in ("0", "1"):
        raise ValueError("qos")
    return TopicRule(
        topic=str(item["topic"]),
        qos=int(qos),
        each=search_of(str(item["each"])) if item.get("each") else None,
        device=picker_of(item.get("device")),
        values=_values(item),
        time=picker_of(item["time"]) if item.get("time") else None,
        time_format=form,
        quality=picker_of(item["quality"]) if item.get("quality") else None,
        good=frozenset(map(str, item.get("good") or ())),
        battery=picker_of(item["battery"]) if item.get("battery") else None,
    )


def _values(item: Mapping[str, Any]) -> tuple[ValueRule, ...]:
    several = item.get("metrics")
    if several is None:
        return (
            ValueRule(
                picker_of(item.get("metric")), picker_of(item.get("value")), _table(item), _scale(item)
            ),
        )
    if not isinstance(several, Mapping) or not several:
        raise ValueError("metrics")
    found = []
    for metric, given in several.items():
        rule = given if isinstance(given, Mapping) else {"value": given}
        found.append(
            ValueRule(picker_of({"value": metric}), picker_of(rule.get("value")), _table(rule), _scale(rule))
        )
    return tuple(found)


def _table(item: Mapping[str, Any]) -> dict[str, float]:
    table = item.get("table") or {}
    if not isinstance(table, Mapping):
        raise ValueError("table")
    return {str(word): float(value) for word, value in table.items()}


def _scale(item: Mapping[str, Any]) -> float:
    return float(item.get("scale") or 1)


def _units(tree: YamlTree) -> dict[str, tuple[str, str]]:
    given = tree.tree.get("metrics") or {}
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        tree.wrong("metrics", remedy="请写成“water_level: {name: 积水深度, unit: 米}”。")
    return {
        metric: (str(one.get("name") or metric), str(one.get("unit") or "")) for metric, one in given.items()
    }


def _rules(tree: YamlTree) -> tuple[dict[str, tuple[AlarmRule, ...]], dict[str, AlarmWording]]:
    by_metric: dict[str, tuple[AlarmRule, ...]] = {}
    wordings: dict[str, AlarmWording] = {}
    for item in _listed(tree, "rules", required=False):
        _known(tree, "rules", item, _RULE)
        rule = _rule(tree, item)
        if rule.code in wordings:
            tree.wrong("rules", "code", value=rule.code, remedy="规则代码重复，请改一个。")
        by_metric[rule.metric] = (*by_metric.get(rule.metric, ()), rule)
        urgency = str(item.get("urgency") or "prompt")
        if urgency not in _URGENCIES:
            tree.wrong("rules", "urgency", value=urgency, remedy=f"只能是 {'、'.join(_URGENCIES)} 之一。")
        wordings[rule.code] = AlarmWording(
            str(item.get("name") or rule.code), str(item.get("class") or ""), urgency,
            str(item.get("text") or ""),
        )  # fmt: skip
    return by_metric, wordings


def _rule(tree: YamlTree, item: Mapping[str, Any]) -> AlarmRule:
    code, metric = str(item.get("code") or ""), str(item.get("metric") or "")
    if not code or not metric or len(code) > 24 or len(metric) > 24 or "/" in code + metric:
        tree.wrong("rules", value=code, remedy="每条规则须有 code 和 metric，各不超过 24 字，不含斜杠。")
    sides = [side for side in DIRECTIONS if item.get(side) is not None]
    if len(sides) != 1:
        tree.wrong("rules", value=code, remedy=f"请在 {'、'.join(DIRECTIONS)} 中恰好写一个界限。")
    direction, calm = sides[0], item.get("clear") or {}
    if not isinstance(calm, Mapping) or set(calm) - {"count", "for"}:
        tree.wrong("rules", "clear", value=code, remedy="解除条件请写成 {count: 2, for: 5 min}。")
    within = _period(tree, "rules", item.get("within"), 0)
    count = _whole(tree, item.get("count"), 1)
    if count > 1 and not within:
        tree.wrong("rules", "within", value=code, remedy="count 大于 1 时须写 within，例如 10 min。")
    limit = _decimal(tree, item[direction])
    return AlarmRule(
        code=code,
        metric=metric,
        limit=float(limit),
        direction=direction,
        count=count,
        within=within,
        clear=_bound(tree, item, limit, direction),
        clear_count=_whole(tree, calm.get("count"), 1),
        clear_for=_period(tree, "rules", calm.get("for"), 0),
        lateness=_period(tree, "rules", item.get("lateness"), within),
        quiet=_period(tree, "rules", item.get("quiet"), 0),
        remind=_period(tree, "rules", item.get("remind"), 0),
        kinds=frozenset(map(str, item.get("kinds") or ())),
    )


def _bound(tree: YamlTree, item: Mapping[str, Any], limit: Decimal, direction: str) -> float | None:
    """The clear bound, subtracted in decimals: 0.4 less 0.1 is 0.3, not 0.30000000000000004."""
    if item.get("hysteresis") is None:
        return None
    band = _decimal(tree, item["hysteresis"])
    if band < 0 or direction not in ("above", "below"):
        tree.wrong("rules", "hysteresis", value=band, remedy="回差须为正数，且只用于 above 或 below。")
    return float(limit - band if direction == "above" else limit + band)


def _decimal(tree: YamlTree, given: Any) -> Decimal:
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        tree.wrong("rules", value=given, remedy="请填写数字。")
    return found


def _whole(tree: YamlTree, given: Any, default: int) -> int:
    text = str(default if given is None else given)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000):
        tree.wrong("rules", value=text, remedy="请填写 1 到 1000 的整数。")
    return int(text)
