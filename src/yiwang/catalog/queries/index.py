"""The cached catalog index 事项索引: one query a table, rebuilt when the catalog changes."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from ...kernel.working_time import SHANGHAI
from ...ledger.public import VersionedCache
from ..models import Crosswalk, MatterClass, RegisteringCondition, Scheme
from ..rules.index import CatalogIndex, CatalogRows
from ..rules.nodes import ClassNode, ConditionNode, CrosswalkNode, SchemeNode, limit_value

#: What `bump` is called with when schemes, classes, conditions or crosswalks change.
CATALOG = "catalog"


def shanghai_day(at: datetime) -> date:
    """The Shanghai calendar day of an aware instant."""
    return at.astimezone(SHANGHAI).date()


def _schemes() -> list[SchemeNode]:
    rows = Scheme.objects.values_list("id", "code", "name", "source", "valid_from", "valid_to")
    return [SchemeNode(*row) for row in rows]


def _classes() -> list[ClassNode]:
    return [
        ClassNode(
            id=row.id,
            scheme_id=row.scheme_id,
            scheme_code=row.scheme.code,
            code=row.code,
            name=row.name,
            level=row.level,
            parent_id=row.parent_id,
            kind=row.kind,
            local_extension=row.local_extension,
            demands_registering=row.demands_registering,
            review_required=row.review_required,
            sensitive=row.sensitive,
            default_limit=limit_value(row.default_amount, row.default_unit)
            if row.default_amount is not None
            else None,
            basis=row.basis,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            is_inspection=row.is_inspection,
        )
        for row in MatterClass.objects.select_related("scheme")
    ]


def _conditions() -> list[ConditionNode]:
    found = []
    for row in RegisteringCondition.objects.all():
        limit = limit_value(row.amount, row.unit)
        found.append(
            ConditionNode(
                id=row.id,
                class_id=row.matter_class_id,
                ordinal=row.ordinal,
                text=row.text,
                closing_text=row.closing_text,
                amount=limit.amount,
                unit=limit.unit,
                remark=row.remark,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
        )
    return found


def _crosswalks() -> list[CrosswalkNode]:
    rows = Crosswalk.objects.values_list("from_class_id", "to_scheme__code", "to_class_id", "note")
    return [CrosswalkNode(*row) for row in rows]


def _build() -> CatalogRows:
    return CatalogRows(_schemes(), _classes(), _conditions(), _crosswalks())


_cache = VersionedCache(CATALOG, _build)


def catalog_index(at: datetime | None = None) -> CatalogIndex:
    """The catalog as it holds at an instant; by default now. Costs no query while nothing changed."""
    return _cache.get().on(shanghai_day(at or timezone.now()))
