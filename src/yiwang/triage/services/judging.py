"""Judging 采纳情况: what people did with proposals, read from what they did to the case.

Nobody has to say whether a proposal was right: accepting a case with the proposed class accepts it, with
another class changes it. These rows measure the stages and feed the next training.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...cases.public import Case
from ...ledger.public import JournalEntry, acting
from ..enums import TriageStage, Verdict
from ..models import Proposal, ProposalVerdict
from ..rules.chain import from_body, without_words
from .acting_alone import ROBOT
from .proposing import PROPOSER

#: Acts on a case, and the stages whose proposal they judge.
_JUDGES = {
    "accept": (TriageStage.CLASS, TriageStage.PLACE),
    "accept_directly": (TriageStage.CLASS, TriageStage.PLACE),
    "dispatch": (TriageStage.OWNER,),
    "merge": (TriageStage.REPEAT,),
}


def judge_by_act(*, case_id: UUID, action: str, at: datetime) -> list[ProposalVerdict]:
    """Compare what a person did with the latest proposal made before it; one verdict a stage it judges.

    What the platform did by itself is judged when it is done, not here. A place that the source gave with
    the report was not proposed and is not judged.
    """
    stages = _JUDGES.get(action)
    if stages is None:
        return []
    proposal = Proposal.objects.filter(case=case_id, made_at__lte=at).order_by("-made_at").first()
    entry = (
        JournalEntry.objects.filter(stream=case_id, kind=f"cases.{action}", at=at).order_by("-seq").first()
    )
    if proposal is None or entry is None or entry.agent == ROBOT.name:
        return []
    case = Case.objects.get(pk=case_id)
    found = [_verdict(proposal, stage, case) for stage in stages]
    kept = [row for row in found if row is not None]
    with acting(actor=PROPOSER, at=at) as act:
        root = act.lock(Proposal, proposal.id)
        for row in kept:
            row.proposal, row.by, row.at = root, entry.actor, at
            act.insert(row)
            body = {"stage": row.stage, "proposed": row.proposed, "chosen": row.chosen, "by": row.by}
            act.record(root, f"triage.{row.verdict}", body)
    return kept


def _verdict(proposal: Proposal, stage: TriageStage, case: Case) -> ProposalVerdict | None:
    triaged = from_body(proposal.body)
    proposed, chosen = {
        TriageStage.CLASS: (triaged.class_id, case.matter_class),
        TriageStage.PLACE: (triaged.place.area_id, _chosen_area(case, triaged.place.area_id)),
        TriageStage.OWNER: (triaged.owner.host_id, case.host),
        TriageStage.REPEAT: (triaged.repeat.case_id, case.merged_into),
    }[stage]
    if proposed is None:
        return None
    verdict = Verdict.ACCEPTED if proposed == chosen else Verdict.CHANGED
    return ProposalVerdict(stage=stage, verdict=verdict, proposed=proposed, chosen=chosen)


def _chosen_area(case: Case, proposed: UUID | None) -> UUID | None:
    """The area of the case on the level of the proposed one, if it is one of the case's areas."""
    if proposed in {case.grid, case.community, case.street, case.district}:
        return proposed
    return case.grid or case.community


def forget_words(*, case_id: UUID, at: datetime) -> int:
    """Take a reporter's words out of a case's proposals after an erasure; returns how many held some.

    What was proposed stays, as keys and codes.
    """
    with acting(actor=PROPOSER, at=at) as act:
        rows = act.fetch(Proposal, case=case_id)
        for row in rows:
            row.body = without_words(row.body)
            act.update(row, "body")
            act.record(row, "triage.words_erased", {"case": case_id})
    return len(rows)
