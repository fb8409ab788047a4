"""Compile the translation catalogues (.po to .mo) with Babel, so that no system tool is needed.

Run by `make setup`; writes only what is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parent.parent / "src" / "yiwang"


def compile_catalogues(root: Path) -> int:
    """Compile every .po under `root` whose .mo is missing or older; returns how many were written."""
    written = 0
    for po in sorted(root.glob("**/locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as text:
            catalogue = read_po(text, locale=po.parent.parent.name.replace("-", "_"))
        staging = mo.with_suffix(".new")
        with staging.open("wb") as binary:
            write_mo(binary, catalogue)
        staging.replace(mo)
        written += 1
    return written


if __name__ == "__main__":
    count = compile_catalogues(SOURCE)
    sys.stdout.write(f"{count} catalogues compiled.\n" if count else "Translations are up to date.\n")
