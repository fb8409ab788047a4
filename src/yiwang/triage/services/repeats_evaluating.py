"""Evaluating look-up 查重评测: a labelled stream of messages against a table full of other open cases.

The tables of look-up are made anew as temporary ones of the same names, which hide the real ones from this
connection alone and are gone with the transaction: nothing of the instance is read or changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from ..queries.repeats import Window, near_open
from ..rules.proposals import RepeatProposal
from ..rules.repeats.cells import CELL
from ..rules.repeats.generating import Stream, family_of, generate
from ..rules.repeats.measuring import Measuring
from ..rules.repeats.scoring import Thresholds, shipped_weights
from ..rules.repeats.signatures import Signature, signature_of
from ..rules.repeats.wordings import Half, spoken_classes
from ..rules.said import Said
from .repeat_keys import forget_keys, store
from .repeats import Knowledge, look_up

#: True problems of a stream; so many more of the same city stay open around them.
PROBLEMS, NEIGHBOURS = 900, 450
#: Half the side of the square that the other open cases are spread over, in metres: a large city's 6,600 km².
_REACH = 40_600
_METRES = 111_320.0
#: Other cases made one by one; more are copies of them at other places, under other names.
_MADE = 20_000
_TILE = 1800
_LOOK_UPS = 400

_TABLES = ("triage_repeatkey", "triage_repeattoken", "triage_repeatpair")
_COPY_KEYS = """
INSERT INTO triage_repeatkey (id, "case", report, at, report_count, matter_class, family, matters, lon, lat,
    area, reporter, part_code, pictures, places, marks, grams)
SELECT k.id + c.n * %s, gen_random_uuid(), gen_random_uuid(), k.at, 1, k.matter_class, k.family, k.matters,
    k.lon + d.east, k.lat + d.north, gen_random_uuid(), k.reporter # (c.n::bigint << 30), '', k.pictures,
    ARRAY(SELECT c.n || p FROM unnest(k.places) p), k.marks, k.grams
FROM triage_repeatkey k CROSS JOIN generate_series(1, %s) AS c(n),
LATERAL (SELECT (hashint8(k.id * 31 + c.n) %% 1000) * 0.00043 AS east,
                (hashint8(k.id * 37 + c.n) %% 1000) * 0.000365 AS north) d
WHERE k.id >= %s
"""
_COPY_TOKENS = """
INSERT INTO triage_repeattoken (token, key)
SELECT CASE WHEN t.token >> 56 <= %s AND k.lon IS NOT NULL
    THEN (t.token >> 56 << 56) | (r.line << 38)
        | (floor((k.lon + 180) * greatest(111320 * cos(radians(r.line * 250 / 111320.0 - 90)), 1)
                 / 250)::bigint
           << 20)
        | (t.token & 1048575)
    ELSE t.token # (c.n::bigint << 36) END, t.key + c.n * %s
FROM generate_series(1, %s) AS c(n) JOIN triage_repeatkey k ON true JOIN triage_repeattoken t
    ON t.key + c.n * %s = k.id,
LATERAL (SELECT floor((k.lat + 90) * 111320 / 250)::bigint AS line) r
WHERE t.key >= %s AND t.key < %s
"""


@contextmanager
def scratch_tables() -> Iterator[None]:
    """Empty tables of look-up for this connection alone, until the block ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(
                f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING IDENTITY) "
                "ON COMMIT DROP"
            )
        cursor.execute("DISCARD PLANS")
        yield
        for table in _TABLES:
            cursor.execute(f"DROP TABLE pg_temp.{table}")
        cursor.execute("DISCARD PLANS")


def evaluate_repeats(
    *, seed: int, sizes: Sequence[int], problems: int = PROBLEMS, thresholds: Thresholds | None = None
) -> dict[str, Any]:
    """Figures of look-up, scoring and merging by size of the table; equal for equal seeds, but for times.

    Args:
        seed: of the stream; weights were learned on other seeds, wordings, names and classes.
        sizes: how many other cases are open.
    """
    knowledge = Knowledge(family_of, shipped_weights(), thresholds=thresholds or Thresholds())
    stream, around = _city(seed, problems)
    found = []
    for size in sizes:
        with scratch_tables():
            filled = _fill(seed, size, around)
            found.append({"open": filled, **_play(stream, knowledge)})
    return {
        "seed": seed,
        "problems": problems,
        "weights": knowledge.weights.version,
        "merge_at": knowledge.thresholds.merge_at,
        "suggest_at": knowledge.thresholds.suggest_at,
        **{name: found[0][name] for name in ("merge_precision", "suggestion_recall", "suggestion_precision")},
        "sizes": found,
    }


