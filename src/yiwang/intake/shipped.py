"""Channel definitions that come with the product 随附渠道定义: ready to import, test and edit."""

from __future__ import annotations

import functools
from pathlib import Path

from .rules.definition import Definition, read_definition

FOLDER = Path(__file__).resolve().parent / "channels"


@functools.cache
def shipped_definitions() -> tuple[Definition, ...]:
    """All of them, by rank and code."""
    found = [read_definition(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda definition: (definition.rank, definition.code)))
