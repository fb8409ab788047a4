"""Acting alone 自动办理: where a rule allows it, the platform accepts, registers and dispatches by itself.

Each act is the same service that a person calls, by a system actor that holds just these acts. It is told
to the resident on the tracking page (PIPL §24), and anybody who may accept the case may take it back until
a unit has signed for its task.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from ...cases.public import Case, accept_case, dispatch_case, register_case, take_back_acceptance
from ...kernel.actor import Actor, system_actor
from ...kernel.errors import Conflict, NotFound, YiwangError
from ...ledger.public import Act, acting
from ..enums import TriageStage, Verdict
from ..models import AutomaticRule, Proposal, ProposalVerdict
from ..queries.repeat_rules import RulesOfDay
from ..rules.automatic import AutomaticTerms, goes_to_dispatch
from ..rules.chain import Triaged, from_body, limit_of
from .repeats_merging import merge_found

#: Who acts; the name stands in the journal of the case.
ROBOT = system_actor("triage", "cases.accept", "cases.register", "cases.dispatch")
#: What the dispatched unit reads.
_INSTRUCTION = "由系统按研判建议自动派遣，如不属本单位职责请及时退回。"
_LOG = logging.getLogger(__name__)


def act_alone(*, proposal_id: UUID, at: datetime) -> bool:
    """Carry a proposal out 自动办理, all of it or nothing; returns whether it was.

    A case that moved on meanwhile, or whose acts the rules of `cases` refuse, is left to a person; the
    refusal is kept with the proposal.
    """
    try:
        with acting(actor=ROBOT, at=at) as act:
            proposal = act.lock(Proposal, proposal_id)
            if proposal.acted_at is not None:
                return False
            _carry_out(act, proposal)
    except YiwangError as problem:
        _LOG.warning("case left to a person", extra={"problem": problem.code})
        _leave(proposal_id, problem.code, at)
        return False
    return True


def _carry_out(act: Act, proposal: Proposal) -> None:
    assert proposal.rule is not None
    rule = AutomaticRule.objects.get(pk=proposal.rule)
    triaged = from_body(proposal.body)
    case = act.fetch(Case, id=proposal.case)[0]
    if case.state != "received":
        raise Conflict("案件已由他人办理。", code="triage.moved_on")
    proposal.before = {
        "matter_class": str(case.matter_class) if case.matter_class else None,
        "has_place": case.community is not None,
        "urgency": case.urgency,
    }
    proposal.acted_at = act.at
    act.update(proposal, "before", "acted_at")
    terms = AutomaticTerms(rule.id, rule.matter_class_id, rule.area_id, rule.threshold, rule.dispatches)
    dispatches = goes_to_dispatch(triaged, terms)
    act.record(proposal, "triage.acted", {"case": case.id, "rule": rule.id, "dispatches": dispatches})
    _verdicts(act, proposal, triaged, dispatches=dispatches)
    act.flush()
    _through_cases(case.id, triaged, at=act.at, dispatches=dispatches)


def _through_cases(case_id: UUID, triaged: Triaged, *, at: datetime, dispatches: bool) -> None:
    place, owner = triaged.place, triaged.owner
    case = accept_case(
        actor=ROBOT, at=at, case_id=case_id, matter_class=triaged.class_id, community=place.area_id,
        lon=place.lon, lat=place.lat, automatic=True,
    )  # fmt: skip
    if not dispatches:
        return
    if case.state == "registering":
        assert owner.condition_id is not None
        case = register_case(actor=ROBOT, at=at, case_id=case_id, condition_id=owner.condition_id)
    assert owner.host_id is not None
    dispatch_case(
        actor=ROBOT, at=at, case_id=case_id, host=owner.host_id, co_units=owner.co_unit_ids,
        instruction=_INSTRUCTION, limit=limit_of(owner),
    )  # fmt: skip


def _verdicts(act: Act, proposal: Proposal, triaged: Triaged, *, dispatches: bool) -> None:
    stages = {TriageStage.CLASS: triaged.class_id, TriageStage.PLACE: triaged.place.area_id}
    if dispatches:
        stages[TriageStage.OWNER] = triaged.owner.host_id
    for stage, key in stages.items():
        act.insert(
            ProposalVerdict(
                proposal=proposal, stage=stage, verdict=Verdict.AUTOMATIC, proposed=key, chosen=key, at=act.at
            )
        )


def merge_alone(*, proposal_id: UUID, at: datetime) -> bool:
    """Merge a case into the one that the proposal is very sure of 自动合并; returns whether it was.

    Only where somebody has set a rule of repeats that merges; undoing is `cases.unmerge_cases`, remembered.
    """
    found = Proposal.objects.get(pk=proposal_id)
    triaged = from_body(found.body)
    repeat = triaged.repeat
    if not RulesOfDay(at).merges_alone(triaged.class_id):
        return False
    if not merge_found(case_id=found.case, proposal=repeat, at=at):
        return False
    with acting(actor=ROBOT, at=at) as act:
        proposal = act.lock(Proposal, proposal_id)
        act.record(proposal, "triage.merged", {"case": proposal.case, "into": repeat.case_id})
        act.insert(
            ProposalVerdict(
                proposal=proposal, stage=TriageStage.REPEAT, verdict=Verdict.AUTOMATIC,
                proposed=repeat.case_id, chosen=repeat.case_id, at=at,
            )
        )  # fmt: skip
    return True


def _leave(proposal_id: UUID, code: str, at: datetime) -> None:
    with acting(actor=ROBOT, at=at) as act:
        proposal = act.lock(Proposal, proposal_id)
        proposal.refusals = [*proposal.refusals, code]
        act.update(proposal, "refusals")
        act.record(proposal, "triage.left", {"case": proposal.case, "code": code})


def take_back(*, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None) -> Case:
    """Take back what the platform did by itself 撤销自动办理; the case waits for acceptance as before.

    Raises:
        Refused, Conflict, Invalid, StaleVersion: as `cases.take_back_acceptance`.
        NotFound: the platform did nothing to this case.
    """
    found = Proposal.objects.filter(case=case_id, acted_at__isnull=False, undone_at=None).first()
    if found is None:
        raise NotFound("系统没有自动办理过这个案件。", code="triage.nothing_to_undo")
    with acting(actor=actor, at=at) as act:
        proposal = act.lock(Proposal, found.id)
        before = proposal.before
        case = take_back_acceptance(
            actor=actor, at=at, case_id=case_id, reason=reason, expected=expected,
            matter_class=UUID(before["matter_class"]) if before["matter_class"] else None,
            keep_place=before["has_place"],
        )  # fmt: skip
        proposal.undone_at = at
        act.update(proposal, "undone_at")
        act.record(proposal, "triage.undone", {"case": case_id})
        for done in act.fetch(ProposalVerdict, proposal=proposal.id):
            act.insert(
                ProposalVerdict(
                    proposal=proposal, stage=done.stage, verdict=Verdict.UNDONE, proposed=done.proposed,
                    by=actor.account_id, at=at,
                )
            )  # fmt: skip
    return case