def _city(seed: int, problems: int) -> tuple[Stream, list[Signature]]:
    """The stream that is judged, and first reports of other problems of the same streets and estates."""
    whole = generate(seed, problems + NEIGHBOURS * problems // PROBLEMS, Half.TEST)
    stream = Stream(
        [message for message in whole.messages if message.group < problems],
        [closing for closing in whole.closings if closing[1] < problems],
    )
    firsts = {m.group: m.said for m in reversed(whole.messages) if m.group >= problems}
    return stream, [signature_of(said, family_of=family_of) for said in firsts.values()]


def _fill(seed: int, size: int, around: Sequence[Signature]) -> int:
    """Fill the table with other open cases; returns how many."""
    store([(signature, 1) for signature in around[:size]])
    rest = size - len(around[:size])
    made = min(rest, _MADE)
    while rest > made and rest % made:
        made -= 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM triage_repeatkey")
        first = cursor.fetchone()[0]
        store([(signature, 1) for signature in _elsewhere(seed, made)])
        copies = rest // made - 1 if made else 0
        if copies > 0:
            cursor.execute(_COPY_KEYS, [made, copies, first])
            cursor.execute("CREATE UNIQUE INDEX ON triage_repeatkey (id)")
            cursor.execute("ANALYZE triage_repeatkey")
            cursor.execute(_COPY_TOKENS, [CELL, made, copies, made, first, first + made])
        else:
            cursor.execute("CREATE UNIQUE INDEX ON triage_repeatkey (id)")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('triage_repeatkey', 'id'), max(id)) FROM triage_repeatkey"
        )
        cursor.execute('CREATE INDEX ON triage_repeatkey ("case")')
        cursor.execute("CREATE UNIQUE INDEX ON triage_repeattoken (token, key)")
        cursor.execute("CREATE INDEX ON triage_repeattoken (key)")
        cursor.execute("CREATE UNIQUE INDEX ON triage_repeatpair (first, second)")
        for table in _TABLES:
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SELECT count(*) FROM triage_repeatkey")
        return int(cursor.fetchone()[0])


def _elsewhere(seed: int, count: int) -> Iterator[Signature]:
    """First reports of problems of other quarters, spread over the whole city under names of their own."""
    dice = Random(seed * 7 + 1)
    tile = left = 0
    while left < count:
        tile += 1
        firsts = {m.group: m.said for m in reversed(generate(seed * 1000 + tile, _TILE, Half.TEST).messages)}
        east, north = dice.uniform(-_REACH, _REACH) / _METRES * 1.18, dice.uniform(-_REACH, _REACH) / _METRES
        for said in list(firsts.values())[: count - left]:
            left += 1
            one = signature_of(said, family_of=family_of)
            yield replace(
                one, lon=one.lon + east, lat=one.lat + north, part_code="",
                area_id=UUID(int=dice.getrandbits(128)),
                places=frozenset(f"{tile}~{place}" for place in one.places),
            )  # fmt: skip


def _play(stream: Stream, knowledge: Knowledge) -> dict[str, Any]:
    def ask(said: Sequence[Said]) -> list[RepeatProposal]:
        return look_up(said, knowledge=knowledge)

    def keep(rows: Sequence[tuple[Said, UUID]]) -> None:
        store([(replace(signature_of(s, family_of=family_of), case_id=case), 1) for s, case in rows])

    def close(cases: Sequence[UUID]) -> None:
        if cases:
            forget_keys(cases)

    cpu = time.process_time()
    measuring = Measuring(stream, ask=ask, keep=keep, close=close)
    figures = measuring.run()
    cpu = time.process_time() - cpu
    held_out = [c.name for c in spoken_classes() if c.is_held_out]
    unseen = [figures.by_class[name] for name in held_out if name in figures.by_class]
    repeats = sum(counts["repeats"] for counts in unseen)
    return {
        **figures.as_dict(),
        "held_out_classes_recall": round(sum(c["found"] for c in unseen) / repeats, 4) if repeats else 1.0,
        **_times(stream, knowledge),
        "reports_per_cpu_second": round(figures.reports / cpu),
    }


def _times(stream: Stream, knowledge: Knowledge) -> dict[str, float]:
    """Wall-clock milliseconds of one look-up with its scoring, the whole stream open, and rows compared."""
    store([(signature_of(message.said, family_of=family_of), 1) for message in stream.messages])
    every = stream.messages[:: max(1, len(stream.messages) // _LOOK_UPS)]
    spent, rows = [], []
    for message in every:
        start = time.perf_counter()
        look_up([message.said], knowledge=knowledge)
        spent.append(1000 * (time.perf_counter() - start))
        signature = signature_of(message.said, family_of=family_of)
        rows.append(len(near_open([signature], [Window(knowledge.thresholds.window_days)])[0]))
    return {
        "p50_ms": round(float(np.percentile(spent, 50)), 2),
        "p95_ms": round(float(np.percentile(spent, 95)), 2),
        "rows_p95": float(np.percentile(rows, 95)),
    }
