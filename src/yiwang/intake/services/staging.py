"""Staging 收存: rows as sealed raw messages, and mapped reports as what `cases` receives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, models

from ...cases.public import BulkReport, ImportedHistory, ReportDraft
from ...kernel.copy_format import CopyTable
from ...kernel.errors import FieldProblem
from ...places.public import to_wgs84
from ..enums import MessageState
from ..queries.channels import channel_index
from ..reading import SourceRow
from ..rules.applying import MappedReport, Mapper, RowFailed
from ..rules.definition import Owners
from ..rules.specification import Specification
from .source_limits import margin_text

#: Field of a problem that `cases` names → (target field of the mapping, quarantine reason).
_PROBLEMS = {
    "lon": ("lon", "outside"),
    "community": ("community", "refused"),
    "text": ("text", "too_long"),
    "kind": ("kind", "unknown_value"),
    "urgency": ("urgency", "unknown_value"),
    "privacy": ("privacy", "unknown_value"),
    "state": ("state", "unknown_value"),
    "ending": ("ending", "unknown_value"),
}


@dataclass(slots=True)
class Staged:
    """One new row on its way 待入库消息: sealed as a raw message whatever becomes of it.

    Attributes:
        identity: see `RawMessage.identity`.
        mapped: None when the mapping failed; then `failure` says why.
        waits: it changes a row that is in already, and waits to be handled like a message of a door.
    """

    id: UUID
    line: int
    identity: str
    digest: bytes
    payload: str
    mapped: MappedReport | None = None
    failure: RowFailed | None = None
    report_id: UUID | None = None
    waits: bool = False

    @property
    def state(self) -> str:
        """The raw message's state."""
        if self.waits:
            return MessageState.RECEIVED
        return MessageState.QUARANTINED if self.failure is not None else MessageState.ACCEPTED


def canonical_row(values: Mapping[str, Any]) -> str:
    """A row as one canonical text: sorted keys, no spaces; the same row always gives the same text."""
    return _ENCODER.encode(values)


def _cell(value: Any) -> str:
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


_ENCODER = json.JSONEncoder(default=_cell, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def row_digest(payload: str) -> bytes:
    """SHA-256 of a canonical row."""
    return hashlib.sha256(payload.encode("utf-8", "surrogatepass")).digest()


def map_row(mapper: Mapper, row: SourceRow) -> tuple[MappedReport | None, RowFailed | None]:
    """What the mapping makes of a row: a report or a failure."""
    if row.broken:
        return None, RowFailed("broken_row", "row", f"第 {row.line} 行", row.broken)
    try:
        return mapper.map(row.values), None
    except RowFailed as failure:
        return None, failure


def bulk_reports(
    mapped: Sequence[MappedReport], spec: Specification, *, channel: str, at: datetime
) -> list[BulkReport]:
    """Mapped reports as `cases` takes them, their coordinates turned to WGS84 in one go.

    Args:
        at: when a report was received whose source does not say.
    """
    _turn_to_wgs84(mapped, spec.crs)
    live = channel_index().by_code.get(channel)
    owners = live.definition.owners if live else None
    return [_bulk_report(report, channel, owners, at) for report in mapped]


def _turn_to_wgs84(mapped: Sequence[MappedReport], crs: str) -> None:
    placed = [report for report in mapped if report.lon is not None]
    if crs in {"wgs84", "cgcs2000"} or not placed:
        return
    lons, lats = to_wgs84(
        np.array([report.lon for report in placed]), np.array([report.lat for report in placed]), crs
    )
    for report, lon, lat in zip(placed, lons.tolist(), lats.tolist(), strict=True):
        report.lon, report.lat = lon, lat


def _bulk_report(report: MappedReport, channel: str, owners: Owners | None, at: datetime) -> BulkReport:
    given: dict[str, Any] = {
        name: value
        for name in ("kind", "urgency", "privacy", "title", "address")
        if (value := getattr(report, name))
    }
    contact = {"name": report.contact_name, "phone": report.contact_phone}
    draft = ReportDraft(
        channel=channel, text=report.text, lon=report.lon, lat=report.lat, community=report.community_id,
        matter_class=report.class_id, contact=contact if any(contact.values()) else None,
        source_number=report.source_number, occurred_at=report.occurred_at, **given,
        **(owned_by_source(report, owners) if owners else {}),
    )  # fmt: skip
    return BulkReport(draft, report.received_at or at, _history(report))


def owned_by_source(report: MappedReport, owners: Owners) -> dict[str, Any]:
    """Who answers, who makes the final call, and the source's limit, as the channel's definition says."""
    owned: dict[str, Any] = {"voice": owners.voice, "rated_by_source": owners.callback == "source"}
    if owners.limits == "source" and report.due_at is not None:
        owned |= {"source_due_at": report.due_at, "source_margin": margin_text(owners)}
    return owned


def _history(report: MappedReport) -> ImportedHistory | None:
    if not report.state:
        return None
    ended_well = report.state in {"closed", "archived"}
    ending = report.ending or ("solved" if ended_well else "")
    return ImportedHistory(report.state, ending if ended_well else "", report.closed_at)


def failure_of(problem: FieldProblem) -> RowFailed:
    """A problem that `cases` found, as a failure of the row."""
    field, reason = _PROBLEMS.get(problem.field, (problem.field, "invalid"))
    return RowFailed(reason, field, problem.value, problem.remedy)


def copy_into(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one model by COPY; every row names the same columns.

    Columns that the rows do not name must have no default but the database's NULL.
    """
    if not rows:
        return
    names = tuple(rows[0])
    table = _table(model, names)
    with connection.cursor() as cursor, cursor.copy(table.statement) as copy:
        for chunk in table.stream([row[name] for name in names] for row in rows):
            copy.write(chunk)


@cache
def _table(model: type[models.Model], names: tuple[str, ...]) -> CopyTable:
    fields = {field.name: field for field in model._meta.concrete_fields}
    columns = {str(fields[name].column): _sql_type(fields[name]) for name in names}
    return CopyTable(model._meta.db_table, columns)


def _sql_type(field: models.Field) -> str:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return str(target.db_type(connection))
