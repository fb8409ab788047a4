"""Drafts 权责变更草案: the responsibility list as it would be, and what speaks against publishing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from ...interface.public import Order, Page, page_by_key
from ...kernel.errors import NotFound
from ...orgs.public import AreaIndex, Holding, area_index, unit_index
from ..enums import ChangeKind
from ..models import DraftChange, PublishingRule, ResponsibilityDraft, ResponsibilityRow
from ..rules.index import CatalogIndex
from ..rules.nodes import limit_value, limit_words
from ..rules.specificity import ResponsibilityNode
from ..states import PUBLISH
from .index import catalog_index
from .responsibility import ResponsibilityList, responsibility_node, row_label, standing_rows, tying_row

_NEWEST = Order("newest", "id", descending=True)
_DEPTH = {"big": 1, "small": 2, "third": 3}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change of a draft in words.

    Attributes:
        before, after: what a row covers and who answers, empty where there is none.
        problem: why it cannot be published as things stand, empty when it can.
    """

    change: DraftChange
    kind: str
    before: str
    after: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DraftedList:
    """The list with a draft carried out 草案后的清单, past and future rows included.

    Attributes:
        problems: key of the change to why it cannot be published.
    """

    rows: tuple[ResponsibilityNode, ...]
    problems: dict[UUID, str]


def draft_page(*, state: str = "", cursor: str = "") -> Page[ResponsibilityDraft]:
    """One page of the drafts, newest first; an empty state means all."""
    rows = ResponsibilityDraft.objects.all()
    return page_by_key(rows.filter(state=state) if state else rows, _NEWEST, cursor=cursor)


def draft_for(draft_id: UUID) -> ResponsibilityDraft:
    """One draft.

    Raises:
        NotFound.
    """
    found = ResponsibilityDraft.objects.filter(pk=draft_id).first()
    if found is None:
        raise NotFound("找不到该权责变更草案。")
    return found


def publishing_rule() -> PublishingRule:
    """The rule of publishing 发布规则 in force; without a row the shipped one: another person publishes."""
    return PublishingRule.objects.first() or PublishingRule()


def others_may_publish(draft: ResponsibilityDraft, at: datetime) -> bool:
    """Whether anybody who had no hand in the draft holds `catalog.publish` now."""
    held = Holding.objects.filter(post__kind__grants__contains=[{"act": PUBLISH}], starts_at__lte=at)
    held = held.exclude(ends_at__lte=at)
    return held.exclude(account_id__in=draft.author_ids).exists()


def draft_changes(draft_id: UUID) -> list[DraftChange]:
    """The changes of a draft with what they name, in the order of drafting; one query."""
    found = DraftChange.objects.filter(draft_id=draft_id).select_related(
        "row__matter_class", "row__condition", "matter_class", "condition"
    )
    return list(found.order_by("id"))


def change_node(change: DraftChange, first: date) -> ResponsibilityNode:
    """The row that an addition or a replacement would bring, holding from `first` on."""
    assert change.scheme_id is not None
    assert change.host_unit_id is not None
    matter = change.matter_class
    return ResponsibilityNode(
        id=change.id,
        scheme_id=change.scheme_id,
        class_key=(change.scheme_id, matter.code) if matter else None,
        class_depth=_DEPTH[matter.level] if matter else 0,
        area_id=change.area_id,
        condition_ordinal=change.condition.ordinal if change.condition else None,
        host_id=change.host_unit_id,
        co_unit_ids=tuple(change.co_unit_ids),
        valid_from=first,
        valid_to=None,
        limit=limit_value(change.limit_amount, change.limit_unit)
        if change.limit_amount is not None
        else None,
    )


