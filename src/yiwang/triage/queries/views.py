"""Proposals as a page shows them: names instead of keys, and only cases that the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from ...cases.public import Case, visible_to
from ...catalog.public import CatalogIndex, catalog_index
from ...kernel.actor import Actor
from ...orgs.public import area_index, unit_index
from ..models import Proposal
from ..rules.chain import Triaged, from_body
from ..rules.proposals import Reason

#: A class with less confidence is not worth a line.
LEAST_SHOWN = 0.02


@dataclass(frozen=True, slots=True)
class ClassView:
    """One class to choose 类别选项; `percent` is the confidence in whole percent, 0 where none is known."""

    class_id: UUID
    name: str
    percent: int
    is_best: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as the panel and the API show it.

    Attributes:
        classes: classes to choose from, the best first.
        repeats: candidates that the reader may see, with number, title, percent and reasons.
        refusals: why the platform left the case to a person, in words.
    """

    triaged: Triaged
    row: Proposal | None
    classes: list[ClassView]
    class_reasons: list[Reason]
    area: str
    host: str
    co_units: list[str]
    grid: str
    condition: str
    repeats: list[tuple[Case, int, tuple[Reason, ...]]]
    refusals: list[str]


def refusal_words(code: str) -> str:
    """Why the platform did not act by itself, in words."""
    words = {
        "no_rule": _("该类别没有开通自动办理"),
        "state": _("案件已不在待受理状态"),
        "delicate": _("涉及保密、举报、敏感或投诉单位，须由人办理"),
        "urgent": _("涉及人身财产安全，须由人立即办理"),
        "unsure": _("对类别的把握不足"),
        "place": _("地点不确定"),
        "repeat": _("可能是重复诉求"),
        "owner": _("权责清单中没有责任单位"),
        "condition": _("没有确定的立案条件"),
    }
    return words.get(code, code)


def proposal_view(actor: Actor, row: Proposal) -> ProposalView:
    """A kept proposal for a reader."""
    return view_of(actor, from_body(row.body), row.made_at, row=row)


def view_of(actor: Actor, triaged: Triaged, at: datetime, *, row: Proposal | None = None) -> ProposalView:
    """What the stages said, for a reader; two queries at most."""
    index, areas, units = catalog_index(at), area_index(), unit_index()
    best, owner = triaged.best_class, triaged.owner
    condition = index.condition(owner.condition_id) if owner.condition_id else None
    grid = areas.by_id.get(owner.grid_id) if owner.grid_id else None
    return ProposalView(
        triaged=triaged,
        row=row,
        classes=list(_classes(index, triaged)),
        class_reasons=list(best.reasons) if best else [],
        area=" ".join(node.name for node in reversed(areas.ancestors(triaged.place.area_id)))
        if triaged.place.area_id
        else "",
        host=units.name(owner.host_id) if owner.host_id else "",
        co_units=[units.name(unit) for unit in owner.co_unit_ids],
        grid=grid.name if grid else "",
        condition=condition.text if condition else "",
        repeats=_repeats(actor, triaged),
        refusals=[refusal_words(code) for code in row.refusals] if row else [],
    )


def _classes(index: CatalogIndex, triaged: Triaged) -> Iterable[ClassView]:
    """The class that the stages went by, the best of every scheme, and the runners-up of the surest."""
    found = [(one.scheme, one.code, one.confidence) for one in triaged.classes]
    found += [(best.scheme, *other) for best in triaged.classes[:1] for other in best.others]
    shares: dict[UUID, float] = {}
    if triaged.class_id is not None:
        shares[triaged.class_id] = 0.0
    for scheme, code, confidence in found:
        node = index.class_by_code(scheme, code)
        if node is not None:
            shares[node.id] = max(confidence, shares.get(node.id, 0.0))
    for key, confidence in shares.items():
        if key == triaged.class_id or confidence >= LEAST_SHOWN:
            yield ClassView(key, index.full_name(key), round(100 * confidence), key == triaged.class_id)


def _repeats(actor: Actor, triaged: Triaged) -> list[tuple[Case, int, tuple[Reason, ...]]]:
    keys = [one.case_id for one in triaged.repeat.candidates]
    seen = {case.id: case for case in visible_to(actor).filter(pk__in=keys)} if keys else {}
    return [
        (seen[one.case_id], round(100 * one.score), one.reasons)
        for one in triaged.repeat.candidates
        if one.case_id in seen
    ]
