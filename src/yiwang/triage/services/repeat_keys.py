"""Keeping keys 查重特征维护: the table that look-up reads follows the open cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from ...cases.public import CASE, Case, Report, ReportLink
from ...catalog.public import catalog_index
from ...ledger.public import execute
from ..models import RepeatKey
from ..queries.repeat_rules import family_by
from ..queries.said import said_of_all
from ..rules.repeats.signatures import Signature, instant, signature_of, stored_tokens
from ..rules.said import Said

#: States in which a case may still take in another; only these have keys.
KEPT_STATES = tuple(state for state in CASE.states if CASE.find(state, "merge"))
#: Reports of a case that are compared: the first, and the newest of the others.
MOST_REPORTS = 4
_CHUNK = 1000

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(c::text, 4)) FROM unnest(%s::uuid[]) c"
_DROP_TOKENS = """
DELETE FROM triage_repeattoken WHERE key IN (SELECT id FROM triage_repeatkey WHERE "case" = ANY(%s))
"""
_DROP_KEYS = 'DELETE FROM triage_repeatkey WHERE "case" = ANY(%s)'
_NEXT_KEYS = "SELECT nextval(pg_get_serial_sequence('triage_repeatkey', 'id')) FROM generate_series(1, %s)"
_INSERT_TOKENS = """
INSERT INTO triage_repeattoken (token, key) SELECT * FROM unnest(%s::bigint[], %s::bigint[])
"""
_NEW_CASES = """
SELECT c.id FROM cases_case c
WHERE c.id >= %s AND c.state = ANY(%s) AND NOT EXISTS (SELECT 1 FROM triage_repeatkey k WHERE k."case" = c.id)
ORDER BY c.id
"""
_ENDED = """
SELECT DISTINCT k."case" FROM triage_repeatkey k LEFT JOIN cases_case c ON c.id = k."case"
WHERE c.id IS NULL OR c.state <> ALL(%s)
"""


def refresh_keys(case_ids: Iterable[UUID], *, at: datetime) -> None:
    """Make the keys of some cases anew: none for an ended case. Joins the open transaction."""
    keys = sorted(set(case_ids))
    if not keys:
        return
    with transaction.atomic():
        execute(_LOCK, [keys])
        forget_keys(keys)
        add_keys(keys, at=at)


def forget_keys(case_ids: Sequence[UUID]) -> None:
    """Drop what is kept of some cases."""
    execute(_DROP_TOKENS, [list(case_ids)])
    execute(_DROP_KEYS, [list(case_ids)])


def add_keys(case_ids: Sequence[UUID], *, at: datetime) -> int:
    """Add the keys of open cases that have none yet; returns how many reports were taken in."""
    family_of = family_by(catalog_index(at))
    links = (
        ReportLink.objects.filter(
            case__in=case_ids, case__state__in=KEPT_STATES, until=None, report__erased_at=None
        )
        .select_related("report", "case")
        .order_by("case", "report__received_at", "report")
    )
    by_case: dict[UUID, list[ReportLink]] = {}
    for link in links:
        by_case.setdefault(link.case_id, []).append(link)
    chosen = [
        (link, link.case.report_count if turn == 0 else 1)
        for found in by_case.values()
        for turn, link in enumerate(found[:1] + found[1:][1 - MOST_REPORTS :])
        if link.report.text.strip()
    ]
    said = said_of_all([(link.case, link.report) for link, _count in chosen])
    rows = [
        (signature_of(said_for_key(one, link.report, link.case), family_of=family_of), count)
        for one, (link, count) in zip(said, chosen, strict=True)
    ]
    store(rows)
    return len(rows)


def said_for_key(said: Said, report: Report, case: Case) -> Said:
    """A report as the key of its case takes it: class and place are the case's, where it has them."""
    own = report.lon is not None
    return replace(
        said,
        address=report.address or case.address,
        lon=report.lon if own else case.lon,
        lat=report.lat if own else case.lat,
        area_id=case.community,
    )


def store(rows: Sequence[tuple[Signature, int]]) -> None:
    """Write keys and tokens of reports, each with the number of reports it stands for as its case's first."""
    if not rows:
        return
    keys = [row[0] for row in execute(_NEXT_KEYS, [len(rows)]).fetchall()]
    RepeatKey.objects.bulk_create(
        [_row(key, signature, count) for key, (signature, count) in zip(keys, rows, strict=True)],
        batch_size=_CHUNK,
    )
    tokens: list[int] = []
    owners: list[int] = []
    for key, (signature, _count) in zip(keys, rows, strict=True):
        mine = stored_tokens(signature)
        tokens += mine
        owners += [key] * len(mine)
    execute(_INSERT_TOKENS, [tokens, owners])


def _row(key: int, signature: Signature, count: int) -> RepeatKey:
    located = signature.is_located
    return RepeatKey(
        id=key,
        case=signature.case_id,
        report=signature.key,
        at=instant(signature),
        report_count=count,
        matter_class=signature.class_id,
        family=signature.family,
        matters=signature.matters,
        lon=signature.lon if located else None,
        lat=signature.lat if located else None,
        area=signature.area_id,
        reporter=signature.reporter,
        part_code=signature.part_code[:20],
        pictures=np.array(signature.pictures, np.uint64).view(np.int64).tolist(),
        places=sorted(place[:40] for place in signature.places),
        marks=[f"{kind}={value}"[:40] for kind, value in signature.marks],
        grams=signature.grams.astype("<i4").tobytes(),
    )


def take_in_new(*, since: datetime, at: datetime) -> int:
    """Add the keys of open cases made since an instant (by import or seeding); returns how many reports."""
    lowest = UUID(int=int((since - timedelta(minutes=1)).timestamp() * 1000) << 80)
    return _take_in(lowest, at)


def mend_keys(*, at: datetime) -> tuple[int, int]:
    """Bring the whole table in step 查重索引修复: (reports added, cases dropped)."""
    ended = [row[0] for row in execute(_ENDED, [list(KEPT_STATES)]).fetchall()]
    with transaction.atomic():
        forget_keys(ended)
    return _take_in(UUID(int=0), at), len(ended)


def _take_in(lowest: UUID, at: datetime) -> int:
    found = [row[0] for row in execute(_NEW_CASES, [lowest, list(KEPT_STATES)]).fetchall()]
    total = 0
    for start in range(0, len(found), _CHUNK):
        with transaction.atomic():
            total += add_keys(found[start : start + _CHUNK], at=at)
    return total


def key_count() -> int:
    """How many reports the table holds, as the database last estimated it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE relname = 'triage_repeatkey'"
        )
        return int(cursor.fetchone()[0])


def key_gaps() -> tuple[int, int]:
    """Open cases without a key, and cases that have one though they ended."""
    missing = len(execute(_NEW_CASES, [UUID(int=0), list(KEPT_STATES)]).fetchall())
    return missing, len(execute(_ENDED, [list(KEPT_STATES)]).fetchall())
