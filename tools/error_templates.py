"""Sentences of errors 错误语句: the Chinese that errors say, as templates for the catalogue.

Services raise errors in Chinese and know nothing of the reader's language. What they say is collected here
from the syntax tree, without a mark at the call: the words of every error that is built, and in modules that
no page, form or command owns every whole sentence and every phrase that a function gives back, since a remedy
is often chosen in one place and raised in another. An f-string becomes a template with named placeholders:
`f"第 {row.line} 行重复。"` is `第 {line} 行重复。`. `yiwang.interface.error_words` finds the template of a
sentence again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

#: Context of these messages in the catalogue.
CONTEXT = "error"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENDS = ("。", "？", "！")
_PLACEHOLDER = re.compile(r"(\{[a-z_][a-z_0-9]*\})")
#: Which arguments hold words, where it is not the first that is text; a reason speaks like an error.
_WORDS_AT = {"invalid": (0, 2), "FieldProblem": (0, 2), "Reason": (1,), "RowUnreadable": (0,)}
_ROOT_ERRORS = frozenset({"YiwangError", *_WORDS_AT})
#: Fewest Chinese characters of a phrase that a function gives back.
_PHRASE = 4
#: Codes of reasons, which stand before their words in a pair.
_REASON_CODE = re.compile(
    r"(place|class|owner|repeat|wording)\.[a-z_]+|[a-z]+_(same|shared|like|other|conflict)"
)
#: What begins the name of a time in a phrase: such a phrase is a step of an explanation, however short.
_TIME = "{told_"
#: Calls and keywords whose sentences are for operators, programmers or logs.
_ASIDE = frozenset({"echo", "ClickException", "info", "warning", "error", "exception", "debug", "critical"})
_ASIDE_KEYWORDS = frozenset({"help", "description", "summary", "verbose_name", "help_text", "short_help"})
#: Parts of the product whose own sentences are marked with gettext, or that speak on a terminal.
_OWN_WORDS = frozenset({"pages", "forms", "apps", "templatetags"})
_TERMINAL = re.compile(r"(^|_)(commands|cli|supervisor|keeping|demo|simulate)$")


def error_names(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Names that build errors: the shared ones and every class below them."""
    bases = {
        node.name: {_name_of(base) for base in node.bases}
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    names = set(_ROOT_ERRORS)
    while grown := {name for name, above in bases.items() if name not in names and above & names}:
        names |= grown
    return frozenset(names)


def templates(tree: ast.Module, path: Path, errors: Collection[str], marked: Collection[str]) -> list[str]:
    """The templates that one module says, in order and perhaps more than once.

    Args:
        tree: the module.
        path: where it stands inside the package, which tells whose words its sentences are.
        errors: names that build errors, as `error_names` finds them.
        marked: names of the gettext functions, whose arguments are in the catalogue already.
    """
    parts = path.with_suffix("").parts
    if any(_TERMINAL.search(part) for part in parts):
        return []
    found = _Collector(errors, {*marked, *_ASIDE}, speaks=not _OWN_WORDS & set(parts))
    found.walk(tree)
    return found.templates


class _Collector:
    """Walks one module and gathers its templates."""

    def __init__(self, errors: Collection[str], aside: Collection[str], *, speaks: bool) -> None:
        self.templates: list[str] = []
        self._errors, self._aside, self._speaks = errors, aside, speaks

    def walk(self, node: ast.AST, least: int = 0) -> None:
        """Gather below a node; words of at least `least` Chinese characters are said, 0: sentences only."""
        if isinstance(node, ast.Call):
            self._walk_call(node)
        elif isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp)):
            self._take(node, least)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a docstring
            if isinstance(node, (ast.Return, ast.Yield)):
                least = _PHRASE if self._speaks else 0
            elif not isinstance(node, (ast.IfExp, ast.BoolOp, ast.Tuple)):
                least = 0
            if _is_reason(node):
                least = 1
            for child in ast.iter_child_nodes(node):
                self.walk(child, least)

    def _take(self, node: ast.Constant | ast.JoinedStr | ast.BinOp, least: int) -> None:
        template = template_of(node)
        if template is None:
            for child in ast.iter_child_nodes(node):
                self.walk(child)
            return
        if self._speaks and template.rstrip().endswith(_ENDS):
            least = 1
        if least and _TIME in template:
            least = 1
        if 0 < least <= len(CHINESE.findall(template)):
            self.templates += [template, *_chosen(node)]
        for value in _values(node):
            self.walk(value)

    def _walk_call(self, node: ast.Call) -> None:
        name = _name_of(node.func)
        if name in self._aside:
            return
        self.walk(node.func)
        places: tuple[int, ...] = ()
        if name in self._errors or name == "__init__":  # an error hands its words to the class above
            places = _WORDS_AT.get(name) or (_first_words(node.args),)
        elif node.args and _is_reason_code(node.args[0]):
            places = (1,)
        for number, argument in enumerate(node.args):
            self.walk(argument, 1 if number in places else 0)
        for keyword in node.keywords:
            if keyword.arg not in _ASIDE_KEYWORDS:
                self.walk(keyword.value)


