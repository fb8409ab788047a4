"""Settings of doors 对接参数: each door says which settings its channels need, and checks them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from .definition import Definition
from .yaml_tree import YamlTree

#: Checks the `settings` of a definition through `tree.wrong`, `tree.known` and so on.
SettingsCheck = Callable[[YamlTree], None]

Settings = TypeVar("Settings")
_CHECKS: dict[str, SettingsCheck] = {}


def register_settings(door: str, check: SettingsCheck) -> None:
    """Let `check` look at the settings of every channel of a door."""
    _CHECKS[door] = check


def settings_tree(definition: Definition) -> YamlTree:
    """The settings of a definition with their lines; an empty tree when there are none."""
    return _settings_tree(definition.text)


def read_settings(definition: Definition, read: Callable[[YamlTree], Settings]) -> Settings:
    """The settings as a door reads them, kept in memory for each text and reader."""
    found: Settings = _read_settings(definition.text, read)
    return found


@lru_cache(maxsize=1024)
def _read_settings(text: str, read: Callable[[YamlTree], Any]) -> Any:
    return read(_settings_tree(text))


def _settings_tree(text: str) -> YamlTree:
    tree = YamlTree.read(text, "渠道定义")
    if tree.tree.get("settings") is None:
        return YamlTree({}, {}, ("settings",), "渠道定义")
    return tree.inside("settings")


def check_door_settings(definition: Definition) -> None:
    """Raise `Invalid` for the first setting that the channel's door does not accept."""
    check = _CHECKS.get(definition.door)
    if check is not None:
        check(settings_tree(definition))
