"""Acts on the responsibility list 权责清单: add a row, end it, replace it by a new version.

A row is never edited in place: a change ends the old row on a day and begins a new one on that day, so an
old case is explained by the row of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, Invalid, invalid_fields
from ...kernel.limits import limit_problem
from ...ledger.public import Act, acting, bump
from ...orgs.public import area_index, unit_index
from ..errors import ResponsibilityTie
from ..models import ResponsibilityRow, Scheme
from ..permissions import demand_edit
from ..queries.index import catalog_index, shanghai_day
from ..queries.responsibility import RESPONSIBILITIES, responsibility_node, row_label, tying_row
from ..rules.index import CatalogIndex


@dataclass(frozen=True, slots=True)
class ResponsibilityTerms:
    """What a row says 权责内容, as entered.

    Attributes:
        class_id: a class of any level; None for the whole scheme.
        area_id: an area of either tree; None for the whole city.
        condition_id: a registering condition of the class; None for all of them.
        valid_from: first day; None for the day of the act.
        valid_to: the day after the last; None until further notice.
        limit: amount and unit; None leaves it to the condition and the class.
    """

    scheme_id: UUID
    host_id: UUID
    class_id: UUID | None = None
    area_id: UUID | None = None
    condition_id: UUID | None = None
    co_unit_ids: Sequence[UUID] = field(default=())
    basis: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    limit: tuple[Decimal, str] | None = None


def add_responsibility(*, actor: Actor, at: datetime, terms: ResponsibilityTerms) -> ResponsibilityRow:
    """Add a row (新增权责清单行).

    Raises:
        Refused: when the actor may not edit the catalog.
        Invalid: when class, area, condition, unit or dates do not fit together.
        ResponsibilityTie: when a row that is there would tie with it; names that row.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        return _add(act, terms)


def end_responsibility(
    *, actor: Actor, at: datetime, row_id: UUID, valid_to: date, expected: int | None = None
) -> ResponsibilityRow:
    """End a row (终止权责清单行): `valid_to` is the first day on which it no longer holds.

    Raises:
        Refused, NotFound, StaleVersion: as everywhere.
        Conflict: when it has ended before that day already.
        Invalid: when the day lies before its first day.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(ResponsibilityRow, row_id, expected=expected)
        end_row(act, row, valid_to)
        bump(act, RESPONSIBILITIES)
    return row


def replace_responsibility(
    *, actor: Actor, at: datetime, row_id: UUID, terms: ResponsibilityTerms, expected: int | None = None
) -> ResponsibilityRow:
    """Replace a row by a new version (变更权责清单行): the old one ends on the day the new one begins.

    Raises:
        as `add_responsibility` and `end_responsibility`.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        act.lock(Scheme, terms.scheme_id)
        row = act.lock(ResponsibilityRow, row_id, expected=expected)
        end_row(act, row, terms.valid_from or shanghai_day(at))
        act.flush()
        return _add(act, terms, replaces=row.id)


def end_row(act: Act, row: ResponsibilityRow, valid_to: date) -> None:
    """End a locked row and journal it.

    Raises:
        Conflict, Invalid: as `end_responsibility`.
    """
    if row.valid_to is not None and row.valid_to <= valid_to:
        raise Conflict(f"该行已于 {row.valid_to} 失效。", code="catalog.responsibility_ended")
    if valid_to < row.valid_from:
        raise _invalid(("valid_to", valid_to, f"不得早于生效日期 {row.valid_from}。"))
    row.valid_to = valid_to
    act.update(row, "valid_to")
    act.record(row, "catalog.responsibility_ended", {"valid_to": valid_to})


def check_terms(terms: ResponsibilityTerms, first: date, index: CatalogIndex) -> None:
    """Refuse a row whose parts do not fit together.

    Raises:
        Invalid: names every field that is wrong.
    """
    problems = list(_problems(terms, terms.scheme_id, first, index))
    remedy = limit_problem(*terms.limit) if terms.limit else None
    if remedy is not None:
        problems.append(("limit", terms.limit, remedy))
    if problems:
        raise _invalid(*problems)


def insert_row(
    act: Act,
    terms: ResponsibilityTerms,
    index: CatalogIndex,
    *,
    replaces: UUID | None = None,
    draft: UUID | None = None,
) -> ResponsibilityRow:
    """Insert a row that has been checked, without looking for ties, and journal it."""
    row = _row_of(terms, terms.valid_from or shanghai_day(act.at), index)
    act.insert(row)
    act.record(
        row, "catalog.responsibility_added", _body(row, replaces) | ({"draft": draft} if draft else {})
    )
    return row


