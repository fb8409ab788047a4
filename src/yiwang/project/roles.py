"""Database roles 数据库角色: the owner migrates, the running product only uses.

`yiwang_owner` owns the schema and runs migrations. `yiwang_app` is what the server, the worker, the
relay and the clock connect as: it may not alter the schema, and may only INSERT and SELECT the journal.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

OWNER_ROLE = "yiwang_owner"
APP_ROLE = "yiwang_app"


def ensure_roles(admin_url: str, *, owner_password: str, app_password: str, database: str = "yiwang") -> None:
    """Create both roles and the database if they are missing; safe to run again.

    Args:
        admin_url: connection URL of a role that may create roles and databases.
        owner_password, app_password: passwords to set on the two roles.
        database: name of the database to create.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role, password in ((OWNER_ROLE, owner_password), (APP_ROLE, app_password)):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = "ALTER" if known else "CREATE"
            extra = " CREATEDB" if role == OWNER_ROLE else ""
            connection.execute(
                sql.SQL(verb + " ROLE {} LOGIN" + extra + " PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )
        connection.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(OWNER_ROLE))
        )
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not found.fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER_ROLE)
                )
            )


GRANTS = """
GRANT USAGE ON SCHEMA public TO yiwang_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO yiwang_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO yiwang_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO yiwang_app;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_journalentry FROM yiwang_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM yiwang_app;
"""


def grant_to_app(connection: psycopg.Connection) -> None:
    """Give the running role what it needs on every table, and no more on the journal.

    Run by the owner after each migration.
    """
    connection.execute(GRANTS)
