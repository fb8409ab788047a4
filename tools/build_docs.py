"""Write the pages of docs/ that come from code: `docs/loop.md`, the transition tables with their diagram, and
`docs/commands.md`, the command line.

`python tools/build_docs.py --check` writes nothing and fails when a page is stale.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def loop_page() -> str:
    """The page of the lifecycles."""
    from yiwang.cases.states import (
        APPLICATION,
        ARBITRATION,
        CASE,
        CORRECTION,
        ERASURE,
        RETURN,
        SUPERVISION,
        TASK,
    )

    parts = [
        "# The loop 闭环",
        "",
        "Made from `yiwang.cases.states` by `make docs`; do not edit. The same tables drive the services,",
        "the buttons, the API, the permission matrix and the tests.",
    ]
    titled = (
        (CASE, "Case 案件"),
        (TASK, "Task 任务"),
        (APPLICATION, "Application 申请"),
        (RETURN, "Return 退单"),
        (ARBITRATION, "Arbitration 争议裁定"),
        (SUPERVISION, "Supervision 督办"),
        (CORRECTION, "Correction 行政更正"),
        (ERASURE, "Erasure 删除个人信息"),
    )
    for lifecycle, title in titled:
        parts += ["", f"## {title}", "", "```mermaid", lifecycle.diagram(), "```", ""]
        parts.append("| action | 中文 | from | to | permission | guards | clock | reason |")
        parts.append("|---|---|---|---|---|---|---|---|")
        for row in lifecycle.transitions:
            sources = ", ".join(s for s in lifecycle.states if s in row.sources)
            guards = ", ".join(guard.__name__ for guard in row.guards)
            parts.append(
                f"| `{row.action}` | {row.label} | {sources} | {row.target or '(kept or restored)'} "
                f"| `{row.permission}` | {guards} | {row.clock} | {'yes' if row.reason else ''} |"
            )
    return "\n".join(parts) + "\n"


def commands_page() -> str:
    """The page of the command line."""
    from yiwang.project.cli import assemble

    parts = [
        "# Commands 命令",
        "",
        "Made from the command line by `make docs`; do not edit. `yiwang COMMAND --help` says more.",
        "",
        "| command | what it does |",
        "|---|---|",
    ]
    parts += [f"| `{name}` | {help_text} |" for name, help_text in sorted(_commands(assemble(), "yiwang"))]
    return "\n".join(parts) + "\n"


def _commands(group: click.Group, before: str) -> Iterator[tuple[str, str]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before} {name}")
        elif not command.hidden:
            lines = (command.help or "").strip().splitlines()
            yield f"{before} {name}", lines[0] if lines else ""


PAGES = {"loop.md": loop_page, "commands.md": commands_page}


def main() -> None:
    """Write the pages, or with `--check` compare them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    import django

    django.setup()
    stale = []
    for name, make in PAGES.items():
        path = ROOT / "docs" / name
        text = make()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        raise SystemExit(f"stale pages: {', '.join(stale)}; run `make docs`")


if __name__ == "__main__":
    main()
