"""The source tree as the checks see it: modules with their syntax trees, apps with their floors."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "yiwang"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

#: Floor of each app (docs/architecture.md).
FLOORS = {
    "project": 12,
    "simulate": 11,
    "workbench": 9,
    "intake": 9,
    "whistles": 9,
    "triage": 8,
    "cases": 7,
    "places": 6,
    "catalog": 5,
    "clocks": 4,
    "files": 4,
    "notify": 4,
    "orgs": 3,
    "accounts": 2,
    "ledger": 1,
    "interface": 1,
    "kernel": 0,
}


@dataclass(frozen=True)
class Module:
    """One Python file of the package.

    Attributes:
        path: the file.
        name: dotted name, such as `yiwang.cases.rules`.
    """

    path: Path
    name: str

    @property
    def app(self) -> str:
        """The app it belongs to; empty for the package itself."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def is_test(self) -> bool:
        """Whether it stands in a tests package."""
        return "tests" in self.name.split(".")

    @property
    def is_migration(self) -> bool:
        """Whether it is a migration."""
        return "migrations" in self.name.split(".")

    @property
    def shown(self) -> str:
        """The file's path from the root of the repository."""
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        """The file's text."""
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return _parsed(self.path, self.path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, _changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def modules(*, tests: bool = False, migrations: bool = False) -> list[Module]:
    """The package's modules, by default without tests and migrations."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = list(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        module = Module(path, ".".join(parts))
        if (tests or not module.is_test) and (migrations or not module.is_migration):
            found.append(module)
    return found


def imports(module: Module) -> Iterator[tuple[str, int]]:
    """Absolute dotted names that a module imports, names included, each with its line."""
    is_package = module.path.name == "__init__.py"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.name.split(".")
                keep = len(parts) - node.level + (1 if is_package else 0)
                base = ".".join([*parts[:keep], *([base] if base else [])])
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


@cache
def committed_files() -> list[Path]:
    """Every file of the repository that git knows or would add, generated and ignored ones left out."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return sorted(p for name in done.stdout.split("\0") if name and (p := ROOT / name).is_file())


TEXT_SUFFIXES = {
    ".py",
    ".mjs",
    ".js",
    ".css",
    ".html",
    ".md",
    ".toml",
    ".sh",
    ".yaml",
    ".yml",
    ".txt",
    ".json",
    ".sql",
}


def text_files() -> list[Path]:
    """Files of the repository that people write and read as text."""
    known = [path for path in committed_files() if path.is_file()]
    return [
        path for path in known if path.suffix in TEXT_SUFFIXES or path.name in {"Makefile", ".importlinter"}
    ]
