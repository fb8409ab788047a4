"""Following 采纳建议: a person carries the proposal out, as it stands or with another choice, in one step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...cases.public import Case, accept_case, dispatch_case, register_case
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, invalid
from ...ledger.public import acting
from ..models import Proposal
from ..rules.chain import Triaged, from_body, limit_of
from ..rules.proposals import OwnerOutcome, OwnerProposal, PlaceOutcome
from ..rules.said import Said
from .owning import own


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person chose 选定.

    Attributes:
        class_id: one of the proposed classes; None keeps the class of the case or takes the best.
        place: number of the candidate when the place is ambiguous; None otherwise.
        dispatches: go on as far as dispatch; else accept only.
    """

    class_id: UUID | None = None
    place: int | None = None
    dispatches: bool = False


def latest_proposal(case_id: UUID) -> Proposal | None:
    """The proposal that counts for a case, or None."""
    return Proposal.objects.filter(case=case_id).order_by("-made_at", "-id").first()


def follow_proposal(
    *, actor: Actor, at: datetime, case_id: UUID, choice: Choice, expected: int | None = None
) -> Case:
    """Carry the latest proposal out 按建议办理, from where the case stands: accept, register, dispatch.

    All of it or nothing: a step that is refused undoes the ones before it.

    Raises:
        NotFound: nothing was proposed. Conflict: nothing of it is left to do, or a part is missing.
        Refused, StaleVersion, Invalid: as the acts of `cases`.
    """
    proposal = latest_proposal(case_id)
    if proposal is None:
        raise NotFound("这个案件还没有研判建议。", code="triage.no_proposal")
    triaged = from_body(proposal.body)
    with acting(actor=actor, at=at):
        case = Case.objects.get(pk=case_id)
        return _Steps(actor, at, triaged, choice).walk(case, expected)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of one person's choice; each gives the version it saw to the first act only."""

    actor: Actor
    at: datetime
    triaged: Triaged
    choice: Choice

    def walk(self, case: Case, expected: int | None) -> Case:
        """From where the case stands as far as the choice goes."""
        began = case.state
        if began not in {"received", "registering", "dispatching"}:
            raise Conflict("这个案件已经派出或办结，没有可采纳的建议。", code="triage.nothing_left")
        if case.state == "received":
            case, expected = self._accept(case, expected), None
        if case.state == "registering" and (self.choice.dispatches or began == "registering"):
            case, expected = self._register(case, expected), None
        if case.state == "dispatching" and (self.choice.dispatches or began == "dispatching"):
            case = self._dispatch(case, expected)
        return case

    def _accept(self, case: Case, expected: int | None) -> Case:
        area, lon, lat = _place(case, self.triaged, self.choice)
        return accept_case(
            actor=self.actor, at=self.at, case_id=case.id, expected=expected,
            community=area, lon=lon, lat=lat,
            matter_class=self.choice.class_id or case.matter_class or self.triaged.class_id,
        )  # fmt: skip

    def _register(self, case: Case, expected: int | None) -> Case:
        condition = self._owner(case).condition_id
        if condition is None:
            raise Conflict("建议里没有合适的立案条件，请自行选择后立案。", code="triage.no_condition")
        return register_case(
            actor=self.actor, at=self.at, case_id=case.id, condition_id=condition, expected=expected
        )

    def _dispatch(self, case: Case, expected: int | None) -> Case:
        owner = self._owner(case)
        if owner.outcome != OwnerOutcome.FOUND or owner.host_id is None:
            raise Conflict("权责清单里没有责任单位，请自行选择后派遣。", code="triage.no_owner")
        return dispatch_case(
            actor=self.actor, at=self.at, case_id=case.id, host=owner.host_id, co_units=owner.co_unit_ids,
            limit=limit_of(owner), expected=expected,
        )  # fmt: skip

    def _owner(self, case: Case) -> OwnerProposal:
        """Whose it is: as proposed, or by the list for the class or the place that was chosen instead."""
        proposed = self.triaged.place.area_id
        areas = {case.grid, case.community, case.street, case.district}
        if case.matter_class == self.triaged.class_id and proposed in areas:
            return self.triaged.owner
        said = Said(
            key=case.id, text=case.title, at=self.at, class_id=case.matter_class,
            area_id=case.grid or case.community,
        )  # fmt: skip
        return own([said], at=self.at)[0]


def _place(case: Case, triaged: Triaged, choice: Choice) -> tuple[UUID | None, float | None, float | None]:
    """Area, longitude and latitude to accept with; all None when the case has its place."""
    if case.community is not None:
        return None, None, None
    place = triaged.place
    if place.outcome == PlaceOutcome.FOUND:
        return place.area_id, place.lon, place.lat
    if place.outcome == PlaceOutcome.AMBIGUOUS:
        if choice.place is None or not 0 <= choice.place < len(place.candidates):
            raise invalid("place", choice.place, "请从候选地点中选择一个。")
        chosen = place.candidates[choice.place]
        return chosen.area_id, chosen.lon, chosen.lat
    raise Conflict("建议里没有地点，请在地图上选点或选择社区后受理。", code="triage.no_place")
