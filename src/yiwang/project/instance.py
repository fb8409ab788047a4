"""Instance 实例: the one installation that a command works on: its home folder and its database.

Without `YIWANG_DATABASE_URL` an instance keeps a PostgreSQL of its own in its home (`YIWANG_HOME`,
default `./var`). With it, the city's own server is used; `YIWANG_OWNER_DATABASE_URL` then names the role
that owns the schema (migrations, restore), by default the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from .embedded import APP_ROLE, OWNER_ROLE, Cluster

URL = "YIWANG_DATABASE_URL"
OWNER_URL = "YIWANG_OWNER_DATABASE_URL"
#: Set by `use_database` so that child processes know the database is the instance's own.
EMBEDDED = "YIWANG_EMBEDDED"


def home() -> Path:
    """The instance's folder: files, keyring, embedded database; made when missing."""
    folder = Path(os.environ.get("YIWANG_HOME", "var")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def embedded_cluster() -> Cluster | None:
    """The instance's own PostgreSQL, or None when the city points at its own server."""
    if os.environ.get(URL) and os.environ.get(EMBEDDED) != "1":
        return None
    return Cluster(home() / "database")


def use_database() -> Cluster | None:
    """Make the database reachable and name it in the environment, for this process and its children.

    Returns:
        The embedded cluster, running; None when the city has its own server.
    """
    if os.environ.get(URL):
        return embedded_cluster()
    cluster = embedded_cluster()
    if cluster is None:
        return None
    cluster.ensure()
    os.environ[URL] = cluster.url(APP_ROLE)
    os.environ[OWNER_URL] = cluster.url(OWNER_ROLE)
    os.environ[EMBEDDED] = "1"
    return cluster


def owner_url() -> str:
    """Connection URL of the role that owns the schema; `use_database` comes first."""
    return os.environ.get(OWNER_URL) or os.environ[URL]


def is_migrated(url: str) -> bool:
    """Whether the schema was ever migrated; an unreachable database raises `psycopg.OperationalError`."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchone()
    return bool(row and row[0])


def migrate() -> None:
    """Bring the schema up to date in a process of its own, as the owner.

    Raises:
        subprocess.CalledProcessError: when a migration fails; its output went to standard error.
    """
    subprocess.run([sys.executable, "-m", "yiwang", "migrate", "--quiet"], check=True, stdout=sys.stderr)


def prepare() -> Cluster | None:
    """Database and Django, ready for a command as the running role.

    An embedded database that is still empty is migrated first, so that the first command of a new
    instance works, whichever it is.
    """
    cluster = use_database()
    if cluster is not None:
        migrate_if_new()
    set_up_django()
    return cluster


def migrate_if_new() -> None:
    """Migrate a database that holds nothing yet."""
    if not is_migrated(os.environ[URL]):
        migrate()


def set_up_django() -> None:
    """Load the settings and all apps, once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
