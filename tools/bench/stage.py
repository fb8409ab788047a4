"""The stage: an instance of its own under `build/bench`, with Nanjing loaded, empty or seeded."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

HOME = Path("build/bench").resolve()
SEEDED = 1_000_000
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def prepare(home: Path = HOME) -> None:
    """Start the cluster, migrate, set Django up and load the city; quick when it stands already."""
    os.environ["YIWANG_HOME"] = str(home)
    os.environ.pop("YIWANG_DATABASE_URL", None)
    home.mkdir(parents=True, exist_ok=True)
    from yiwang.project import instance

    instance.prepare()
    from yiwang.orgs.public import Area

    if Area.objects.count() < 1000:
        from yiwang.simulate.public import load_city

        load_city(lambda line: print(line, file=sys.stderr), passwords=home / "demo-password")


def owner_connection() -> object:
    """A psycopg connection of the schema's owner."""
    import psycopg

    from yiwang.project.instance import owner_url

    return psycopg.connect(owner_url(), autocommit=True)


def case_count() -> int:
    """Cases in the database, estimated by the planner when there are many."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_case")
        return int(cursor.fetchone()[0])


def system() -> object:
    """An actor that may do every act of the loop."""
    from yiwang.cases.public import CASE
    from yiwang.kernel.actor import EVERYWHERE, Actor
    from yiwang.kernel.ids import uuid7

    acts = {t.permission for t in CASE.transitions} | {"cases.receive", "cases.view"}
    return Actor(account_id=uuid7(), grants=dict.fromkeys(acts, EVERYWHERE))
