"""API of repeats 查重接口: whether reports tell of an open case's problem, in bulk."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field

from ...cases.public import visible_to
from ...interface.public import ProblemOut, actor_of
from ...kernel.errors import Refused
from ..rules.proposals import RepeatOutcome, RepeatProposal
from ..rules.said import Said
from ..services.repeats import find_repeats

router = Router(tags=["triage"])
PROBLEMS = dict.fromkeys((401, 403, 422), ProblemOut)
#: Most reports in one call.
MOST = 500


class RepeatIn(Schema):
    """One report to compare; WGS84 degrees. `key` is given back, and names it within the batch."""

    model_config = ConfigDict(extra="forbid")

    key: UUID | None = None
    text: str = Field(min_length=1, max_length=4000)
    at: AwareDatetime | None = None
    address: str = Field("", max_length=300)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    area_id: UUID | None = None
    class_id: UUID | None = None
    part_code: str = Field("", max_length=20)


class RepeatsIn(Schema):
    """Reports to compare, at most 500."""

    model_config = ConfigDict(extra="forbid")

    reports: list[RepeatIn] = Field(min_length=1, max_length=MOST)


class ReasonOut(Schema):
    """One reason, in Chinese; `weight` compares within one candidate."""

    code: str
    words: str
    weight: float


class CandidateOut(Schema):
    """A case that may be the same problem, or an earlier report of the batch by its key."""

    case_id: UUID
    in_batch: bool
    score: float
    reasons: list[ReasonOut]


class RepeatOut(Schema):
    """What was found for one report: `merge`, `suggest` or `none`."""

    key: UUID
    outcome: str
    confidence: float
    candidates: list[CandidateOut]


class RepeatsOut(Schema):
    """One answer a report, in order."""

    items: list[RepeatOut]


@router.post("/triage/repeats", response={200: RepeatsOut, **PROBLEMS}, summary="Find repeats")
def repeats(request: HttpRequest, given: RepeatsIn) -> RepeatsOut:
    """Whether each report is the same problem as an open case or an earlier report of the batch.

    Nothing is kept or merged. Cases that the caller may not see are left out.
    """
    actor = actor_of(request)
    if actor is None or not actor.may_anywhere("cases.receive"):
        raise Refused("您没有登记诉求的权限。", code="triage.refused", act="cases.receive")
    now = timezone.now()
    said = [
        Said(
            key=one.key or uuid4(), text=one.text, at=one.at or now, address=one.address,
            lon=one.lon if one.lat is not None else None, lat=one.lat if one.lon is not None else None,
            area_id=one.area_id, class_id=one.class_id, part_code=one.part_code,
        )
        for one in given.reports
    ]  # fmt: skip
    found = find_repeats(said, at=now)
    keys = {one.key for one in said}
    named = {candidate.case_id for proposal in found for candidate in proposal.candidates} - keys
    seen = set(visible_to(actor).filter(pk__in=named).values_list("pk", flat=True))
    return RepeatsOut(
        items=[_out(one.key, proposal, keys, keys | seen) for one, proposal in zip(said, found, strict=True)]
    )


def _out(key: UUID, proposal: RepeatProposal, batch: set[UUID], shown: set[UUID]) -> RepeatOut:
    candidates = [
        CandidateOut(
            case_id=one.case_id,
            in_batch=one.case_id in batch,
            score=one.score,
            reasons=[ReasonOut(code=r.code, words=r.words, weight=r.weight) for r in one.reasons],
        )
        for one in proposal.candidates
        if one.case_id in shown
    ]
    is_first = bool(candidates) and candidates[0].case_id == proposal.case_id
    outcome = proposal.outcome if is_first else RepeatOutcome.SUGGEST if candidates else RepeatOutcome.NONE
    confidence = candidates[0].score if candidates else proposal.confidence
    return RepeatOut(key=key, outcome=outcome.value, confidence=confidence, candidates=candidates)
