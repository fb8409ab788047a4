"""API of the place stage 地点研判接口: where reports say they are, in bulk."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from pydantic import ConfigDict, model_validator

from ...interface.public import ProblemOut, actor_of
from ...kernel.errors import Refused
from ..queries.placing import demand_reading
from ..rules.proposals import PlaceCandidate, PlaceProposal
from ..rules.said import Said
from ..services.placing import place

router = Router(tags=["triage"])
_MOST = 1_000
_PROBLEMS = dict.fromkeys((401, 403, 422), ProblemOut)


class TextIn(Schema):
    """One report: its words, its description of the place, its coordinates in WGS84 degrees."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=10_000)
    address: str = Field("", max_length=300)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    part_code: str = Field("", max_length=16)

    @model_validator(mode="after")
    def _whole_point(self) -> TextIn:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon 和 lat 应同时填写或同时不填。")
        return self


class TextsIn(Schema):
    """Reports to place, at most 1,000."""

    model_config = ConfigDict(extra="forbid")

    reports: list[TextIn] = Field(..., min_length=1, max_length=_MOST)


class PartOut(Schema):
    """One tagged part of the address."""

    tag: str
    text: str


class ReasonOut(Schema):
    """One reason: a stable code and words for a person."""

    code: str
    words: str


class CandidateOut(Schema):
    """One place to choose from."""

    words: str
    confidence: float
    lon: float | None
    lat: float | None
    area: UUID | None
    address: UUID | None


class PlaceOut(Schema):
    """A place: `found`, `ambiguous`, `outside` or `unknown`, with its reasons."""

    outcome: str
    confidence: float
    precision: str
    lon: float | None
    lat: float | None
    area: UUID | None
    address: UUID | None
    parts: list[PartOut]
    candidates: list[CandidateOut]
    reasons: list[ReasonOut]


class PlacesOut(Schema):
    """Places in the order of the reports."""

    places: list[PlaceOut]


@router.post("/triage/place", response={200: PlacesOut, **_PROBLEMS})
def place_reports(request: HttpRequest, payload: TextsIn) -> PlacesOut:
    """Places of reports 地点研判: tagged parts, match, candidates and reasons; changes nothing."""
    actor = actor_of(request)
    if actor is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    demand_reading(actor)
    at = timezone.now()
    said = [
        Said(uuid4(), one.text, at, address=one.address, lon=one.lon, lat=one.lat, part_code=one.part_code)
        for one in payload.reports
    ]
    return PlacesOut(places=[_place_out(found) for found in place(said, at=at)])


def _place_out(found: PlaceProposal) -> PlaceOut:
    return PlaceOut(
        outcome=found.outcome.value, confidence=round(found.confidence, 3), precision=found.precision,
        lon=found.lon, lat=found.lat, area=found.area_id, address=found.address_id,
        parts=[PartOut(tag=tag, text=words) for tag, words in found.parts],
        candidates=[_candidate_out(one) for one in found.candidates],
        reasons=[ReasonOut(code=one.code, words=one.words) for one in found.reasons],
    )  # fmt: skip


def _candidate_out(one: PlaceCandidate) -> CandidateOut:
    return CandidateOut(
        words=one.words, confidence=one.confidence, lon=one.lon, lat=one.lat, area=one.area_id,
        address=one.address_id,
    )  # fmt: skip
