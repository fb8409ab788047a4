"""Settings of the camera door 视频告警参数: paths, types, suppression and what is never kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .periods import period_of
from .reading_topics import TIME_FORMATS, search_of
from .suppression import SuppressionRule
from .yaml_tree import YamlTree

_TOP = frozenset({
    "auth", "paths", "time_format", "types", "suppression", "personal_fields", "confirm", "offline",
    "most_pictures",
})  # fmt: skip
_PATHS = {
    "camera": "camera", "type": "type", "confidence": "confidence", "time": "time", "id": "id",
    "pictures": "pictures", "text": "text",
}  # fmt: skip
_TYPE = frozenset({"name", "class", "urgency", "least", "window", "follow_up", "longest"})
_USUAL = SuppressionRule()
_NONE = YamlTree({}, {}, ("offline",), "渠道定义")


@dataclass(frozen=True, slots=True)
class AlarmType:
    """A type of camera alarm 告警类型: its words, class, urgency and suppression."""

    code: str
    name: str
    matter_class: str
    urgency: str
    rule: SuppressionRule


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Settings of a camera channel.

    Attributes:
        paths: where an alarm says what, as functions of its tree.
        types: by the source's code; an unknown type is taken with `rule`.
        personal: words of field names that are removed besides those of `personal_fields`.
        offline_after: milliseconds of silence after which a camera is offline; 0 for never.
        confirm: whether a grid worker on duty is asked to confirm before anything else.
    """

    paths: Mapping[str, Callable[[Any], Any]]
    time_format: str = "iso"
    types: Mapping[str, AlarmType] = field(default_factory=dict)
    rule: SuppressionRule = _USUAL
    personal: frozenset[str] = frozenset()
    confirm: bool = True
    offline_after: int = 0
    report_offline: bool = False
    most_pictures: int = 4


def camera_settings(tree: YamlTree) -> CameraSettings:
    """The settings under a definition's `settings`.

    Raises:
        Invalid: the first thing that is wrong, with line and key.
    """
    tree.known(_TOP)
    tree.choice("auth", ("hmac", "token", ""), "")
    form = tree.text("time_format") or "iso"
    if form not in TIME_FORMATS and "%" not in form:
        tree.wrong("time_format", value=form, remedy=f"请写 {'、'.join(TIME_FORMATS)} 或含 % 的时间格式。")
    rule = _suppression(tree, "suppression", tree.tree.get("suppression") or {}, _USUAL)
    more = tree.tree.get("personal_fields") or []
    if not isinstance(more, list):
        tree.wrong("personal_fields", remedy="请写成列表。")
    offline = tree.inside("offline") if tree.tree.get("offline") is not None else _NONE
    offline.known({"after", "report"})
    return CameraSettings(
        paths=_paths(tree),
        time_format=form,
        types=_types(tree, rule),
        rule=rule,
        personal=frozenset(str(word).lower() for word in more),
        confirm=tree.flag("confirm", True),
        offline_after=_period(tree, "offline", offline.tree.get("after"), 0),
        report_offline=offline.flag("report"),
        most_pictures=tree.count("most_pictures", 4, 0, 20),
    )


def check_camera(tree: YamlTree) -> None:
    """Raise `Invalid` for the first setting that is wrong."""
    camera_settings(tree)


def _paths(tree: YamlTree) -> dict[str, Callable[[Any], Any]]:
    given = tree.tree.get("paths") or {}
    if not isinstance(given, dict) or set(given) - set(_PATHS):
        tree.wrong("paths", remedy=f"可用的键：{'、'.join(_PATHS)}。")
    found = {}
    for key, default in _PATHS.items():
        path = str(given.get(key) or default)
        try:
            found[key] = search_of(path)
        except ValueError as error:
            tree.wrong("paths", key, value=path, remedy=f"JMESPath 有误：{str(error).splitlines()[0]}")
    return found


def _types(tree: YamlTree, rule: SuppressionRule) -> dict[str, AlarmType]:
    given = tree.tree.get("types") or {}
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        tree.wrong("types", remedy="请写成“garbage: {name: 暴露垃圾}”。")
    found = {}
    for code, one in given.items():
        if set(one) - _TYPE:
            tree.wrong("types", code, value=code, remedy=f"可用的键：{'、'.join(sorted(_TYPE))}。")
        own = {key: one[key] for key in ("least", "window", "follow_up", "longest") if one.get(key)}
        found[code] = AlarmType(
            code, str(one.get("name") or code), str(one.get("class") or ""),
            str(one.get("urgency") or "ordinary"), _suppression(tree, "types", own, rule),
        )  # fmt: skip
    return found


def _suppression(tree: YamlTree, key: str, given: Any, base: SuppressionRule) -> SuppressionRule:
    if not isinstance(given, Mapping) or set(given) - {"least", "window", "follow_up", "longest"}:
        tree.wrong(key, remedy="可用的键：least、window、follow_up、longest。")
    try:
        least = float(given.get("least") or base.least)
    except ValueError:
        least = -1.0
    if not 0 <= least <= 1:
        tree.wrong(key, "least", value=given.get("least"), remedy="请填写 0 到 1 之间的数。")
    return SuppressionRule(
        least=least,
        window=_period(tree, key, given.get("window"), base.window),
        follow_up=_period(tree, key, given.get("follow_up"), base.follow_up),
        longest=_period(tree, key, given.get("longest"), base.longest),
    )


def _period(tree: YamlTree, key: str, given: Any, default: int) -> int:
    if given is None:
        return default
    try:
        return period_of(str(given))
    except ValueError:
        tree.wrong(key, value=given, remedy="请写成“10 min”：单位为 ms、s、min、h 或 day。")
