"""Variants 样例变体: a channel's sample and definition changed a little, to try what must then happen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus

from ..rules.definition import definition_text
from ..rules.yaml_tree import YamlTree


def leaves(value: Any) -> Iterator[str]:
    """Every text in a message."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value.strip()


def replaced(body: bytes, old: str, new: str) -> bytes:
    """The body with a value changed, however JSON or a form writes it."""
    text = body.decode()
    for write in (str, lambda value: json.dumps(value)[1:-1], quote_plus):
        if write(old) in text:
            return text.replace(write(old), write(new)).encode()
    return body


def spaced(body: bytes, number: int) -> bytes:
    """A message of the same meaning that is not equal byte for byte."""
    return body + b"\n" * (number + 1)


def with_quota(text: str) -> str:
    """A definition that lets one message a minute in."""
    tree = YamlTree.read(text, "渠道定义").tree
    return definition_text({**tree, "quota": {"per_minute": "1", "burst": "1", "waiting": "10"}})
