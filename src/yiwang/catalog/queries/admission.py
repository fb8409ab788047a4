"""Admission 准入 answered from memory: is a matter on a list in force, which rule checks it, is it exempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext

from ...ledger.public import VersionedCache
from ...orgs.public import area_index
from ..enums import AdmissionLevel, AdmissionList, AdmissionVerdict
from ..models import AdmissionRule, AdmittedMatter, Exemption, MatterClass
from ..rules.admission import (
    FALLBACK_HOURS,
    GRID,
    INSPECTION_BASIS,
    LISTS_OF_LEVEL,
    STREET,
    AdmittedNode,
    ClassKey,
    ExemptionNode,
    RuleNode,
    admitting_row,
    check_is_on,
    exempting_row,
    may_refuse_unlisted,
    rows_in_force,
    speaks_of_inspection,
)
from ..rules.nodes import ClassNode, limit_value
from ..states import GRANTED, LISTED_STATES
from .index import catalog_index, shanghai_day
from .responsibility import Spot, rank_of

#: What `bump` is called with when a list, a rule of checking or an exemption changes.
ADMISSION = "catalog.admission"


@dataclass(frozen=True, slots=True)
class Admission:
    """What the lists say 准入认定 of a matter at a place, for one level.

    Attributes:
        matter: the row in force that admits it, whether or not dispatching checks.
        exemption: the exemption in force that covers it, whether or not it is needed.
        words: why, in Chinese, with the row, the rule or the remedy.
        no_refusal: why a community may not refuse it (清单外拒收), empty when it may.
    """

    level: str
    verdict: AdmissionVerdict
    matter: AdmittedNode | None
    exemption: ExemptionNode | None
    words: str
    no_refusal: str = ""

    @property
    def allows(self) -> bool:
        """Whether a task may go to a unit of the level."""
        return self.verdict not in (AdmissionVerdict.UNLISTED, AdmissionVerdict.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class _Standing:
    matters: tuple[AdmittedNode, ...]
    rules: tuple[RuleNode, ...]
    exemptions: tuple[ExemptionNode, ...]


def _matter_node(row: AdmittedMatter, keys: dict[UUID, ClassKey]) -> AdmittedNode:
    return AdmittedNode(
        id=row.id,
        list_kind=row.list_kind,
        code=row.code,
        name=row.name,
        class_keys=frozenset(keys[key] for key in row.class_ids if key in keys),
        area_ids=tuple(row.area_ids),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        is_example=row.is_example,
        limit=limit_value(row.limit_amount, row.limit_unit) if row.limit_amount is not None else None,
    )


def _exemption_node(row: Exemption, keys: dict[UUID, ClassKey]) -> ExemptionNode:
    return ExemptionNode(
        id=row.id,
        title=row.title,
        levels=tuple(row.levels),
        class_keys=frozenset(keys[key] for key in row.class_ids if key in keys),
        area_ids=tuple(row.area_ids),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        granted_by=row.granted_by,
    )


def _build() -> _Standing:
    keys = {
        key: (scheme, code) for key, scheme, code in MatterClass.objects.values_list("id", "scheme", "code")
    }
    matters = AdmittedMatter.objects.filter(state__in=LISTED_STATES).order_by("list_kind", "code", "id")
    rules = AdmissionRule.objects.values_list("level", "area_id", "mode", "exemption_hours")
    granted = Exemption.objects.filter(state=GRANTED).order_by("id")
    return _Standing(
        matters=tuple(_matter_node(row, keys) for row in matters),
        rules=tuple(RuleNode(*row) for row in rules),
        exemptions=tuple(_exemption_node(row, keys) for row in granted),
    )


_cache = VersionedCache(ADMISSION, _build)


def admitted_nodes() -> tuple[AdmittedNode, ...]:
    """Every row that stands or stood on a list, past and future ones included; costs no query."""
    return _cache.get().matters


def rule_for(level: str, area_id: UUID | None, *, at: datetime) -> RuleNode:
    """The rule of checking for a level at a place: that of the smallest area which holds the place.

    Without any, a level is checked as soon as a list of the city's own is in force there, but a street's
    never (a city that wants that sets a rule).
    """
    areas = area_index(shanghai_day(at))
    spot = Spot(area_id, areas)
    found = [row for row in _cache.get().rules if row.level == level and spot.lies_in(row.area_id)]
    if not found:
        return RuleNode(level, None, "off" if level == STREET else "auto", FALLBACK_HOURS)
    return max(
        found, key=lambda row: (row.area_id is not None, rank_of(row.area_id, areas), str(row.area_id))
    )


def class_line(class_id: UUID, at: datetime) -> list[ClassNode]:
    """A class and those above it, nearest first; empty for an unknown one."""
    index = catalog_index(at)
    return list(index.line(class_id)) if class_id in index.class_by_id else []


def is_inspection(class_id: UUID, at: datetime) -> bool:
    """Whether a class, or one above it, is an administrative inspection (行政检查), by mark or by name."""
    return any(node.is_inspection or speaks_of_inspection(node.name) for node in class_line(class_id, at))


def admission(level: str, class_id: UUID | None, area_id: UUID | None, *, at: datetime) -> Admission:
    """What the lists say of a matter for units of a level at a place, on the day and at the instant.

    The locked rule goes first: no administrative inspection for a grid. Then a row in force admits; then the
    rule of checking may say that nobody checks; then an exemption may cover it. Costs no query.
    """
    found, rule, in_force = _admission(level, class_id, area_id, at)
    return replace(found, no_refusal=_no_refusal(found, rule, in_force))


def _admission(
    level: str, class_id: UUID | None, area_id: UUID | None, at: datetime
) -> tuple[Admission, RuleNode, list[AdmittedNode]]:
    """The answer without `no_refusal`, the rule of checking and the rows in force."""
    standing, spot = _cache.get(), Spot(area_id, area_index(shanghai_day(at)))
    line = class_line(class_id, at) if class_id else []
    keys: list[ClassKey] = [(node.scheme_id, node.code) for node in line]
    in_force = rows_in_force(standing.matters, LISTS_OF_LEVEL[level], shanghai_day(at), spot.lies_in)
    matter, rule = admitting_row(in_force, keys), rule_for(level, area_id, at=at)
    exemption = exempting_row(standing.exemptions, level, keys, at, spot.lies_in)
    if level == GRID and class_id and is_inspection(class_id, at):
        matter = exemption = None
        verdict, words = AdmissionVerdict.FORBIDDEN, _forbidden_words(line)
    elif matter is not None:
        verdict, words = AdmissionVerdict.LISTED, listed_words(matter)
    elif not check_is_on(rule.mode, in_force):
        verdict, words = AdmissionVerdict.UNCHECKED, _unchecked_words(rule)
    elif exemption is not None:
        verdict, words = AdmissionVerdict.EXEMPT, exempt_words(exemption)
    else:
        verdict, words = AdmissionVerdict.UNLISTED, _unlisted_words(level, line, area_id, at)
    return Admission(level, verdict, matter, exemption, words), rule, in_force


def _no_refusal(found: Admission, rule: RuleNode, in_force: list[AdmittedNode]) -> str:
    if found.matter is not None:
        return listed_words(found.matter)
    if found.exemption is not None:
        return exempt_words(found.exemption)
    if not may_refuse_unlisted(rule.mode, in_force):
        return f"该区域尚无本地核定的{list_names(rule.level)}（内置示例不算），没有清单就没有清单外事项"
    return ""


def list_names(level: str) -> str:
    """The lists of a level in words: `“社区依法协助事项清单”或“社区依法履职事项清单”`."""
    names = gettext("”或“").join(str(AdmissionList(kind).label) for kind in LISTS_OF_LEVEL[level])
    return f"“{names}”"


def listed_words(matter: AdmittedNode) -> str:
    """A row that admits, in words."""
    until = f"，至 {matter.valid_to} 前" if matter.valid_to else ""
    sample = "（示例）" if matter.is_example else ""
    kind = AdmissionList(matter.list_kind).label
    return f"该事项在“{kind}”内：{matter.code} {matter.name}{sample}，{matter.valid_from} 起{until}有效"


def exempt_words(exemption: ExemptionNode) -> str:
    """An exemption that covers, in words."""
    until = timezone.localtime(exemption.ends_at).strftime("%Y-%m-%d %H:%M")
    return f"该事项不在清单内，按应急豁免“{exemption.title}”办理，豁免至 {until}"


def _unchecked_words(rule: RuleNode) -> str:
    level = AdmissionLevel(rule.level).label
    if rule.mode == "off":
        return f"该区域设定为派给{level}时不校验清单"
    return f"该区域尚无本地核定的{list_names(rule.level)}（内置示例不算），派给{level}时不校验"


def _name_of(line: Iterable[ClassNode]) -> str:
    return next((f"{node.code} {node.name}" for node in line), "未分类")


def _forbidden_words(line: list[ClassNode]) -> str:
    return (
        f"“{_name_of(line)}”属于行政检查，任何情况下不得派给网格（{INSPECTION_BASIS}）。"
        "请改派有执法资格的部门；网格只能巡查、采集信息、劝导和上报线索"
    )


def _unlisted_words(level: str, line: list[ClassNode], area_id: UUID | None, at: datetime) -> str:
    node = area_index(shanghai_day(at)).by_id.get(area_id) if area_id else None
    place = f"在{node.name}" if node else ""
    label = AdmissionLevel(level).label
    return (
        f"“{_name_of(line)}”{place}不在现行的{list_names(level)}内，不能派给{label}（非准不入）。"
        "可以：由主管部门申请准入；改派其他单位；情况紧急的，由有权批准的岗位给予应急豁免"
    )