def drafted_rows(
    standing: Sequence[ResponsibilityNode],
    changes: Iterable[DraftChange],
    first: date,
    *,
    index: CatalogIndex,
    areas: AreaIndex,
) -> DraftedList:
    """Carry changes out on rows in memory, and say which of them cannot be."""
    changes = list(changes)
    by_id = {row.id: row for row in standing}
    problems: dict[UUID, str] = {}
    for change in changes:
        if change.row_id is None:
            continue
        row = by_id.get(change.row_id)
        problem = _moved_on(change, row, first)
        if problem or row is None:
            problems[change.id] = problem
        else:
            by_id[row.id] = replace(row, valid_to=first)
    fresh = {c.id: change_node(c, first) for c in changes if c.kind != ChangeKind.END}
    by_id |= fresh
    units = unit_index(first)
    for key, node in fresh.items():
        problem = _unusable(node, by_id.values(), index, areas)
        if not problem and not units.by_id[node.host_id].stands_on(first):
            problem = f"主办单位“{units.name(node.host_id)}”在生效日已撤销。"
        if problem:
            problems.setdefault(key, problem)
    return DraftedList(tuple(by_id.values()), problems)


def _moved_on(change: DraftChange, row: ResponsibilityNode | None, first: date) -> str:
    if row is None:
        return "原有行已不存在。"
    if row.valid_to is not None and row.valid_to <= first:
        return f"原有行已于 {row.valid_to} 失效。"
    if first < row.valid_from:
        return f"原有行 {row.valid_from} 才生效，草案的生效日期不得早于它。"
    if change.row is not None and change.row.version != change.row_version:
        return "原有行在编制之后又有改动，请移除后重新加入。"
    return ""


def _unusable(
    node: ResponsibilityNode, rows: Iterable[ResponsibilityNode], index: CatalogIndex, areas: AreaIndex
) -> str:
    other = tying_row(node, areas, rows)
    if other is None:
        return ""
    host = unit_index().name(other.host_id)
    return f"与“{row_label(other, index, areas)}”（主办：{host}）相持，请一并终止或替换那一行，或改写本行。"


def drafted(draft: ResponsibilityDraft, at: datetime) -> DraftedList:
    """The list with a draft carried out, from what is stored now."""
    areas = area_index(draft.takes_effect)
    changes = draft_changes(draft.id)
    return drafted_rows(standing_rows(), changes, draft.takes_effect, index=catalog_index(at), areas=areas)


def drafted_list(draft: ResponsibilityDraft, at: datetime) -> tuple[ResponsibilityList, ResponsibilityList]:
    """The list of the day on which a draft takes effect: without it, and with it."""
    day = draft.takes_effect
    index, areas = catalog_index(at), area_index(day)
    after = drafted(draft, at).rows
    return (
        ResponsibilityList(standing_rows(), index, areas, day),
        ResponsibilityList(after, index, areas, day),
    )


def change_views(draft: ResponsibilityDraft, at: datetime) -> list[ChangeView]:
    """The changes of a draft in words, each with its problem; one query."""
    changes = draft_changes(draft.id)
    index, areas = catalog_index(at), area_index(draft.takes_effect)
    found = drafted_rows(standing_rows(), changes, draft.takes_effect, index=index, areas=areas)
    return [
        ChangeView(
            change=change,
            kind=str(ChangeKind(change.kind).label),
            before=row_words(responsibility_node(change.row), index, areas) if change.row else "",
            after=row_words(change_node(change, draft.takes_effect), index, areas)
            if change.kind != ChangeKind.END
            else "",
            problem=found.problems.get(change.id, ""),
        )
        for change in changes
    ]


def row_words(row: ResponsibilityNode, index: CatalogIndex, areas: AreaIndex) -> str:
    """A row in words: `上水井盖 · 泰山街道 → 水务局（协办：街道办；时限：2 工作日）`."""
    units = unit_index()
    more = []
    if row.co_unit_ids:
        more.append("协办：" + "、".join(units.name(key) for key in row.co_unit_ids))
    if row.limit is not None:
        more.append(f"时限：{limit_words(row.limit)}")
    tail = f"（{'；'.join(more)}）" if more else ""
    return f"{row_label(row, index, areas)} → {units.name(row.host_id)}{tail}"


def row_by_id(row_id: UUID) -> ResponsibilityRow:
    """One row of the list with what it names.

    Raises:
        NotFound.
    """
    found = ResponsibilityRow.objects.select_related("scheme", "matter_class", "condition")
    row = found.filter(pk=row_id).first()
    if row is None:
        raise NotFound("找不到该权责清单行。")
    return row


def open_drafts() -> list[ResponsibilityDraft]:
    """Drafts that may still be changed, newest first."""
    return list(ResponsibilityDraft.objects.filter(state="draft").order_by("-id")[:50])
