"""Demo 演示: Nanjing loaded and a morning played, once; a second run goes on where the first stopped.

The marker of the played morning is a row of the city itself: a case exists. Loading the city is safe to
repeat, since every loader adds only what is missing; it is left out when its marker file is of the same
version and the same database.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .. import __version__
from . import instance

Say = Callable[[str], object]


def passwords_file() -> Path:
    """The 0600 file that keeps the demo's generated password."""
    return instance.home() / "demo-passwords"
