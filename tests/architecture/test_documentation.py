"""Documentation that can go stale fails here."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from .source import CHINESE, FLOORS, ROOT, Module, committed_files, modules

DOCS = ROOT / "docs"
SETTING = re.compile(r"\bYIWANG_[A-Z0-9_]+\b")
ADR_PARTS = ("## Context", "## Decision", "## Consequences", "## How it is checked")
#: Methods that a base class documents.
INHERITED = {
    "ready",
    "handle",
    "save",
    "clean",
    "get_queryset",
    "get_context_data",
    "process_exception",
    "handle_starttag",
}


def _pages() -> str:
    pages = [
        *sorted(DOCS.rglob("*.md")),
        ROOT / "README.md",
        ROOT / "README.zh-CN.md",
        ROOT / "CONTRIBUTING.md",
    ]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages if page.exists())


def test_every_public_thing_has_a_docstring() -> None:
    bare = [f"{module.shown}:{line} {name}" for module in modules() for name, line in _undocumented(module)]
    assert bare == []


def _undocumented(module: Module) -> Iterator[tuple[str, int]]:
    tree = module.tree
    if tree.body and not ast.get_docstring(tree):
        yield "the module", 1
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _if_bare(node)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _if_bare(node)
            for member in node.body:
                if (
                    isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and member.name not in INHERITED
                ):
                    yield from _if_bare(member)


def _if_bare(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[tuple[str, int]]:
    overloads = {ast.unparse(d) for d in node.decorator_list}
    if not node.name.startswith("_") and not ast.get_docstring(node) and "overload" not in overloads:
        yield node.name, node.lineno


def test_every_app_says_what_it_owns_in_both_languages() -> None:
    wrong = [
        module.shown
        for module in modules()
        if module.path.name == "__init__.py"
        and module.name.count(".") == 1
        and not CHINESE.search((ast.get_docstring(module.tree) or "").splitlines()[0])
    ]
    assert wrong == []
    code = [
        m.shown
        for m in modules()
        if m.path.name == "__init__.py" and m.name.count(".") == 1 and len(m.tree.body) > 1
    ]
    assert code == [], "an app's __init__ holds its docstring and no code"


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    sources = [*(module.text for module in modules()), (ROOT / "conftest.py").read_text(encoding="utf-8")]
    sources += [
        p.read_text(encoding="utf-8")
        for p in committed_files()
        if p.is_relative_to(ROOT / "tools") and p.suffix in {".py", ".sh"}
    ]
    sources += [
        p.read_text(encoding="utf-8")
        for p in committed_files()
        if p.is_relative_to(ROOT / "tests") and p.name == "conftest.py"
    ]
    used = {name for text in sources for name in SETTING.findall(text)}
    documented = set(SETTING.findall(_pages()))
    assert (sorted(used - documented), sorted(documented - used)) == ([], [])


def _commands(group: click.Group, before: str = "yiwang") -> Iterator[str]:
    for name, command in group.commands.items():
        full = f"{before} {name}"
        if isinstance(command, click.Group):
            yield from _commands(command, full)
        elif not command.hidden:
            yield full


def test_the_pages_made_from_code_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_docs.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    from yiwang.project.cli import assemble

    known = set(_commands(assemble()))
    words = {name.split()[1] for name in known}
    mentioned = set(re.findall(r"`?\b(yiwang(?: [a-z-]+){1,2})", _pages()))
    real = {m for m in mentioned if m.split()[1] in words}
    unknown = {
        m for m in real if not any(k == m or k.startswith(m + " ") or m.startswith(k + " ") for k in known)
    }
    assert (sorted(k for k in known if k not in _pages()), sorted(unknown)) == ([], [])


def test_the_index_of_decisions_is_complete_and_each_record_is_whole() -> None:
    index = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    records = sorted(path for path in (DOCS / "adr").glob("*.md") if path.name != "README.md")
    assert [path.name[:4] for path in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        assert f"[{title}]({path.name})" in index, path.name
        assert [part for part in ADR_PARTS if part not in text] == [], path.name
        assert len(text.split()) < 700, f"{path.name} is longer than a page"


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in [p for p in committed_files() if p.suffix == ".md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if (
                "://" not in target
                and not target.startswith("mailto:")
                and not (page.parent / target).exists()
            ):
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_the_architecture_page_names_every_app_on_its_floor() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    for app, floor in FLOORS.items():
        rows = [line for line in text.splitlines() if line.startswith(f"| {floor} |")]
        assert any(f"`{app}`" in row for row in rows), app


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "README.zh-CN.md",
        "CHANGELOG.md",
        "LICENSE",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "Makefile",
        ".ci/run",
    ],
)
def test_what_every_project_owes_its_readers_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


def test_the_changelog_knows_this_version() -> None:
    from yiwang import __version__

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__}" in text or f"## [{__version__}]" in text or "## Unreleased" in text


def test_every_target_of_make_has_a_line_of_help() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    phony = next(line for line in lines if line.startswith(".PHONY:")).split()[1:]
    helped = {line.split(":")[0] for line in lines if re.match(r"^[a-z-]+:.*## ", line)}
    assert set(phony) <= helped
