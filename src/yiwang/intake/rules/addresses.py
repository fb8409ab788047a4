"""Addresses 对方地址: where a source is asked or told, as a definition may name it."""

from __future__ import annotations

import re

from .yaml_tree import YamlTree

#: Placeholders may stand in the path and the query, never in the host.
_ADDRESS = re.compile(r"https?://[^\s{}/]+(/\S*)?")


def address_of(tree: YamlTree, *, most: int) -> str:
    """The `url` of settings or of a write-back.

    Raises:
        Invalid: it is missing, longer than `most`, or no address of the web.
    """
    url = tree.words("url", most=most)
    if not _ADDRESS.fullmatch(url):
        tree.wrong("url", value=url, remedy="请填写 http 或 https 地址，主机名中不得有占位符。")
    return url
