"""API of the owner stage 责任单位: who answers for many reports at once, and the standard processes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field

from ...catalog.public import catalog_index, limit_words, role_words, standard_processes
from ...interface.public import ProblemOut, actor_of
from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, Refused
from ...orgs.public import area_index, unit_index
from ..rules.proposals import OwnerProposal
from ..rules.said import Said
from ..services.owning import own

router = Router(tags=["triage"])
PROBLEMS = dict.fromkeys((401, 403, 422), ProblemOut)
#: Most reports in one call.
MOST = 1000


class OwnIn(Schema):
    """One matter to find the owner of: a class by key, or by scheme and code; an area or a WGS84 point."""

    model_config = ConfigDict(extra="forbid", strict=False)

    text: str = Field("", max_length=4000)
    class_id: UUID | None = None
    scheme: str = Field("", max_length=40)
    class_code: str = Field("", max_length=24)
    area_id: UUID | None = None
    area_code: str = Field("", max_length=40)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)


class MattersIn(Schema):
    """Matters, at most 1,000, and the instant whose list holds (by default now)."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime | None = None
    matters: list[OwnIn] = Field(min_length=1, max_length=MOST)


class ReasonOut(Schema):
    """One reason: which rule spoke, and its words."""

    code: str
    words: str


class UnitOut(Schema):
    """A unit by key, code and name."""

    id: UUID
    code: str
    name: str


class OwnerOut(Schema):
    """Who answers for a matter, by when, where, and why."""

    outcome: str
    host: UnitOut | None
    co_units: list[UnitOut]
    row_id: UUID | None
    beaten: list[UUID]
    condition_id: UUID | None
    limit: str
    grid_id: UUID | None
    process: str
    dispatches: bool
    reasons: list[ReasonOut]


class OwnersOut(Schema):
    """An answer for each matter, in order."""

    items: list[OwnerOut]


class StepOut(Schema):
    """A step of a standard process; exactly one of `act` and `unit_kind` is set."""

    ordinal: int
    what: str
    act: str
    unit_kind: str
    role: str
    limit: str
    limit_words: str
    proof: list[str]
    next_ordinal: int | None


class ProcessOut(Schema):
    """A standard process as it holds today."""

    id: UUID
    code: str
    name: str
    scheme: str
    class_code: str
    class_name: str
    area_code: str
    is_example: bool
    can_dispatch: bool
    dispatches: bool
    basis: str
    steps: list[StepOut]


class ProcessesOut(Schema):
    """Every standard process in force, by code."""

    items: list[ProcessOut]


def _actor(request: HttpRequest) -> Actor:
    found = actor_of(request)
    if found is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    return found


@router.post("/triage/own", response={200: OwnersOut, **PROBLEMS}, summary="Who answers for matters")
def find_owners(request: HttpRequest, given: MattersIn) -> OwnersOut:
    """Host, co-units, limit, grid and standard process of each matter with reasons; nothing is kept."""
    actor = _actor(request)
    if not (actor.may_anywhere("cases.receive") or actor.may_anywhere("cases.dispatch")):
        raise Refused("您没有登记诉求或派遣的权限。", code="triage.refused", act="cases.dispatch")
    at = given.at or timezone.now()
    said = [
        Said(
            key=uuid4(), text=one.text, at=at, lon=one.lon, lat=one.lat if one.lon is not None else None,
            class_id=_class_of(one, number), area_id=_area_of(one, number),
        )
        for number, one in enumerate(given.matters)
    ]  # fmt: skip
    return OwnersOut(items=[_owner_out(proposal) for proposal in own(said, at=at)])


@router.get("/triage/processes", response={200: ProcessesOut, **PROBLEMS}, summary="Standard processes")
def list_processes(request: HttpRequest) -> ProcessesOut:
    """Every standard process in force today with its steps, by code."""
    _actor(request)
    at = timezone.now()
    index, areas = catalog_index(at), area_index().by_id
    found = []
    for node in standard_processes(at):
        matter = index.class_by_id[node.class_id]
        found.append(
            ProcessOut(
                id=node.id, code=node.code, name=node.name, scheme=matter.scheme_code,
                class_code=matter.code, class_name=matter.name,
                area_code=areas[node.area_id].code if node.area_id in areas and node.area_id else "",
                is_example=node.is_example, can_dispatch=node.can_dispatch, dispatches=node.dispatches,
                basis=node.basis,
                steps=[
                    StepOut(
                        ordinal=step.ordinal, what=step.what, act=step.act, unit_kind=step.unit_kind,
                        role=role_words(step), limit=f"{step.limit[0]} {step.limit[1]}" if step.limit else "",
                        limit_words=limit_words(step.limit), proof=list(step.proof),
                        next_ordinal=step.next_ordinal,
                    )
                    for step in node.steps
                ],
            )
        )  # fmt: skip
    return ProcessesOut(items=found)


def _class_of(one: OwnIn, number: int) -> UUID | None:
    if one.class_id or not one.class_code:
        return one.class_id
    node = catalog_index().class_by_code(one.scheme, one.class_code)
    if node is None:
        raise _unknown(number, "class_code", one.class_code, "这个分类体系里没有该分类。")
    return node.id


def _area_of(one: OwnIn, number: int) -> UUID | None:
    if one.area_id or not one.area_code:
        return one.area_id
    node = area_index().by_code.get(one.area_code)
    if node is None:
        raise _unknown(number, "area_code", one.area_code, "没有该代码的区域。")
    return node.id


def _unknown(number: int, field: str, value: str, remedy: str) -> Invalid:
    return Invalid(remedy, [FieldProblem(f"matters.{number}.{field}", value, remedy)])


def _owner_out(found: OwnerProposal) -> OwnerOut:
    return OwnerOut(
        outcome=found.outcome.value,
        host=_unit_out(found.host_id),
        co_units=[unit for key in found.co_unit_ids if (unit := _unit_out(key))],
        row_id=found.row_id,
        beaten=list(found.beaten),
        condition_id=found.condition_id,
        limit=found.limit,
        grid_id=found.grid_id,
        process=found.process,
        dispatches=found.dispatches,
        reasons=[ReasonOut(code=reason.code, words=reason.words) for reason in found.reasons],
    )


def _unit_out(key: UUID | None) -> UnitOut | None:
    node: Any = unit_index().by_id.get(key) if key else None
    return UnitOut(id=node.id, code=node.code, name=node.name) if node else None
