"""Every icon that a template or a menu entry names is in the sprite."""

from __future__ import annotations

import re
from pathlib import Path

from yiwang.interface.public import navigation

ROOT = Path(__file__).resolve().parents[2]
SPRITE = ROOT / "interface" / "static" / "interface" / "icons.svg"
DRAWN = set(re.findall(r'<symbol id="([a-z-]+)"', SPRITE.read_text(encoding="utf-8")))


def test_every_icon_of_a_template_is_drawn() -> None:
    used = {
        name
        for path in ROOT.rglob("templates/**/*.html")
        for name in re.findall(r'{% icon "([a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert used
    assert used - DRAWN == set()


def test_every_icon_of_the_menu_is_drawn() -> None:
    icons = {entry.icon for entry in navigation.entries() if entry.icon}
    assert icons
    assert icons - DRAWN == set()
