"""Import a standard 导入立案标准: rows of a file become conditions, or named rows of the quarantine.

For each class that the file names, the file is the whole truth from the first day on: conditions that the
file no longer has end on that day, unless their row is in quarantine (then the old one holds until somebody
has mended the row). Other classes are left alone. A second import of the same file changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from ...kernel.actor import Actor
from ...kernel.errors import Invalid, invalid
from ...ledger.public import Act, acting, bump
from ..enums import LimitUnit
from ..models import LimitQuarantine, RegisteringCondition, Scheme
from ..permissions import demand_edit
from ..queries.index import CATALOG, shanghai_day
from ..rules.standard_file import (
    RawRow,
    Reading,
    RowUnreadable,
    StandardRow,
    keyed,
    missing_columns,
    read_row,
)
from .standard_rows import SchemeWriter

_BATCH = 500


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the rows 导入计数: `read` is the sum of the next three.

    Attributes:
        ended: conditions that the file no longer has.
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class StandardFile:
    """A file to import 标准文件.

    Attributes:
        columns: the heading.
        rows: one mapping a row, column to text.
        digest: SHA-256 of the file in hex, for the journal.
    """

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]
    digest: str = ""


def import_standard(
    *,
    actor: Actor,
    at: datetime,
    file: StandardFile,
    scheme_code: str,
    scheme_name: str = "",
    valid_from: date | None = None,
    reading: Reading | None = None,
) -> ImportCounts:
    """Import a standard (导入立案标准) into a scheme, which is made when there is none of that code.

    Args:
        valid_from: first day of what is new; by default the day of the act.
        reading: what a bare 小时 and 天 mean in this file.

    Raises:
        Refused: when the actor may not edit the catalog.
        Invalid: when the scheme's code or the file's heading is wrong.
    """
    demand_edit(actor)
    reading = reading or Reading()
    _check(file, scheme_code, reading)
    with acting(actor=actor, at=at) as act:
        scheme = _scheme(act, scheme_code, scheme_name)
        writer = SchemeWriter(scheme, valid_from or shanghai_day(at))
        counts, moved = _take(act, writer, keyed(file.rows), reading)
        if counts.accepted or counts.ended or moved:
            act.record(scheme, "catalog.standard_imported", {**asdict(counts), "file": file.digest})
            bump(act, CATALOG)
    return counts


def _check(file: StandardFile, scheme_code: str, reading: Reading) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_]{1,40}", scheme_code):
        raise invalid("scheme", scheme_code, "代码只用英文字母、数字和下划线，最多 40 个。")
    if {reading.hour, reading.day} - set(LimitUnit.values):
        raise invalid(
            "reading", f"{reading.hour}, {reading.day}", f"请写 {'、'.join(LimitUnit.values)} 之一。"
        )
    missing = missing_columns(file.columns)
    if missing:
        raise Invalid(f"文件缺少列：{'、'.join(missing)}。请补上后再导入。", code="catalog.columns_missing")


def _scheme(act: Act, code: str, name: str) -> Scheme:
    known = Scheme.objects.filter(code=code).values_list("id", flat=True).first()
    if known is not None:
        return act.lock(Scheme, known)
    scheme = act.insert(Scheme(code=code, name=name or code))
    act.record(scheme, "catalog.scheme_added", {"code": code})
    act.flush()
    return scheme


def _take(
    act: Act, writer: SchemeWriter, rows: Iterable[RawRow], reading: Reading
) -> tuple[ImportCounts, int]:
    """The counts, and how many rows came into quarantine anew."""
    read = accepted = 0
    held = {row.row_key: row for row in LimitQuarantine.objects.filter(scheme=writer.scheme)}
    bad: list[tuple[RawRow, str]] = []
    for raw in rows:
        read += 1
        try:
            row = read_row(raw, reading)
            changed = writer.put(row)
        except RowUnreadable as problem:
            settled = _settled(held.get(raw.key), raw)
            if settled:
                writer.keep(raw.key)
            else:
                bad.append((raw, str(problem)))
            continue
        accepted += changed
        _release(act, held.get(raw.key), row, writer)
    for raw, _ in bad:
        writer.keep(raw.key)
    ended = writer.write()
    moved = _hold(act, writer.scheme, bad, held, reading)
    return ImportCounts(read, accepted, read - accepted - len(bad), len(bad), ended), moved


def _settled(held: LimitQuarantine | None, raw: RawRow) -> bool:
    """Whether somebody has decided about this very row before."""
    return held is not None and held.state != "open" and held.raw == dict(raw.raw)


def _release(act: Act, held: LimitQuarantine | None, row: StandardRow, writer: SchemeWriter) -> None:
    """A row that was in quarantine and can be read now leaves it."""
    if held is not None and held.state == "open":
        held.state, held.closed_at = "corrected", act.at
        writer.after_write.append(lambda: _point(act, held, writer.condition_of(row.key)))


def _point(act: Act, held: LimitQuarantine, condition: RegisteringCondition) -> None:
    held.condition = condition
    act.update(held, "state", "closed_at", "condition")
    act.record(held, "catalog.row_corrected", {"condition": condition.id})


def _hold(
    act: Act,
    scheme: Scheme,
    bad: Iterable[tuple[RawRow, str]],
    held: Mapping[str, LimitQuarantine],
    reading: Reading,
) -> int:
    fresh = []
    moved = 0
    for raw, reason in bad:
        known = held.get(raw.key)
        if known is None:
            fresh.append(
                LimitQuarantine(
                    scheme=scheme,
                    row_key=raw.key,
                    row_number=raw.number,
                    raw=dict(raw.raw),
                    reading=asdict(reading),
                    reason=reason,
                    created_at=act.at,
                )
            )
        elif known.raw != dict(raw.raw) or known.state != "open":
            moved += 1
            known.raw, known.reason, known.reading = dict(raw.raw), reason, asdict(reading)
            known.state, known.closed_at, known.row_number = "open", None, raw.number
            act.update(known, "raw", "reason", "reading", "state", "closed_at", "row_number")
            act.record(known, "catalog.row_quarantined", {"row_number": raw.number})
    LimitQuarantine.objects.bulk_create(fresh, batch_size=_BATCH)
    return moved + len(fresh)