def _add(act: Act, terms: ResponsibilityTerms, *, replaces: UUID | None = None) -> ResponsibilityRow:
    act.lock(Scheme, terms.scheme_id)
    first = terms.valid_from or shanghai_day(act.at)
    index = catalog_index(act.at)
    check_terms(terms, first, index)
    _refuse_tie(_row_of(terms, first, index), index)
    row = insert_row(act, terms, index, replaces=replaces)
    bump(act, RESPONSIBILITIES)
    return row


def _row_of(terms: ResponsibilityTerms, first: date, index: CatalogIndex) -> ResponsibilityRow:
    return ResponsibilityRow(
        scheme_id=terms.scheme_id,
        matter_class_id=_class_of(terms, index),
        area_id=terms.area_id,
        condition_id=terms.condition_id,
        host_unit_id=terms.host_id,
        co_unit_ids=list(dict.fromkeys(terms.co_unit_ids)),
        limit_amount=terms.limit[0] if terms.limit else None,
        limit_unit=terms.limit[1] if terms.limit else "",
        basis=terms.basis.strip(),
        valid_from=first,
        valid_to=terms.valid_to,
    )


def _body(row: ResponsibilityRow, replaces: UUID | None) -> dict[str, object]:
    return {
        "scheme": row.scheme_id,
        "class": row.matter_class_id,
        "area": row.area_id,
        "condition": row.condition_id,
        "host": row.host_unit_id,
        "co_units": row.co_unit_ids,
        "limit": f"{row.limit_amount.normalize():f} {row.limit_unit}" if row.limit_amount else "",
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "replaces": replaces,
    }


def _class_of(terms: ResponsibilityTerms, index: CatalogIndex) -> UUID | None:
    """The class of the row; naming a condition names its class."""
    condition = index.condition(terms.condition_id) if terms.condition_id else None
    return condition.class_id if condition else terms.class_id


def _problems(
    terms: ResponsibilityTerms, scheme_id: UUID, first: date, index: CatalogIndex
) -> Iterable[tuple[str, object, str]]:
    matter = index.class_by_id.get(terms.class_id) if terms.class_id else None
    if terms.class_id and (matter is None or matter.scheme_id != scheme_id):
        yield "class_id", terms.class_id, "请选择本分类体系内的分类。"
    if terms.condition_id:
        condition = index.condition(terms.condition_id)
        if condition is None or terms.class_id not in {None, condition.class_id}:
            yield "condition_id", terms.condition_id, "请选择该分类之下的立案条件。"
        elif index.class_by_id[condition.class_id].scheme_id != scheme_id:
            yield "condition_id", terms.condition_id, "请选择本分类体系内的立案条件。"
    if terms.area_id and terms.area_id not in area_index().by_id:
        yield "area_id", terms.area_id, "请选择已登记的区域。"
    units = unit_index().by_id
    if terms.host_id not in units:
        yield "host_id", terms.host_id, "请选择已登记的单位。"
    unknown = [unit for unit in terms.co_unit_ids if unit not in units]
    if unknown:
        yield "co_unit_ids", unknown[0], "请选择已登记的单位。"
    if terms.host_id in terms.co_unit_ids:
        yield "co_unit_ids", terms.host_id, "主办单位不必再列为协办单位。"
    if terms.valid_to is not None and terms.valid_to <= first:
        yield "valid_to", terms.valid_to, "失效日期须晚于生效日期。"


def _refuse_tie(row: ResponsibilityRow, index: CatalogIndex) -> None:
    areas = area_index()
    mine = responsibility_node(row)
    others = ResponsibilityRow.objects.select_related("matter_class", "condition").filter(
        scheme=row.scheme_id, matter_class__code=row.matter_class.code if row.matter_class else None
    )
    other = tying_row(mine, areas, [responsibility_node(known) for known in others])
    if other is None:
        return
    until = _until_words(other.valid_to)
    host = unit_index().name(other.host_id)
    raise ResponsibilityTie(
        f"与已有的“{row_label(other, index, areas)}”（主办：{host}，{other.valid_from} {until}）相持，"
        "无法判断以哪一行为准。请先终止那一行，或改写区域、分类、条件或日期。",
        other=other.id,
    )


def _until_words(told_date: date | None) -> str:
    return f"至 {told_date} 前" if told_date else "起长期有效"


def _invalid(*problems: tuple[str, object, str]) -> Invalid:
    found = [FieldProblem(name, str(value), remedy) for name, value, remedy in problems]
    return invalid_fields(found)