def _is_reason(node: ast.AST) -> bool:
    """Whether a node is a pair of a code and the words of a reason."""
    return isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_reason_code(node.elts[0])


def _is_reason_code(node: ast.AST) -> bool:
    code = node.value if isinstance(node, ast.Constant) else None
    return isinstance(code, str) and _REASON_CODE.fullmatch(code) is not None


def template_of(node: ast.AST) -> str | None:
    """The template of a literal, an f-string or a sum of both; None for anything else."""
    parts = list(_parts(node))
    if not any(isinstance(part, str) for part in parts):
        return None
    names: dict[str, str] = {}
    return "".join(part if isinstance(part, str) else f"{{{_placeholder(part, names)}}}" for part in parts)


def _parts(node: ast.AST) -> Iterator[str | ast.expr]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield _escaped(node.value)
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            is_value = isinstance(part, ast.FormattedValue)
            yield part.value if is_value else _doubled(part.value)  # type: ignore[attr-defined]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for side in (node.left, node.right):
            yield from list(_parts(side)) or [side]


def _values(node: ast.AST) -> list[ast.expr]:
    return [part for part in _parts(node) if isinstance(part, ast.expr)]


def _chosen(node: ast.AST) -> Iterator[str]:
    """Words that an f-string chooses between: `f"{'请' if late else '可'}补充。"`."""
    for value in _values(node):
        for inner in ast.walk(value):
            sides = [inner.body, inner.orelse] if isinstance(inner, ast.IfExp) else []
            sides += inner.values[1:] if isinstance(inner, ast.BoolOp) else []
            yield from (words for side in sides if (words := template_of(side)) and CHINESE.search(words))


def _escaped(text: str) -> str:
    """A literal may hold placeholders of `str.format`; other braces are doubled."""
    if "{" not in text and "}" not in text:
        return text
    parts = enumerate(_PLACEHOLDER.split(text))
    return "".join(part if number % 2 else _doubled(part) for number, part in parts)


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _placeholder(node: ast.expr, names: dict[str, str]) -> str:
    """A name for an expression: the same for the same expression and for no other of the template."""
    source = ast.unparse(node)
    if source not in names:
        wanted = name = _word_of(node) or "value"
        number = 1
        while name in names.values():
            number += 1
            name = f"{wanted}{number}"
        names[source] = name
    return names[source]


def _word_of(node: ast.AST) -> str:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _name_of(node).strip("_").lower()
    if isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return key if isinstance(key, str) and key.isidentifier() else _word_of(node.value)
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        return _word_of(node.elt)
    return _word_of_call(node) if isinstance(node, ast.Call) else ""


def _word_of_call(node: ast.Call) -> str:
    called = _name_of(node.func)
    if called in {"len", "sum"}:
        return "count"
    if called == "map":
        return _word_of(node.args[1])
    if node.args and (called == "join" or isinstance(node.func, ast.Name)):
        return _word_of(node.args[0])
    return _word_of(node.func.value) if isinstance(node.func, ast.Attribute) else called.strip("_").lower()


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _first_words(arguments: list[ast.expr]) -> int:
    """The first argument that is text; some errors take the thing at fault before the words."""
    for number, argument in enumerate(arguments):
        template = template_of(argument)
        if isinstance(argument, ast.IfExp) or (template and CHINESE.search(template)):
            return number
    return 0
