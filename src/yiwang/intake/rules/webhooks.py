"""Webhooks 网关回调: how a provider names the parts of what it posts; each name is a JMESPath expression."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import jmespath
from jmespath.exceptions import JMESPathError

from .bodies import text_of_body
from .values import plain_of, text_of
from .yaml_tree import YamlTree

Tree = Mapping[str, Any]

#: Settings of every gateway: how it proves itself.
GATEWAY_KEYS = ("auth", "key_in_address")


class Names:
    """The provider's names 字段对照 for what a door must know of a message."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        self._compiled = {name: jmespath.compile(text) for name, text in expressions.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._compiled

    def raw(self, name: str, tree: Tree) -> Any:
        """What stands there; None when nothing does, or the expression does not fit the message."""
        expression = self._compiled.get(name)
        if expression is None:
            return None
        try:
            return expression.search(tree)
        except JMESPathError:
            return None

    def text(self, name: str, tree: Tree) -> str:
        """It as a clean text."""
        return text_of(self.raw(name, tree))

    def plain(self, name: str, tree: Tree) -> str:
        """It as a code or number: half-width, without blanks around."""
        return plain_of(self.raw(name, tree))


def read_names(tree: YamlTree, key: str, *, allowed: tuple[str, ...], needed: tuple[str, ...]) -> Names:
    """The names under a key of the settings.

    Raises:
        Invalid: one is unknown, missing, or no expression.
    """
    given = tree.inside(key).tree if tree.tree.get(key) is not None else {}
    for name, expression in given.items():
        if name not in allowed:
            tree.wrong(key, name, value=name, remedy=f"没有这一项。可用：{'、'.join(allowed)}。")
        check_expression(tree, key, name, expression=expression)
    for name in needed:
        if name not in given:
            tree.wrong(key, value=name, remedy=f"请写明 {name} 在对方报文中的字段名。")
    return Names(given)


def check_expression(tree: YamlTree, *path: str, expression: Any) -> None:
    """Refuse what is no JMESPath expression."""
    try:
        jmespath.compile(expression if isinstance(expression, str) else "")
    except JMESPathError:
        tree.wrong(*path, value=expression, remedy="请填写字段名或 JMESPath 表达式；中文名请加英文双引号。")


def read_request(body: bytes, content_type: str) -> Any:
    """What a gateway posted, JSON or a form; forms are read in GB18030 when they are not UTF-8.

    Raises:
        ValueError: it is neither.
    """
    if content_type != "application/x-www-form-urlencoded":
        try:
            return json.loads(text_of_body(body))
        except RecursionError as error:
            raise ValueError("too deep") from error
    written = body.decode("ascii", "replace")
    for encoding, errors in (("utf-8", "strict"), ("gb18030", "replace")):
        try:
            pairs = parse_qsl(written, True, encoding=encoding, errors=errors, max_num_fields=200)
        except UnicodeDecodeError:
            continue
        return dict(pairs)
    raise ValueError("no form")


def items_of(tree: Any, path: str) -> list[Tree]:
    """The messages that one request carries: those under `path`, else the body itself."""
    found = jmespath.search(path, tree) if path else tree
    listed = found if isinstance(found, list) else [found]
    return [item for item in listed if isinstance(item, Mapping)]


def check_gateway(tree: YamlTree) -> None:
    """Check how a gateway proves itself."""
    tree.choice("auth", ("hmac", "token", ""), "")
    tree.flag("key_in_address")


def answer_of(tree: YamlTree) -> str:
    """The JSON text that a gateway wants to hear."""
    answer = tree.text("answer", most=500) or "{}"
    try:
        json.loads(answer)
    except ValueError:
        tree.wrong("answer", value=answer, remedy="请填写对方要求的 JSON 应答，例如 '{\"code\": 0}'。")
    return answer


def word_list(tree: YamlTree, key: str, default: tuple[str, ...], *, most: int = 100) -> tuple[str, ...]:
    """A key of the settings that lists words."""
    listed = tree.tree.get(key)
    if listed is None:
        return default
    if (
        not isinstance(listed, list)
        or len(listed) > most
        or not all(isinstance(w, str) and w for w in listed)
    ):
        tree.wrong(key, value=listed, remedy=f"请写成词的列表，最多 {most} 个。")
    return tuple(dict.fromkeys(word.strip() for word in listed))
