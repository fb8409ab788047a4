"""Finding repeats 查重: is it the same problem as an open case? Arrays in, proposals out; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from ...cases.public import Case
from ...catalog.public import catalog_index
from ...orgs.public import area_index
from ..queries.repeat_rules import RulesOfDay, family_by
from ..queries.repeats import Window, different_pairs, near_open, pair_of, signatures_of_cases
from ..rules.proposals import RepeatOutcome, RepeatProposal
from ..rules.repeats.memory import MemoryIndex
from ..rules.repeats.scoring import Thresholds, Weights, propose, shipped_weights
from ..rules.repeats.signatures import FamilyOf, Signature, signature_of
from ..rules.said import Said

_LATEST = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What look-up goes by besides the reports: families, rules and weights of one instant."""

    family_of: FamilyOf
    weights: Weights
    rules: RulesOfDay | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    def thresholds_for(self, class_id: UUID | None) -> Thresholds:
        """The thresholds of a class."""
        return self.rules.thresholds_for(class_id) if self.rules else self.thresholds


def find_repeats(said: Sequence[Said], *, at: datetime) -> list[RepeatProposal]:
    """Whether each report tells of an open case's problem, or of an earlier report's of the same batch.

    One query for the whole batch. A report with a case is compared with older cases only, so that two cases
    never name one another; the earlier report of a batch that has no case yet is named by its own key.
    """
    if not said:
        return []
    return look_up([community_of(one) for one in said], knowledge=knowledge_at(at))


def knowledge_at(at: datetime) -> Knowledge:
    """Families, rules and weights that hold at an instant."""
    return Knowledge(family_by(catalog_index(at)), shipped_weights(), RulesOfDay(at))


def community_of(said: Said) -> Said:
    """The report with its area raised to the community, so that grids and communities compare."""
    chain = area_index().chain(said.area_id) if said.area_id is not None else None
    return said if chain is None else replace(said, area_id=chain.community_id or said.area_id)


def look_up(said: Sequence[Said], *, knowledge: Knowledge) -> list[RepeatProposal]:
    """The same with given knowledge; for evaluation."""
    signatures = [signature_of(one, family_of=knowledge.family_of) for one in said]
    thresholds = [knowledge.thresholds_for(one.class_id) for one in said]
    windows = [
        Window(found.window_days, before=one.case_id) for one, found in zip(said, thresholds, strict=True)
    ]
    stored = near_open(signatures, windows)
    own = _within_batch(said, signatures)
    return [
        propose(
            signature, _once(mine, theirs), thresholds=found, weights=knowledge.weights
        )
        for signature, mine, theirs, found in zip(signatures, own, stored, thresholds, strict=True)
    ]  # fmt: skip


def _once(first: Sequence[Signature], second: Sequence[Signature]) -> list[Signature]:
    """Both lists, each report once."""
    known = {one.key for one in first}
    return [*first, *(one for one in second if one.key not in known)]


def _within_batch(said: Sequence[Said], signatures: Sequence[Signature]) -> list[list[Signature]]:
    """For each report the earlier ones of the batch that may tell of its problem."""
    found: list[list[Signature]] = [[] for _ in said]
    if len(said) == 1:
        return found
    order = sorted(range(len(said)), key=lambda n: (said[n].case_id or _LATEST, said[n].at, n))
    index = MemoryIndex()
    for number in order:
        found[number] = index.near(signatures[number])
        index.add(signatures[number])
    apart = _judged_different({s.key: one.case_id for s, one in zip(signatures, said, strict=True)}, found)
    if apart:
        for number, one in enumerate(said):
            mine = one.case_id
            if mine is not None:
                found[number] = [o for o in found[number] if pair_of(mine, o.case_id) not in apart]
    return found


def _judged_different(
    cases: Mapping[UUID, UUID | None], found: Sequence[Sequence[Signature]]
) -> set[tuple[UUID, UUID]]:
    if not any(found):
        return set()
    return different_pairs(sorted({case for case in cases.values() if case is not None}))


def repeats_of_case(case: Case, *, at: datetime) -> RepeatProposal:
    """What open cases, older or younger, may be the same problem as this one 疑似重复; two queries."""
    kept = signatures_of_cases([case.id]).get(case.id)
    if not kept:
        return RepeatProposal(RepeatOutcome.NONE, 1.0)
    knowledge = knowledge_at(at)
    thresholds = knowledge.thresholds_for(case.matter_class)
    first = kept[-1]
    found = near_open([first], [Window(thresholds.window_days)])[0]
    return propose(first, found, thresholds=thresholds, weights=knowledge.weights)
