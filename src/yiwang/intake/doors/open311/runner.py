"""Runner 转派进程: registers the door's settings and, in the intake process, carries transfers on."""

from __future__ import annotations

from ...rules.door_settings import register_settings
from ...rules.open311.settings import read_settings
from ...rules.yaml_tree import YamlTree


def check_settings(tree: YamlTree) -> None:
    """Refuse the first setting that is wrong."""
    read_settings(tree.tree, tree.wrong)


register_settings("open311", check_settings)
