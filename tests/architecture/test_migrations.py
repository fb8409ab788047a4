"""Migrations: complete, expanding before they contract, never waiting long for a lock."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from .source import CHINESE, ROOT

CONTRACTING = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
CONTRACTING_SQL = re.compile(
    r"\bDROP\s+(TABLE|COLUMN)\b|\bRENAME\s+(TO|COLUMN)\b|(^|;)\s*(TRUNCATE|DELETE\s+FROM)\b",
    re.IGNORECASE | re.MULTILINE,
)
ADR = re.compile(r"ADR[ -](\d{4})")


def _own() -> Iterator[migrations.Migration]:
    loader = MigrationLoader(None)
    for (app, _name), migration in sorted(loader.disk_migrations.items()):
        if apps.get_app_config(app).name.startswith("yiwang."):
            yield migration


def _first_release(migration: migrations.Migration) -> bool:
    """Whether the migration makes its app's tables for the first time (nothing is released before them)."""
    return bool(migration.initial) or migration.name.startswith("0001")


@pytest.mark.django_db
def test_the_models_and_their_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=1)


def test_every_app_with_tables_has_migrations_and_the_house_names_its_later_ones() -> None:
    named = {migration.app_label for migration in _own()}
    with_tables = {m._meta.app_label for m in apps.get_models() if m.__module__.startswith("yiwang.")}
    assert with_tables - named == set()
    assert [f"{m.app_label}.{m.name}" for m in _own() if "_auto_" in m.name] == []


def test_a_later_migration_only_expands_unless_a_decision_says_otherwise() -> None:
    wrong = []
    for migration in _own():
        if _first_release(migration):
            continue
        module = importlib.import_module(migration.__module__)
        decided = ADR.search(module.__doc__ or "")
        if decided and list((ROOT / "docs" / "adr").glob(f"{decided[1]}-*.md")):
            continue
        wrong += [f"{migration.app_label}.{migration.name}: {op}" for op in _contracting(migration)]
    assert wrong == []


def _contracting(migration: migrations.Migration) -> Iterator[str]:
    own = {row.name_lower for row in migration.operations if isinstance(row, migrations.CreateModel)}
    for operation in migration.operations:
        if isinstance(operation, CONTRACTING):
            yield type(operation).__name__
        elif isinstance(operation, migrations.RunSQL):
            if CONTRACTING_SQL.search(str(operation.sql)):
                yield "RunSQL that drops or renames"
        elif isinstance(operation, migrations.AddField):
            field = operation.field
            if not (
                field.null
                or field.has_default()
                or field.db_default is not NOT_PROVIDED
                or field.many_to_many
                or operation.model_name_lower in own  # a table that old code does not know
            ):
                yield f"AddField {operation.name} that old code cannot fill"


def test_every_migration_written_by_hand_can_be_undone() -> None:
    wrong = [
        f"{migration.app_label}.{migration.name}"
        for migration in _own()
        for operation in migration.operations
        if isinstance(operation, (migrations.RunSQL, migrations.RunPython)) and not operation.reversible
    ]
    assert wrong == []


def test_a_migration_gives_up_when_it_waits_long_for_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    from yiwang.project.settings import database_from

    monkeypatch.setenv("YIWANG_LOCK_TIMEOUT", "5s")
    options = database_from("postgresql://someone@/yiwang?host=nowhere")["OPTIONS"]
    assert "-c lock_timeout=5s" in str(options)


@pytest.mark.django_db
def test_every_table_and_column_of_the_product_has_a_chinese_name() -> None:
    own = [model for model in apps.get_models() if model.__module__.startswith("yiwang.")]
    assert own
    plain = [model._meta.label for model in own if not CHINESE.search(str(model._meta.verbose_name))]
    plain += [
        f"{model._meta.label}.{field.name}"
        for model in own
        for field in model._meta.concrete_fields
        if not CHINESE.search(str(field.verbose_name))
        and field.name not in INHERITED
        and not field.primary_key
    ]
    assert plain == []


#: Columns of `ledger.RootRow` and of Django's own base classes.
INHERITED = {"version", "journal_head", "password", "last_login"}


@pytest.mark.django_db
def test_every_table_of_the_models_is_in_the_database() -> None:
    tables = set(connection.introspection.table_names())
    missing = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in tables
    ]
    assert missing == []
