"""Loading doors: every module of the package is imported, so that it can register itself."""

from __future__ import annotations

import importlib
import pkgutil

from yiwang.intake import doors


def load_doors() -> None:
    """Import all doors; called once when the app is ready."""
    for module in pkgutil.iter_modules(doors.__path__):
        if module.name not in {"loading", "urls"}:
            importlib.import_module(f"{doors.__name__}.{module.name}")
