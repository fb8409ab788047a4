"""Seed a million cases set-based, with their reports, links, tasks, search rows and journal heads.

The rows have the shape and the sizes of real ones; the cluster is kept under `build/bench` and used again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from .stage import AT, SEEDED, case_count, owner_connection

WORDS = ("路灯不亮", "井盖破损", "垃圾成堆", "噪音扰民", "违章停车", "积水严重", "占道经营", "树枝压线")
RARE = "琥珀蜻蜓"
#: States of fifty seeded cases, one after the other.
STATES = ("received", "handling", "rechecking", *["closed"] * 47)
_TABLES = (
    "cases_report", "cases_case", "cases_reportlink", "cases_casesearch", "cases_task", "cases_stageclock",
)  # fmt: skip


@dataclass(frozen=True)
class Crop:
    """What seeded cases are like: states in turn, when they came, limit (also in working days), entries."""

    states: Sequence[str] = STATES
    start: datetime = AT - timedelta(days=366)
    span: timedelta = timedelta(days=365)
    limit: timedelta = timedelta(days=7)
    days: int = 5
    entries: int = 5


def ensure_seeded(size: int = SEEDED, crop: Crop = Crop()) -> int:
    """Seed up to `size` cases unless they are there; returns how many there are."""
    have = case_count()
    if have >= size:
        return have
    print(f"seeding {size - have:,} cases (once; kept in build/bench)…", file=sys.stderr, flush=True)
    started = time.monotonic()
    with owner_connection() as connection:  # type: ignore[attr-defined]
        dropped = _drop_indexes(connection)
        try:
            _texts(connection)
            _fill(connection, size - have, crop)
        finally:
            for definition in dropped:
                connection.execute(definition)
        for table in (*_TABLES, "ledger_journalentry"):
            connection.execute(f"VACUUM ANALYZE {table}")
        connection.execute("CHECKPOINT") if connection.info.user == "postgres" else None
    print(f"seeded in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return case_count()


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop the plain indexes of the seeded tables; returns how to make them again."""
    rows = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid "
        "WHERE i.indrelid::regclass::text = ANY(%s) AND c.oid IS NULL",
        [list(_TABLES)],
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}")
    return [definition for _, definition in rows]


def _texts(connection: psycopg.Connection) -> None:
    """A table of texts with their bigrams; one in twenty thousand holds the rare word."""
    import random

    from yiwang.kernel.search_text import bigrams, normalise

    dice = random.Random(1)
    places = "东西南北中新旧上下左右前后"
    connection.execute("CREATE TEMP TABLE bench_text (n int PRIMARY KEY, title text, body text, grams int[])")
    with connection.cursor().copy("COPY bench_text FROM STDIN") as copy:
        for n in range(2000):
            spot = "".join(dice.choices(places, k=3))
            word = RARE if n == 0 else dice.choice(WORDS)
            text = normalise(f"{spot}路{dice.randrange(300)}号{word}，居民反映多次仍未解决，请尽快派人处理。")
            copy.write_row((n, text[:40], text, bigrams(text)))


