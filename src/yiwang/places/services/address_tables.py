"""Importing addresses 导入地址: a CSV file, good rows taken, each wrong row named with its remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...kernel.actor import Actor
from ...ledger.public import Act
from ..models import Address
from ..rules.tables import TableCounts, TableRow
from .addresses import add_address, checked_text, update_address
from .placing import Spot
from .table_import import TableImport, import_table

COLUMNS = {
    "text": ("地址全称", "地址", "address", "text"),
    "lon": ("经度", "lon"),
    "lat": ("纬度", "lat"),
}
NEEDED = ("text", "lon", "lat")


def import_addresses(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    crs: str,
    most_rows: int | None = None,
    dry_run: bool = False,
) -> TableCounts:
    """Import addresses from a CSV file 导入地址; the same file again changes nothing.

    A row adds the address of its text or sets its point anew. Arguments and errors as in `import_parts`.
    """
    plan = _Addresses(actor=actor, at=at, crs=crs, dry_run=dry_run)
    return import_table(plan, content, COLUMNS, needed=NEEDED, most_rows=most_rows)


class _Addresses(TableImport[Address, str]):
    """The rows of addresses."""

    model = Address
    retired = "该地址已停用，请先在地址页面恢复使用，或从文件中去掉这一行。"

    def key(self, row: TableRow) -> str:
        """The address's text."""
        return checked_text(row.cells["text"])

    def read(self, row: TableRow) -> str:
        """The row says nothing but its text."""
        return checked_text(row.cells["text"])

    def check(self, said: str, spot: Spot) -> None:
        """Any address may lie anywhere in the city."""

    def standing(self, keys: Sequence[str]) -> Mapping[str, Address]:
        """The addresses of these texts, locked."""
        rows = Address.objects.select_for_update().filter(text__in=keys).order_by("id")
        return {address.text: address for address in rows}

    def write(self, act: Act, said: str, spot: Spot, old: Address | None) -> bool:
        """Add the address or set it anew."""
        if old is not None:
            return update_address(act, old, said, spot)
        add_address(act, said, spot)
        return True
