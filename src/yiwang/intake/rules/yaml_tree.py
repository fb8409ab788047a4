"""YAML tree 配置文件: plain values of a file with the line of each key; errors name line, key and remedy."""

from __future__ import annotations

from typing import Any, NoReturn

import yaml

from ...kernel.errors import FieldProblem, Invalid
from ...kernel.yaml_files import FAST_LOADER

Path = tuple[str, ...]
#: Deeper or larger files are refused: they are no definitions.
DEEPEST, LONGEST = 20, 400_000
#: Levels that libyaml certainly composes in a thread with a stack of 256 KB; it has no limit of its own.
_SAFE_LEVELS = 500


class YamlTree:
    """One mapping node of a file, with what is needed to name where a wrong value stands.

    Scalars are texts, an empty one is None. Aliases, tags and repeated keys are refused.

    Args:
        what: what messages call the file, such as `映射文件`.
    """

    def __init__(self, tree: dict[str, Any], lines: dict[Path, int], prefix: Path, what: str) -> None:
        self.tree = tree
        self._lines = lines
        self._prefix = prefix
        self._what = what

    @classmethod
    def read(cls, text: str, what: str) -> YamlTree:
        """The tree of a file whose outermost node is a mapping.

        Raises:
            Invalid: it is no YAML, or no mapping.
        """
        if len(text) > LONGEST:
            raise problem(what, 1, "YAML", "", f"文件过长，不能超过 {LONGEST} 字。")
        try:
            node = yaml.compose(text, Loader=_loader(text))
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            remedy = "不是有效的 YAML，请检查缩进、冒号和引号。"
            raise problem(what, mark.line + 1 if mark else 1, "YAML", "", remedy) from error
        if not isinstance(node, yaml.MappingNode):
            raise problem(what, 1, "YAML", "", f"{what}的最外层应为“键: 值”。")
        lines: dict[Path, int] = {}
        return cls(_Composer(lines, what).value(node, ()), lines, (), what)

    def inside(self, *path: str) -> YamlTree:
        """The mapping node under a path.

        Raises:
            Invalid: there is something else.
        """
        found: Any = self.tree
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, dict):
            self.wrong(*path, value=found or "", remedy="请写成“键: 值”的形式。")
        return YamlTree(found, self._lines, (*self._prefix, *path), self._what)

    def wrong(self, *path: str, value: object = "", remedy: str) -> NoReturn:
        """Refuse the value at a path."""
        whole = (*self._prefix, *path)
        lines = self._lines
        line = next((lines[whole[:n]] for n in range(len(whole), 0, -1) if whole[:n] in lines), 1)
        raise problem(self._what, line, ".".join(whole), value, remedy)

    def known(self, allowed: set[str] | frozenset[str] | tuple[str, ...]) -> None:
        """Refuse a key that is none of these."""
        for key in self.tree:
            if key not in allowed:
                self.wrong(key, value=key, remedy=f"没有这个键。可用的键：{'、'.join(sorted(allowed))}。")

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        """A key that is one of a few words."""
        value = self.tree.get(key)
        value = default if value is None else value
        if value not in allowed:
            self.wrong(key, value=value, remedy=f"只能是 {'、'.join(allowed)} 之一。")
        return str(value)

    def count(self, key: str, default: int, least: int, most: int = 100) -> int:
        """A key that is a whole number in a range."""
        value = str(default if self.tree.get(key) is None else self.tree[key])
        if not (value.isascii() and value.isdigit() and len(value) <= 12 and least <= int(value) <= most):
            self.wrong(key, value=value, remedy=f"请填写 {least} 到 {most} 的整数。")
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """A key that is `true` or `false`."""
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def words(self, key: str, *, most: int = 200) -> str:
        """A key that is a text and must be there."""
        value = self.tree.get(key)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, value=value or "", remedy="请填写，不能为空。")
        if len(value.strip()) > most:
            self.wrong(key, value=value, remedy=f"不能超过 {most} 字。")
        return value.strip()

    def text(self, key: str, *, most: int = 200) -> str:
        """A key that is a text, empty when it is not there."""
        return self.words(key, most=most) if self.tree.get(key) is not None else ""


def _loader(text: str) -> Any:
    """libyaml, eight times as fast, where brackets and columns cannot nest deeper than its stack holds."""
    columns = max(len(line) for line in text.split("\n"))
    levels = text.count("[") + text.count("{") + 2 * (columns + 1)
    return FAST_LOADER if levels <= _SAFE_LEVELS else yaml.SafeLoader


class _Composer:
    def __init__(self, lines: dict[Path, int], what: str) -> None:
        self._lines = lines
        self._what = what
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path, depth: int = 0) -> Any:
        if depth > DEEPEST:
            raise self._refused(node, path, f"层次过深，最多 {DEEPEST} 层。")
        if id(node) in self._seen:
            raise self._refused(node, path, "不支持别名（& 和 *），请把内容写全。")
        self._seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise self._refused(node, path, "不支持标签（!），请写普通的值。")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            listed = []
            for number, item in enumerate(node.value):
                inner = (*path, str(number))
                self._lines[inner] = item.start_mark.line + 1
                listed.append(self.value(item, inner, depth + 1))
            return listed
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)

    def _refused(self, node: yaml.Node, path: Path, remedy: str) -> Invalid:
        line = self._lines.get(path, node.start_mark.line + 1)
        return problem(self._what, line, ".".join(path), "", remedy)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            inner = (*path, key)
            line = key_node.start_mark.line + 1
            if key in found:
                raise problem(self._what, line, ".".join(inner), key, "重复的键，请删去一个。")
            self._lines[inner] = line
            found[key] = self.value(value_node, inner, depth + 1)
        return found


def problem(what: str, line: int, key: str, value: object, remedy: str) -> Invalid:
    """An error that names the line and the key of a file."""
    field = FieldProblem(key, str(value), remedy)
    return Invalid(f"{what}第 {line} 行“{key}”：{remedy}", [field], line=line, key=key)