_FILL = """
WITH areas AS (
    SELECT row_number() OVER (ORDER BY c.code) - 1 AS n, c.id AS community, s.id AS street, d.id AS district,
        c.token AS ct, s.token AS st, d.token AS dt
    FROM bench_area c JOIN bench_area s ON s.id = c.parent JOIN bench_area d ON d.id = s.parent
), base AS MATERIALIZED (
    SELECT g, gen_key(%(start)s + g * %(step)s) AS case_id, gen_key(%(start)s + g * %(step)s) AS report_id,
        %(start)s + g * %(step)s AS at,
        a.community, a.street, a.district, ARRAY[a.ct, a.st, a.dt] AS tokens, t.title, t.body, t.grams,
        cl.ids[1 + g %% cardinality(cl.ids)] AS class_id, u.ids[1 + g %% cardinality(u.ids)] AS unit,
        (%(states)s::text[])[1 + g %% cardinality(%(states)s::text[])] AS state
    FROM generate_series(%(low)s::int, %(high)s::int) g
    JOIN areas a ON a.n = (g::bigint * 7919) %% (SELECT count(*) FROM areas)
    JOIN bench_text t ON t.n = CASE WHEN g %% 20000 = 0 THEN 0 ELSE 1 + (g::bigint * 31) %% 1999 END
    CROSS JOIN (SELECT array_agg(id) AS ids FROM catalog_matterclass WHERE level = 'small') cl
    CROSS JOIN (SELECT array_agg(id) AS ids FROM orgs_unit WHERE kind = 'department') u
), reports AS (
    INSERT INTO cases_report (id, version, journal_head, number, channel, kind, urgency, privacy, text,
        salt, address, received_at)
    SELECT report_id, 1, sha256(report_id::text::bytea), 'R' || %(run)s::text || '-' || g,
        (ARRAY['12345','h5','grid'])[1 + g %% 3], 'help', 'ordinary', 'open', body,
        decode(md5(g::text), 'hex'), '', at FROM base
), cases AS (
    INSERT INTO cases_case (id, version, journal_head, number, state, path, ending, title, channel, kind,
        urgency, privacy, is_sensitive, matter_class, district, street, community, address, report_count,
        host, round, handlers, due_at, created_at, dispatched_at, closed_at, clock, limit_amount, limit_unit)
    SELECT case_id, %(entries)s, sha256(case_id::text::bytea), 'B' || %(run)s::text || '-' || g, state,
        'loop', CASE WHEN state = 'closed' THEN 'solved' ELSE '' END, title,
        (ARRAY['12345','h5','grid'])[1 + g %% 3],
        'help', 'ordinary', 'open', false, class_id, district, street, community, '', 1,
        CASE WHEN state = 'received' THEN NULL ELSE unit END, CASE WHEN state = 'received' THEN 0 ELSE 1 END,
        '{}', at + %(limit)s, at, at, CASE WHEN state = 'closed' THEN at + interval '1 day' END,
        CASE WHEN state <> 'closed' THEN md5(case_id::text)::uuid END, %(days)s, 'work_day'
    FROM base
), clocks AS (
    INSERT INTO cases_stageclock (id, case_id, stage, round, started_at, limit_unit, due_explanation,
        legal_words, basis, ending)
    SELECT md5(case_id::text)::uuid, case_id, CASE state WHEN 'received' THEN 'accept'
        WHEN 'handling' THEN 'handle' ELSE 'recheck' END, CASE WHEN state = 'received' THEN 0 ELSE 1 END,
        at, '', '', '', '', '' FROM base WHERE state <> 'closed'
), links AS (
    INSERT INTO cases_reportlink (id, report_id, case_id, cause, since)
    SELECT gen_key(at), report_id, case_id, 'origin', at FROM base
), tasks AS (
    INSERT INTO cases_task (id, case_id, case_created_at, unit, role, state, round, instruction,
        dispatched_at, limit_amount, limit_unit, due_at, due_explanation, result, salt, evidence)
    SELECT gen_key(at), case_id, at, unit, 'host',
        CASE WHEN state = 'handling' THEN 'pending' ELSE 'done' END,
        1, '', at, %(days)s, 'work_day', at + %(limit)s, '', '', decode(md5(g::text), 'hex'), '{}'
    FROM base WHERE state <> 'received'
), entries AS (
    INSERT INTO ledger_journalentry (stream, seq, kind, at, agent, body, hash)
    SELECT case_id, s, 'cases.seeded', at, 'seed', '{"state":"' || state || '"}',
        sha256(case_id::text::bytea)
    FROM base, generate_series(1, %(entries)s::int) s
)
INSERT INTO cases_casesearch (case_id, body, grams) SELECT case_id, body, grams || tokens FROM base
"""

_KEY = """
CREATE OR REPLACE FUNCTION pg_temp.gen_key(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
$$
"""


def _fill(connection: psycopg.Connection, size: int, crop: Crop, batch: int = 50_000) -> None:
    from yiwang.kernel.search_text import area_token
    from yiwang.orgs.public import area_index

    connection.execute(_KEY)
    connection.execute("CREATE TEMP TABLE bench_area (id uuid, code text, parent uuid, token int)")
    with connection.cursor().copy("COPY bench_area FROM STDIN") as copy:
        for node in area_index().by_id.values():
            if node.tree == "legal" and node.kind in {"district", "street", "community"}:
                copy.write_row((node.id, node.code, node.parent_id, area_token(node.id)))
    step = crop.span / size
    run = int(time.time()) % 1_000_000
    for low in range(0, size, batch):
        bounds = {"low": low, "high": min(size, low + batch) - 1}
        given = {"start": crop.start, "step": step, "run": run, **bounds}
        more = {"states": list(crop.states), "limit": crop.limit, "days": crop.days, "entries": crop.entries}
        connection.execute(_FILL.replace("gen_key(", "pg_temp.gen_key("), {**given, **more})
        print(f"  {min(size, low + batch):,}", file=sys.stderr, flush=True)
