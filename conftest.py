"""Test database: an embedded cluster of this session's own, migrated by the owner, used as the running role.

`YIWANG_TEST_POSTGRES_BIN` runs the tests of the database on another PostgreSQL (such as Debian's 15). Under
`-n` each process has a cluster of its own, and the one that only hands out tests has none.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as properties

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
sys.path.insert(0, str(Path(__file__).parent / "src"))

# A busy machine is no fault of a property.
properties.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("house")

_CLUSTER = None
_HOME: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Start the session's cluster before Django reads its settings."""
    global _CLUSTER, _HOME  # noqa: PLW0603 - one cluster a session
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        return
    from yiwang.project.embedded import Cluster, programs_in

    other = os.environ.get("YIWANG_TEST_POSTGRES_BIN")
    _HOME = home = Path(tempfile.mkdtemp(prefix="yiwang-test-"))
    os.environ["YIWANG_HOME"] = str(home)
    _CLUSTER = Cluster(home / "cluster", programs=programs_in(Path(other)) if other else None, durable=False)
    _CLUSTER.ensure()
    with psycopg.connect(_CLUSTER.url("superuser", "postgres"), autocommit=True) as admin:
        admin.execute("GRANT SET ON PARAMETER session_replication_role TO yiwang_owner")
    os.environ["YIWANG_DATABASE_URL"] = _CLUSTER.url("yiwang_owner")
    from django.conf import settings

    from yiwang.project.settings import database_from

    settings.DATABASES["default"].update(database_from(_CLUSTER.url("yiwang_owner")))
    settings.YIWANG_HOME = home
    settings.MEDIA_ROOT = home / "files"
    settings.STRICT_BUDGETS = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On another PostgreSQL only the tests that ask it something say anything new.

    Pages and doors ask it by services and queries that have tests of their own.
    """
    if not os.environ.get("YIWANG_TEST_POSTGRES_BIN"):
        return
    asking = [item for item in items if _asks_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _asks_database(item)])
    items[:] = asking


#: Files of tests whose subject stands before services that have tests of their own: pages, and doors tried
#: against a real counterpart.
_ASKING_THROUGH_SERVICES = (
    "page", "contract", "mqtt", "jetstream", "mail_door", "open311", "single_sign_on", "camera",
)  # fmt: skip


def _asks_database(item: pytest.Item) -> bool:
    if "workbench" in item.nodeid or any(word in item.path.name for word in _ASKING_THROUGH_SERVICES):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("django_db") is not None
    return marked or bool(fixtures & {"db", "transactional_db", "cluster"})


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop and delete the session's cluster, and its folder."""
    if _CLUSTER is not None:
        _CLUSTER.destroy()
    if _HOME is not None:
        shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster():
    """The session's embedded cluster."""
    return _CLUSTER


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """After the owner has migrated, every connection acts as the running role `yiwang_app`."""
    from django.db import connection
    from django.db.backends.signals import connection_created

    from yiwang.project.roles import grant_to_app

    def become_app(sender: object, connection: object, **_: object) -> None:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("SET ROLE yiwang_app")

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.ensure_connection()
        grant_to_app(connection.connection)
        connection.commit() if not connection.get_autocommit() else None
        connection_created.connect(become_app, weak=False, dispatch_uid="test-role")
        connection.close()
    yield
    connection_created.disconnect(dispatch_uid="test-role")


def _flush_as_owner() -> None:
    """Empty every table, the journal and the job tables included: only the test owner can."""
    from django.db import connection

    from yiwang.ledger.public import forget

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename NOT IN ('django_migrations', 'django_content_type')"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} RESTART IDENTITY CASCADE")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SET ROLE yiwang_app")
    forget(everything=True)


@pytest.fixture(autouse=True, scope="session")
def _flush_by_owner() -> Iterator[None]:
    """Let Django's transactional tests flush through the owner; no bypass exists in the product."""
    from django.test import TransactionTestCase

    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = lambda self: _flush_as_owner()  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = original  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """No test sees what another test cached."""
    from yiwang.ledger.public import forget

    forget(everything=True)
    yield
    forget(everything=True)


@pytest.fixture
def django_assert_num_queries(
    django_assert_num_queries: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Queries are counted without the look at the caches' versions that falls due with time alone.

    A look that is owed from the start, as after `forget`, counts; no other, however slow the machine.
    """

    @contextmanager
    def counting(*args: Any, **given: Any) -> Iterator[Any]:
        with monkeypatch.context() as patient, django_assert_num_queries(*args, **given) as captured:
            patient.setattr("yiwang.ledger.versions._CHECK_EVERY", 60.0)
            yield captured

    return counting


@pytest.fixture
def as_owner(db: None) -> Iterator[None]:
    """Run as the owner of the schema, for a test that must."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield
        cursor.execute("SET ROLE yiwang_app")


@pytest.fixture
def fresh_plans(db: None) -> Iterator[None]:
    """For a test that fills tables: plans kept from tests with a row or two would walk the whole tables.

    The plans meant are those of the database's own checks of foreign keys, made at the end of the test too.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
        yield
        cursor.execute("DISCARD PLANS")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real data; missing data fail when YIWANG_TEST_DATA or CI is set, else skip."""
    named = os.environ.get("YIWANG_TEST_DATA")
    folder = Path(named or Path(__file__).parent.parent / "shared" / "data")
    if not folder.is_dir():
        if named or os.environ.get("CI"):
            pytest.fail(f"No real data in {folder}: set YIWANG_TEST_DATA to their folder.")
        pytest.skip(f"No real data in {folder}.")
    return folder
