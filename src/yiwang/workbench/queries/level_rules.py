"""Rules 规则 of levels, same-day closing and call-backs as the page shows them: label and value pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ...cases import public as cases
from ...interface.public import enumerated
from ...orgs.public import post_kinds
from .. import names

#: A label that only the table has.
_LABELS = (gettext_noop("诉求人最多要求重办次数"),)
_HIDDEN = {"id", "version", "journal_head", "valid_from", "valid_to", "basis"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A row in words: its columns with their labels, and whether it holds already."""

    row: Any
    cells: Sequence[tuple[str, str]]
    is_later: bool


def rows_of(table: str, today: date) -> list[RuleRow]:
    """The rows of a table that hold today or will; one query."""
    model: Any = cases.LOOP_RULE_TABLES[table][0]
    held = model.objects.exclude(Q(valid_to__lte=today) | Q(valid_to__lte=models.F("valid_from")))
    order = [f.name for f in model._meta.fields if f.name in {"street", "ordinal", "order"}]
    return [RuleRow(row, _cells(row), row.valid_from > today) for row in held.order_by(*order, "id")]


def _cells(row: Any) -> list[tuple[str, str]]:
    found = []
    for column in row._meta.fields:
        if column.name in _HIDDEN:
            continue
        found.append((_(str(column.verbose_name)), _word(row, column)))
    return found


def _word(row: Any, column: Any) -> str:
    value = getattr(row, column.name)
    if column.choices and value:
        return str(getattr(row, f"get_{column.name}_display")())
    if column.name == "matter_class":
        return names.class_name(value) or _("不限")
    if column.name == "street":
        return names.area_name(value) or _("通用")
    if column.name == "post_kinds":
        return enumerated(kind.name for code in value if (kind := post_kinds().get(code)))
    if column.name == "channels":
        return enumerated(names.channel_name(code) for code in value) or _("全部渠道")
    if column.name == "level":
        return cases.level_name(None, value, timezone.now())
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value) if value not in {"", None} else _("不限")
