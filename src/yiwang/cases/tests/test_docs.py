"""The page of the loop is what the tables say."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def test_the_page_of_the_loop_is_what_the_tables_say() -> None:
    sys.path.insert(0, str(ROOT))
    from tools.build_docs import loop_page

    assert (ROOT / "docs" / "loop.md").read_text(encoding="utf-8") == loop_page()
