"""YAML files 配置文件: what a package ships as data, read by libyaml.

For files of the package only: libyaml has no limit of depth, and a text of 200,000 brackets ends the process.
What somebody else wrote is read by `intake.rules.yaml_tree`.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

#: A PyYAML that was built without libyaml reads the same, about eight times slower.
FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Any:
    """Plain values of a YAML text: mappings, lists, texts, numbers, dates.

    Raises:
        yaml.YAMLError: it is no YAML.

    >>> parse_yaml("limits: {confirm: 2}")
    {'limits': {'confirm': 2}}
    """
    return yaml.load(text, Loader=FAST_LOADER)


def shipped_yaml(package: str, path: str) -> Any:
    """Plain values of a YAML file that a package ships, anew at every call.

    Args:
        package: dotted name, such as `yiwang.cases`.
        path: the file below it, such as `defaults/loop.yaml`.

    Raises:
        FileNotFoundError: the package has no such file.
    """
    return parse_yaml(files(package).joinpath(path).read_text(encoding="utf-8"))


__all__ = ["FAST_LOADER", "parse_yaml", "shipped_yaml"]
