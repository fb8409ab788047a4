"""Sizes and names: short files, short functions, ASCII identifiers, no drawers."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source import ROOT, committed_files, modules

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 40
#: Text that people write by hand; generated files and data are left out.
WRITTEN = {".py", ".mjs", ".html", ".css", ".sh", ".sql"}
DRAWERS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "data",
    "info",
    "misc",
    "base",
}
#: Hooks that Django and the standard library call by these names.
HOOKS = {"process_view", "process_exception", "process_template_response", "handle_data"}
VAGUE = re.compile(r"^(process_|handle_data|do_it|manage_)")
CITY = re.compile("南京|江宁|江北|鼓楼|浦口|六合|玄武|秦淮|建邺|栖霞|雨花台|溧水|高淳")
#: Folders and modules that hold a city's own facts or play them.
CITY_FACTS = ("simulate", "orgs.divisions", "places.services.nanjing")


def test_no_file_is_longer_than_500_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in committed_files()
        if path.suffix in WRITTEN
    }
    assert {name: n for name, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"
        for path in _product_files()
        for node in _functions(ast.parse(path.read_text(encoding="utf-8")))
        if (length := _length(node)) > MAX_FUNCTION_LINES
    ]
    assert long == []


def _product_files() -> list[Path]:
    tools = [p for p in committed_files() if p.suffix == ".py" and p.is_relative_to(ROOT / "tools")]
    return [module.path for module in modules()] + tools


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
        body = body[1:]
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def test_no_module_is_a_drawer() -> None:
    names = {part for module in modules(tests=True) for part in module.name.split(".")}
    assert names & DRAWERS == set()


def test_identifiers_are_ascii_and_say_what_they_do() -> None:
    wrong = []
    for module in modules(tests=True):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword):
                continue
            name = getattr(node, "name", None) or getattr(node, "id", None) or getattr(node, "arg", None)
            if not isinstance(name, str):
                continue
            is_vague = isinstance(node, ast.FunctionDef) and VAGUE.match(name) and name not in HOOKS
            if not name.isascii() or is_vague:
                wrong.append(f"{module.shown}:{getattr(node, 'lineno', 0)} {name}")
    assert wrong == []


def test_code_names_no_city() -> None:
    wrong = []
    for module in modules():
        if any(f"yiwang.{part}" in module.name for part in CITY_FACTS):
            continue
        docs = {id(d) for d in _docstrings(module.tree)}
        wrong += [
            f"{module.shown}:{node.lineno} {node.value[:30]}"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and CITY.search(node.value)
            and id(node) not in docs
        ]
    assert wrong == []


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=lambda c: c[0])
def test_ruff_is_content(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_every_rule_that_is_switched_off_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("ignore = ["))
    rules = lines[start + 1 : lines.index("]", start)]
    assert [line for line in rules if "#" not in line] == []
    bare = [
        f"{module.shown}:{number}"
        for module in modules(tests=True)
        for number, line in enumerate(module.text.splitlines(), 1)
        if re.search(r"#\s*noqa\s*$", line) or re.search(r"#\s*type:\s*ignore\s*$", line)
    ]
    assert bare == []
