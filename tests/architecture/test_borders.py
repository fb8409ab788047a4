"""Borders between apps and inside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field

from .source import FLOORS, ROOT, imports, modules

#: What `project` may reach in an app besides `public`: it composes addresses, commands and background work.
COMPOSED = {"api", "urls", "commands", "tasks", "apps"}
#: Single imports past the door of another app, each with its reason.
ALLOWED: dict[tuple[str, str], str] = {
    (
        "yiwang.project.live_feed",
        "yiwang.interface.live.LiveFeed",
    ): "the feed's process never loads Django's apps",
    (
        "yiwang.project.live_feed",
        "yiwang.ledger.heartbeats.beat_in_background",
    ): "the feed's process never loads Django's apps",
    (
        "yiwang.project.wsgi",
        "yiwang.ledger.heartbeats.beat_in_background",
    ): "the web's process is not set up yet when its module is read",
    (
        "yiwang.project.urls",
        "yiwang.interface.live_ticket.ticket_page",
    ): "the project gives the page its address",
    ("yiwang.__main__", "yiwang.project.cli.main"): "`python -m yiwang` is the command line",
}
#: What Django offers and the house does not use: it writes around the services, or behind their back.
UNUSED = {
    "django.contrib.admin": "the admin site writes around the services",
    "django.db.models.signals": "side effects stand in services or in handlers of events",
    "django.dispatch": "side effects stand in services or in handlers of events",
}


def test_import_linter_finds_its_contracts_kept() -> None:
    beside_python = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(beside_python), "--config", str(ROOT / ".importlinter"), "--no-cache"],
        cwd=ROOT / "src",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_app_has_a_floor_and_is_installed() -> None:
    folders = {module.app for module in modules()} - {"", "__main__"}
    assert folders <= set(FLOORS), f"no floor for {folders - set(FLOORS)}"
    installed = {config.label for config in apps.get_app_configs() if config.name.startswith("yiwang.")}
    assert installed == folders - {"kernel"}


def test_other_apps_are_entered_only_through_public() -> None:
    wrong = []
    for module in modules():
        for name, line in imports(module):
            parts = name.split(".")
            if parts[0] != "yiwang" or len(parts) < 3:
                continue
            app, part = parts[1], parts[2]
            if app in {module.app, "kernel"} or app not in FLOORS or part == "public":
                continue
            if module.app == "project" and part in COMPOSED:
                continue
            if (module.name, name) not in ALLOWED:
                wrong.append(f"{module.shown}:{line} imports {name}")
    assert wrong == []


def test_foreign_keys_point_only_downward() -> None:
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        app = model._meta.app_label
        if not model.__module__.startswith("yiwang."):
            continue
        for field in model._meta.get_fields():
            if not isinstance(field, Field) or not field.is_relation or field.related_model is None:
                continue
            target = field.related_model._meta.app_label
            if target == app:
                continue
            if target not in FLOORS or FLOORS[target] >= FLOORS[app]:
                wrong.append(f"{model._meta.label}.{field.name} points at {field.related_model._meta.label}")
    assert wrong == []


def test_the_ledger_points_at_nothing() -> None:
    relations = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_app_config("ledger").get_models()
        for field in model._meta.get_fields()
        if field.is_relation
    ]
    assert relations == []


@pytest.mark.parametrize(("name", "reason"), UNUSED.items())
def test_what_goes_behind_the_back_of_services_is_not_imported(name: str, reason: str) -> None:
    wrong = [
        f"{module.shown}:{line}"
        for module in modules()
        for imported, line in imports(module)
        if imported == name or imported.startswith(f"{name}.")
    ]
    assert wrong == [], reason


def test_the_checker_itself_sees_relative_imports() -> None:
    seen = {name for module in modules() if module.name == "yiwang.ledger.act" for name, _ in imports(module)}
    assert {"yiwang.kernel.actor.Actor", "yiwang.ledger.events.Event", "django.db.connection"} <= seen


def test_every_exception_is_still_needed() -> None:
    seen = {(module.name, name) for module in modules() for name, _line in imports(module)}
    assert [pair for pair in ALLOWED if pair not in seen] == []
