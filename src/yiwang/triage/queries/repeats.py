"""Look-up of open cases 查重查询: one indexed statement for a whole batch, at a cost that does not grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from ...ledger.public import execute
from ..enums import PairVerdict
from ..models import RepeatPair
from ..rules.repeats.cells import MOST_ROWS, caps_of
from ..rules.repeats.signatures import Signature, instant, searched_tokens

#: The newest keys of each token, then the rows of those keys; `OFFSET 0` keeps the planner to the indexes.
_NEAR = """
WITH searched AS (SELECT * FROM unnest(%s::int[], %s::bigint[], %s::int[]) AS s(n, token, most)),
asked AS (
    SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::uuid[])
    WITH ORDINALITY AS a("case", since, until, before, n)
),
hits AS (
    SELECT DISTINCT s.n, t.key FROM searched s CROSS JOIN LATERAL (
        SELECT key FROM triage_repeattoken WHERE token = s.token ORDER BY key DESC LIMIT s.most
    ) t
)
SELECT a.n, k.report, k."case", extract(epoch FROM k.at)::float8, k.matter_class, k.family, k.matters,
       k.lon, k.lat, k.area, k.reporter, k.part_code, k.pictures, k.places, k.marks, k.grams
FROM hits h JOIN asked a ON a.n = h.n CROSS JOIN LATERAL (
    SELECT * FROM triage_repeatkey r
    WHERE r.id = h.key AND r."case" <> a."case" AND r.at BETWEEN a.since AND a.until
      AND (a.before IS NULL OR r."case" < a.before)
      AND NOT EXISTS (
          SELECT 1 FROM triage_repeatpair p
          WHERE p.first = least(r."case", a."case") AND p.second = greatest(r."case", a."case")
            AND p.verdict = 'different'
      )
    OFFSET 0
) k ORDER BY a.n, k.id DESC
"""
_BY_CASE = """
SELECT 1, k.report, k."case", extract(epoch FROM k.at)::float8, k.matter_class, k.family, k.matters,
       k.lon, k.lat, k.area, k.reporter, k.part_code, k.pictures, k.places, k.marks, k.grams
FROM triage_repeatkey k WHERE k."case" = ANY(%s) ORDER BY k.id DESC
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Which open cases count for a report: those whose reports are at most `days` apart.

    Attributes:
        before: only cases opened before this one; None for any.
    """

    days: int
    before: UUID | None = None


def near_open(signatures: Sequence[Signature], windows: Sequence[Window]) -> list[list[Signature]]:
    """For each report the reports of open cases that may tell of its problem, newest first; one query.

    Pairs that somebody judged different are left out.
    """
    numbers: list[int] = []
    tokens: list[int] = []
    for number, signature in enumerate(signatures, start=1):
        wanted = searched_tokens(signature)
        tokens += wanted
        numbers += [number] * len(wanted)
    instants = [instant(signature) for signature in signatures]
    spans = [timedelta(days=window.days) for window in windows]
    params = [
        numbers, tokens, caps_of(tokens), [signature.case_id for signature in signatures],
        [at - span for at, span in zip(instants, spans, strict=True)],
        [at + span for at, span in zip(instants, spans, strict=True)],
        [window.before for window in windows],
    ]  # fmt: skip
    found: list[list[Signature]] = [[] for _ in signatures]
    for row in execute(_NEAR, params).fetchall():
        kept = found[row[0] - 1]
        if len(kept) < MOST_ROWS:
            kept.append(_signature(row))
    return found


def signatures_of_cases(case_ids: Iterable[UUID]) -> dict[UUID, list[Signature]]:
    """What is kept of some open cases, newest report first, by case."""
    found: dict[UUID, list[Signature]] = defaultdict(list)
    for row in execute(_BY_CASE, [sorted(case_ids)]).fetchall():
        found[row[2]].append(_signature(row))
    return found


def different_pairs(case_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Pairs among some cases that were judged different, the smaller key first."""
    rows = RepeatPair.objects.filter(first__in=case_ids, second__in=case_ids, verdict=PairVerdict.DIFFERENT)
    return set(rows.values_list("first", "second"))


def pair_of(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """The key of a pair: the smaller case first."""
    return (one, other) if one < other else (other, one)


def _signature(row: tuple[Any, ...]) -> Signature:
    missing = row[7] is None
    return Signature(
        key=row[1],
        case_id=row[2],
        at=row[3],
        class_id=row[4],
        family=row[5],
        matters=row[6],
        lon=float("nan") if missing else row[7],
        lat=float("nan") if missing else row[8],
        area_id=row[9],
        reporter=row[10],
        part_code=row[11],
        pictures=tuple(row[12]),
        places=frozenset(row[13]),
        marks=tuple(tuple(mark.split("=", 1)) for mark in row[14]),
        grams=np.frombuffer(row[15], "<i4"),
    )


def seen_at(signature: Signature) -> datetime:
    """When a kept report came in."""
    return datetime.fromtimestamp(signature.at, UTC)
