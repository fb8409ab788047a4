"""Loading divisions 区划载入: a whole list in one statement, journaled once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from ...kernel.actor import Actor
from ...kernel.canonical import GENESIS
from ...kernel.errors import FieldProblem, Invalid
from ...kernel.ids import uuid7
from ...ledger.public import Act, acting, execute
from ..enums import AreaKind, AreaStyle, LoadSubject
from ..models import Area, AreaLink, BulkLoad
from ..permissions import EDIT, demand_area
from ..rules.divisions import AreaRow, LinkRow, area_paths, check_area_rows, rows_digest
from .caches import areas_changed

_KINDS = frozenset(AreaKind.values)
_STYLES = frozenset(AreaStyle.values)
_INSERT = """
INSERT INTO orgs_area (id, version, journal_head, code, name, kind, style, tree, parent_id, path, valid_from)
SELECT n.id, 0, %s, n.code, n.name, n.kind, n.style, n.tree, n.parent_id, n.path, %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[])
  AS n(id, code, name, kind, style, tree, parent_id, path)
"""
_UPDATE = """
UPDATE orgs_area AS a
SET name = n.name, kind = n.kind, style = n.style, parent_id = n.parent_id, path = n.path
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[])
  AS n(id, name, kind, style, parent_id, path)
WHERE a.id = n.id
"""
_INSERT_LINKS = """
INSERT INTO orgs_arealink (id, operational_id, legal_id, valid_from)
SELECT n.id, n.operational_id, n.legal_id, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[])
  AS n(id, operational_id, legal_id)
"""


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load did: rows added, changed in place and found as they were; links added."""

    inserted: int
    updated: int
    unchanged: int
    links: int = 0


@dataclass(frozen=True, slots=True)
class _Standing:
    id: UUID
    code: str
    name: str
    kind: str
    style: str
    tree: str
    parent_id: UUID | None
    path: str
    valid_from: date


def load_divisions(
    *,
    actor: Actor,
    at: datetime,
    rows: Iterable[AreaRow],
    links: Iterable[LinkRow] = (),
    source: str = "",
    valid_from: date | None = None,
) -> LoadCounts:
    """Load a list of areas 载入区划, legal or operational, and links between the trees; may be run again.

    An area whose code stands already keeps its key and takes over name, kind, style and parent; an area
    that the list leaves out stays. One journal entry carries the digest of the rows. Nothing is written
    when everything stands as listed.

    Args:
        rows: in any order; parents may stand in the list or in the database.
        links: links to be in force; those that are stay as they are.
        source: where the list comes from, for the record.
        valid_from: first day of new areas and links; by default the day of `at`.

    Raises:
        Refused: without `orgs.edit` everywhere.
        Invalid: naming each wrong row; nothing is loaded then.
    """
    demand_area(actor, EDIT, None, at)
    listed, linked = list(rows), list(links)
    day = valid_from or timezone.localdate(at)
    with acting(actor=actor, at=at) as act:
        execute("SELECT pg_advisory_xact_lock(hashtext('orgs.load_divisions'))", [])
        standing = _standing_areas(timezone.localdate(at))
        trees = {code: area.tree for code, area in standing.items()}
        check_area_rows(listed, trees, _KINDS, _STYLES)
        keys = {code: area.id for code, area in standing.items()}
        keys.update({row.code: uuid7() for row in listed if row.code not in keys})
        inserted, updated = _write_areas(act, listed, standing, keys, day)
        trees.update({row.code: row.tree for row in listed})
        new_links = _write_links(act, linked, trees, keys, day)
        counts = LoadCounts(inserted, updated, len(listed) - inserted - updated, new_links)
        if inserted or updated or new_links:
            _record(act, counts, source, rows_digest([*listed, *linked]))
            areas_changed(act)
    return counts


def _record(act: Act, counts: LoadCounts, source: str, digest: str) -> None:
    load = BulkLoad(
        subject=LoadSubject.AREAS,
        source=source,
        digest=digest,
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=counts.unchanged,
        at=act.at,
    )
    act.insert(load)
    body = {
        "inserted": counts.inserted,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "links": counts.links,
        "digest": digest,
    }
    act.record(load, "orgs.divisions_loaded", body)


def _standing_areas(day: date) -> dict[str, _Standing]:
    """Areas by code that stand on a day or later, as the database has them now."""
    rows = Area.objects.exclude(valid_to__lte=day).values_list(
        "id", "code", "name", "kind", "style", "tree", "parent_id", "path", "valid_from"
    )
    return {row[1]: _Standing(*row) for row in rows}


def _write_areas(
    act: Act,
    rows: Sequence[AreaRow],
    standing: dict[str, _Standing],
    keys: dict[str, UUID],
    day: date,
) -> tuple[int, int]:
    codes = {area.id: code for code, area in standing.items()}
    parents = {
        code: codes.get(area.parent_id, "") if area.parent_id else "" for code, area in standing.items()
    }
    parents.update({row.code: row.parent_code for row in rows})
    paths = area_paths(parents)
    listed = {row.code: row for row in rows}
    new = [row for row in rows if row.code not in standing]
    changed = [
        (area.id, row.name, row.kind, row.style, keys.get(parents[code]), paths[code])
        for code, area in standing.items()
        for row in [listed.get(code, area)]
        if (row.name, row.kind, row.style, keys.get(parents[code]), paths[code])
        != (area.name, area.kind, area.style, area.parent_id, area.path)
    ]
    if new:
        columns = [
            [keys[row.code] for row in new],
            [row.code for row in new],
            [row.name for row in new],
            [row.kind for row in new],
            [row.style for row in new],
            [row.tree for row in new],
            [keys.get(row.parent_code) for row in new],
            [paths[row.code] for row in new],
        ]
        act.also(_INSERT, [bytes(GENESIS), day, *columns])
    if changed:
        act.also(_UPDATE, [list(column) for column in zip(*changed, strict=True)])
    return len(new), sum(1 for area_id, *_ in changed if codes[area_id] in listed)


def _write_links(
    act: Act, links: Sequence[LinkRow], trees: dict[str, str], keys: dict[str, UUID], day: date
) -> int:
    wrong = [
        FieldProblem(
            f"{link.operational_code}→{link.legal_code}", link.legal_code, "须由运行片区指向已有的法定区划。"
        )
        for link in links
        if (trees.get(link.operational_code), trees.get(link.legal_code)) != ("operational", "legal")
    ]
    if wrong:
        raise Invalid(f"对应关系有 {len(wrong)} 处错误。", wrong[:20], count=len(wrong))
    known = set(AreaLink.objects.exclude(valid_to__lte=day).values_list("operational_id", "legal_id"))
    wanted = dict.fromkeys((keys[link.operational_code], keys[link.legal_code]) for link in links)
    new = [pair for pair in wanted if pair not in known]
    if new:
        act.also(_INSERT_LINKS, [day, [uuid7() for _ in new], [a for a, _ in new], [b for _, b in new]])
    return len(new)
