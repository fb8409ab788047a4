"""The baseline of the bulk import: a bare COPY of the same final rows into tables of the same shape."""

from __future__ import annotations

import time

from .stage import owner_connection

_PARTS = {
    "cases_report": "SELECT r.* FROM cases_report r WHERE r.channel = %s",
    "cases_case": "SELECT c.* FROM cases_case c WHERE c.channel = %s",
    "cases_reportlink": "SELECT l.* FROM cases_reportlink l JOIN cases_case c ON c.id = l.case_id "
    "WHERE c.channel = %s",
    "cases_casesearch": "SELECT s.* FROM cases_casesearch s JOIN cases_case c ON c.id = s.case_id "
    "WHERE c.channel = %s",
    "ledger_journalentry": "SELECT j.* FROM ledger_journalentry j WHERE j.stream IN "
    "(SELECT id FROM cases_case WHERE channel = %s UNION ALL SELECT id FROM cases_report WHERE channel = %s)",
}


def copy_of(channel: str, count: int) -> float:
    """Rows (reports) a second when the rows of `channel` are sent by COPY, indexes and all.

    The rows are read back first; only sending and committing is timed. The target tables are copies of the
    real ones with the same indexes.
    """
    blocks: dict[str, bytes] = {}
    with owner_connection() as connection:  # type: ignore[attr-defined]
        for table, query in _PARTS.items():
            connection.execute(f"DROP TABLE IF EXISTS bench_{table}")
            connection.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
            connection.execute("DROP TABLE IF EXISTS bench_rows")
            connection.execute(f"CREATE TEMP TABLE bench_rows AS {query}", [channel] * query.count("%s"))
            with connection.cursor().copy("COPY bench_rows TO STDOUT") as copy:
                blocks[table] = b"".join(bytes(block) for block in copy)
        start = time.perf_counter()
        with connection.transaction():
            for table, block in blocks.items():
                with connection.cursor().copy(f"COPY bench_{table} FROM STDIN") as copy:
                    copy.write(block)
        seconds = time.perf_counter() - start
        for table in _PARTS:
            connection.execute(f"DROP TABLE bench_{table}")
    return count / seconds
