"""Rules of acting by itself 自动办理规则, cached; and why a case is left to a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...cases.public import Case, Privacy, RequestKind, Urgency
from ...catalog.public import catalog_index
from ...ledger.public import VersionedCache
from ...orgs.public import area_index
from ..models import AutomaticRule
from ..rules.automatic import AutomaticTerms, CaseFacts, rule_for
from ..rules.chain import Triaged

#: What `bump` is called with when a rule is set or ended.
RULES = "triage.automatic"


def _build() -> tuple[AutomaticTerms, ...]:
    return tuple(
        AutomaticTerms(row.id, row.matter_class_id, row.area_id, row.threshold, row.dispatches)
        for row in AutomaticRule.objects.filter(ended_at=None).order_by("id")
    )


_cache = VersionedCache(RULES, _build)


def rule_of(triaged: Triaged, areas: tuple[UUID, ...], at: datetime) -> AutomaticTerms | None:
    """The rule in force for the proposed class in the proposed area."""
    if triaged.class_id is None:
        return None
    line = [node.id for node in catalog_index(at).line(triaged.class_id)]
    return rule_for(_cache.get(), line=line, areas=areas)


def facts_of_case(case: Case, triaged: Triaged, at: datetime) -> CaseFacts:
    """What of the case speaks for or against acting by itself."""
    area = case.grid or case.community or triaged.place.area_id
    node = catalog_index(at).class_by_id.get(triaged.class_id) if triaged.class_id else None
    kinds = {case.kind, triaged.wording.kind}
    return CaseFacts(
        state=case.state,
        is_delicate=case.is_sensitive
        or case.privacy != Privacy.OPEN
        or case.complained_unit is not None
        or RequestKind.TIP_OFF in kinds,
        is_urgent=Urgency.URGENT in {case.urgency, triaged.wording.urgency},
        demands_registering=bool(node and node.demands_registering),
        areas=tuple(found.id for found in area_index().ancestors(area)) if area else (),
    )
