"""Webhooks 事件推送: changes of cases in some areas, posted to another platform as write-backs are.

The channel's direction is `out`; `write_back` says where to and in which words, `settings.areas` of which
areas (codes of districts, streets, communities or grids; all without it).
"""

from __future__ import annotations

from ..rules.door_settings import register_settings
from ..rules.yaml_tree import YamlTree


def check_settings(tree: YamlTree) -> None:
    """Settings of a webhook: `areas`."""
    tree.known({"areas"})
    areas = tree.tree.get("areas")
    if areas is not None and (
        not isinstance(areas, list) or not all(isinstance(code, str) and code.isdigit() for code in areas)
    ):
        tree.wrong("areas", value=areas, remedy='请写成区划代码的列表，例如 ["320115"]。')


register_settings("webhook", check_settings)
