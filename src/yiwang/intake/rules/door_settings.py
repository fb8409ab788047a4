"""Settings of doors 对接参数: each door says which settings its channels need, and checks them."""

from __future__ import annotations

from collections.abc import Callable

from .definition import Definition
from .yaml_tree import YamlTree

#: Checks the `settings` of a definition through `tree.wrong`, `tree.known` and so on.
SettingsCheck = Callable[[YamlTree], None]

_CHECKS: dict[str, SettingsCheck] = {}


def register_settings(door: str, check: SettingsCheck) -> None:
    """Let `check` look at the settings of every channel of a door."""
    _CHECKS[door] = check


def settings_tree(definition: Definition) -> YamlTree:
    """The settings of a definition with their lines; an empty tree when there are none."""
    tree = YamlTree.read(definition.text, "渠道定义")
    if tree.tree.get("settings") is None:
        return YamlTree({}, {}, ("settings",), "渠道定义")
    return tree.inside("settings")


def check_door_settings(definition: Definition) -> None:
    """Raise `Invalid` for the first setting that the channel's door does not accept."""
    check = _CHECKS.get(definition.door)
    if check is not None:
        check(settings_tree(definition))
