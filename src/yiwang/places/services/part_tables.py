"""Importing parts 导入部件: a CSV file, good rows taken, each wrong row named with its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import override

from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...kernel.grid_codes import read_part_code
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import PartStatus, PositionPrecision
from ..models import Part
from ..queries.parts import part_classes
from ..rules.tables import TableCounts, TableRow
from .parts import PartTerms, add_part, check_code, checked_terms, update_part
from .placing import Spot
from .table_import import TableImport, import_table

COLUMNS = {
    "code": ("标识码", "部件标识码", "code"),
    "lon": ("经度", "lon"),
    "lat": ("纬度", "lat"),
    "class_code": ("类别代码", "class_code"),
    "status": ("状态", "status"),
    "precision": ("定位精度", "precision"),
    "owner": ("权属单位", "owner"),
}
NEEDED = ("code", "lon", "lat")
_PRECISION = re.compile(r"([A-Ca-c])(\s*级.*)?")


def import_parts(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    crs: str,
    most_rows: int | None = None,
    dry_run: bool = False,
) -> TableCounts:
    """Import parts from a CSV file 导入部件; the same file again changes nothing.

    A row adds the part of its code or sets it anew; what is empty or not there leaves a part as it is.

    Args:
        content: the file in UTF-8 or GB 18030, headed as in `COLUMNS`.
        crs: coordinate system of the file.
        most_rows: refuse longer files.
        dry_run: check everything, write nothing.

    Raises:
        Refused: without `places.maintain`.
        Invalid: for a file that is no such table, or an unknown coordinate system.
    """
    plan = _Parts(actor=actor, at=at, crs=crs, dry_run=dry_run)
    return import_table(plan, content, COLUMNS, needed=NEEDED, most_rows=most_rows)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a row says of its part; None where it says nothing."""

    code: str
    class_code: str
    status: str | None
    precision: str | None
    owner_id: UUID | None


class _Parts(TableImport[Part, _Said]):
    """The rows of parts."""

    model = Part
    retired = "该部件已停用，请先在部件页面恢复使用，或从文件中去掉这一行。"

    def __init__(self, *, actor: Actor, at: datetime, crs: str, dry_run: bool) -> None:
        super().__init__(actor=actor, at=at, crs=crs, dry_run=dry_run)
        self._classes = part_classes(at)
        self._statuses = _words(PartStatus)
        units = unit_index().by_id.values()
        self._units = {unit.code: unit.id for unit in units}
        named: dict[str, list[UUID]] = {}
        for unit in units:
            named.setdefault(unit.name, []).append(unit.id)
        self._units |= {name: keys[0] for name, keys in named.items() if len(keys) == 1}

    def key(self, row: TableRow) -> str:
        """The part's code, well formed."""
        read_part_code(row.cells["code"])
        return row.cells["code"]

    def read(self, row: TableRow) -> _Said:
        """The row's words into values."""
        cells = row.cells
        status, precision, owner = (cells.get(name, "") for name in ("status", "precision", "owner"))
        if status and status not in self._statuses:
            labels = "、".join(word for word in self._statuses if not word.isascii())
            raise invalid("status", status, f"状态应为{labels}之一。")
        level = _PRECISION.fullmatch(precision)
        if precision and level is None:
            raise invalid("precision", precision, "定位精度应为 A、B 或 C。")
        if owner and owner not in self._units:
            raise invalid("owner", owner, "没有这个单位，或有几个同名的，请填写单位代码。")
        return _Said(
            code=cells["code"],
            class_code=cells.get("class_code", ""),
            status=self._statuses[status] if status else None,
            precision=level[1].lower() if level else None,
            owner_id=self._units[owner] if owner else None,
        )

    def check(self, said: _Said, spot: Spot) -> None:
        """The code fits the place, the class and the catalog."""
        check_code(said.code, spot, said.class_code, known=self._classes)

    def standing(self, keys: Sequence[str]) -> Mapping[str, Part]:
        """The parts of these codes, locked."""
        rows = Part.objects.select_for_update().filter(code__in=keys).order_by("code")
        return {part.code: part for part in rows}

    def write(self, act: Act, said: _Said, spot: Spot, old: Part | None) -> bool:
        """Add the part or set it anew."""
        terms = self._terms(said, spot, old)
        if old is not None:
            return update_part(act, old, terms)
        add_part(act, said.code, terms)
        return True

    def _terms(self, said: _Said, spot: Spot, old: Part | None) -> PartTerms:
        if old is None:
            status, precision = said.status or PartStatus.INTACT, said.precision or PositionPrecision.C
            return checked_terms(spot, status, precision, said.owner_id)
        return checked_terms(
            spot, said.status or old.status, said.precision or old.precision, said.owner_id or old.owner_id
        )


def _words(choices: type[PartStatus]) -> dict[str, str]:
    """Values by value and by Chinese label."""
    with override("zh-hans"):
        labelled = {str(choice.label): str(choice.value) for choice in choices}
    return {**{str(choice.value): str(choice.value) for choice in choices}, **labelled}
