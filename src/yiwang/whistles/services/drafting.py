"""Drafting 起草 and blowing 吹哨: what it is about, whether the list allows it, and to whom it goes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...cases.public import Case, case_for, local_day
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act, acting
from ...orgs.public import area_index, unit_index
from ...places.public import place_of
from ..errors import KindSwitchedOff, MatterNotListed
from ..models import Whistle, WhistleCase, WhistleKind, WhistleMatter
from ..permissions import require
from ..queries.facts import facts_of, kind_of, missing_of
from ..queries.rulebook import matter_covers, rulebook
from ..states import DRAFT, DRAFTS, WHISTLE
from .moving import acting_on, move, new_number, note, permitted, set_fields, step

#: Longest texts.
MOST_TITLE, MOST_TEXT = 80, 4000


@dataclass(frozen=True, slots=True)
class WhistleDraft:
    """What a whistle says 哨的内容, as entered.

    Attributes:
        kind: code of the kind.
        matter: a matter of the list.
        area: the area it is about, such as a community, a street or a shared zone.
        cases: cases it is blown for; the place of the first is taken when none is given.
        units: units or outside units that the whistler proposes.
        whistler_unit: on whose behalf; by default the actor's unit.
        enterprise: the firm, for 企业哨.
        fence_metres: how near the units must report; by default what the kind says.
    """

    kind: str
    title: str
    reasons: str = ""
    tried: str = ""
    wanted: str = ""
    matter: UUID | None = None
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    area: UUID | None = None
    cases: Sequence[UUID] = ()
    units: Sequence[UUID] = ()
    whistler_unit: UUID | None = None
    enterprise: str = ""
    fence_metres: int | None = None
    gather_at: datetime | None = None
    gather_place: str = ""


def draft_whistle(*, actor: Actor, at: datetime, draft: WhistleDraft) -> Whistle:
    """Draft a whistle (起草): only the whistler's side sees it.

    Raises:
        NotPermitted; NotFound: a case that the actor may not see.
        KindSwitchedOff; Conflict: a sensitive case. Invalid: names the field.
    """
    kind = kind_in_use(draft.kind, at)
    unit = draft.whistler_unit or actor.unit_id
    if unit is None or unit not in unit_index().by_id:
        raise invalid("whistler_unit", unit, "请选择吹哨单位。")
    cases = [attachable(actor, key) for key in dict.fromkeys(draft.cases)]
    values = draft_values(draft, kind, unit, cases, at)
    _require_drafting(actor, kind, unit, values["home_communities"])
    number = new_number(at)
    with acting(actor=actor, at=at) as act:
        whistle = act.insert(
            Whistle(
                number=number, state=DRAFT, whistler_unit=unit, whistler_post=actor.post_id,
                created_by=actor.account_id, created_at=at, **values,
            )
        )  # fmt: skip
        for case in cases:
            act.insert(WhistleCase(whistle_id=whistle.id, case_id=case.id))
        body = {"number": number, "kind": kind.code, "unit": unit, "cases": [case.id for case in cases]}
        note(act, whistle, "drafted", {**body, "text": text_commitment(whistle)})
    return whistle


def change_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, draft: WhistleDraft, expected: int | None = None
) -> Whistle:
    """Change a draft (修改草稿); its cases and its unit stay.

    Raises:
        NotPermitted, KindSwitchedOff, StaleVersion; Conflict: it was blown. Invalid: names the field.
    """
    kind = kind_in_use(draft.kind, at)
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        _require_drafting(actor, kind, whistle.whistler_unit, whistle.home_communities, whistle)
        row = step(WHISTLE, whistle, "change")
        links = act.fetch(WhistleCase, lock=False, whistle=whistle.id)
        cases = list(Case.objects.filter(pk__in=[link.case_id for link in links]))
        set_fields(act, whistle, **draft_values(draft, kind, whistle.whistler_unit, cases, at))
        move(act, whistle, row, body={"kind": kind.code, "text": text_commitment(whistle)})
    return whistle


def blow_whistle(*, actor: Actor, at: datetime, whistle_id: UUID, expected: int | None = None) -> Whistle:
    """Blow a whistle 吹哨: the draft goes to whoever approves its kind.

    Raises:
        NotPermitted: the actor does not hold the act that the kind names (启动权).
        MatterNotListed: the matter is on no list that holds today. KindSwitchedOff.
        Conflict: something is missing (`is_complete`).
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        facts = facts_of(whistle, actor=actor, missing=missing_of(whistle))
        row = permitted(whistle, "blow", actor=actor, facts=facts)
        kind = kind_in_use(kind_of(whistle).code, at)
        check_matter(act, whistle, kind)
        set_fields(
            act, whistle, kind_id=kind.id, blown_by=actor.account_id, blown_at=at,
            whistler_post=actor.post_id or whistle.whistler_post,
        )  # fmt: skip
        move(act, whistle, row, body={"kind": kind.code, "matter": whistle.matter_id})
    return whistle


def kind_in_use(code: str, at: datetime) -> WhistleKind:
    """The row in force of a kind that is switched on.

    Raises:
        Invalid: there is no such kind. KindSwitchedOff: it is not in use here.
    """
    kind = rulebook().kind_named(code, local_day(at))
    if not kind.is_on:
        raise KindSwitchedOff(f"“{kind.name}”没有启用，请在哨种页面启用或选择其他哨种。", kind=code)
    return kind


def check_matter(act: Act, whistle: Whistle, kind: WhistleKind) -> WhistleMatter:
    """The matter of a whistle, when the list (吹哨事项清单) allows it today.

    Raises:
        MatterNotListed: no matter, one of another kind, one that ended, or a class that no case has.
    """
    listed = rulebook().matters_for(kind.code, local_day(act.at))
    matter = next((row for row in listed if row.id == whistle.matter_id), None)
    if matter is None:
        known = rulebook().matter(whistle.matter_id) if whistle.matter_id else None
        names = "、".join(row.name for row in listed[:8]) or "无"
        raise MatterNotListed(
            f"“{known.name if known else ''}”不在“{kind.name}”的吹哨事项清单内。清单现有：{names}。",
            kind=kind.code,
        )
    if matter.matter_class is not None:
        links = act.fetch(WhistleCase, lock=False, whistle=whistle.id)
        classes = Case.objects.filter(pk__in=[link.case_id for link in links])
        found = list(classes.values_list("matter_class", flat=True))
        if found and not matter_covers(matter, found):
            raise MatterNotListed(
                f"所附案件都不属于清单事项“{matter.name}”，请更换事项或案件。", kind=kind.code
            )
    return matter


def text_commitment(whistle: Whistle) -> str:
    """What the journal holds of the texts."""
    return commitment("\n".join((whistle.reasons, whistle.tried, whistle.wanted)), bytes(whistle.salt))


def _require_drafting(
    actor: Actor, kind: WhistleKind, unit: UUID, home: Sequence[UUID], whistle: Whistle | None = None
) -> None:
    """Whoever may blow the kind, or drafts for who may, within the unit or its own communities."""
    own = whistle is not None and actor.account_id is not None and actor.account_id == whistle.created_by
    allowed = any(
        actor.may(act, units=[unit]) or any(actor.may(act, community=c) for c in home)
        for act in (kind.blow_act, DRAFTS)
    )
    require(allowed or own, kind.blow_act, unit=unit)


def attachable(actor: Actor, case_id: UUID) -> Case:
    """A case that may be attached to a whistle.

    Raises:
        NotFound: one that the actor may not see. Conflict: a sensitive case.
    """
    case = case_for(actor, case_id)
    if case.is_sensitive:
        raise Conflict(
            f"案件 {case.number} 是敏感案件，不能附在哨上，请另写事由。", code="whistles.sensitive_case"
        )
    return case


def draft_values(
    draft: WhistleDraft, kind: WhistleKind, unit: UUID, cases: Sequence[Case], at: datetime
) -> dict[str, Any]:
    """The columns of a whistle that a draft fills.

    Raises:
        Invalid: names the field.
    """
    texts = {
        "title": draft.title, "reasons": draft.reasons, "tried": draft.tried, "wanted": draft.wanted
    }  # fmt: skip
    for name, text in texts.items():
        if len(text) > (MOST_TITLE if name == "title" else MOST_TEXT):
            raise invalid(name, text[:20], f"不超过 {MOST_TITLE if name == 'title' else MOST_TEXT} 字。")
    if not draft.title.strip():
        raise invalid("title", "", "请填写标题。")
    if kind.most_units and len(draft.units) > kind.most_units:
        raise invalid("units", len(draft.units), f"该哨种最多 {kind.most_units} 个单位。")
    if draft.matter is not None and rulebook().matter(draft.matter) is None:
        raise invalid("matter", draft.matter, "清单中没有这个事项，请重新选择。")
    for key in draft.units:
        check_party(key)
    place = _place(draft, cases, unit, at)
    return {
        **{name: text.strip() for name, text in texts.items()},
        **place,
        "kind_id": kind.id,
        "matter_id": draft.matter,
        "proposed_units": list(dict.fromkeys(draft.units)),
        "enterprise": draft.enterprise.strip()[:100],
        "fence_metres": draft.fence_metres or kind.fence_metres,
        "gather_at": draft.gather_at,
        "gather_place": draft.gather_place.strip()[:200],
    }


def check_party(key: UUID) -> None:
    """Raise `Invalid` unless the key is a unit that stands today or an outside unit in use."""
    outside = rulebook().outside_unit(key)
    node = unit_index().by_id.get(key)
    if outside is not None and outside.ended_at is None:
        return
    if node is None or not node.stands_on(unit_index().day):
        raise invalid("units", key, "没有这个单位，请重新选择。")


def street_of(unit: UUID) -> UUID | None:
    """The street that a unit is of."""
    home_area = unit_index().by_id[unit].home_area_id
    return area_index().chain(home_area).street_id if home_area else None


def _place(draft: WhistleDraft, cases: Sequence[Case], unit: UUID, at: datetime) -> dict[str, Any]:
    """Point, address and communities: as given, else those of the first case; those at home among them."""
    lon, lat, address, area = draft.lon, draft.lat, draft.address.strip(), draft.area
    given = lon is not None or area is not None
    if (lon is None) != (lat is None):
        raise invalid("lon", lon, "经度和纬度须同时填写。")
    communities: set[UUID] = set()
    if not given and cases:
        lon, lat = cases[0].lon, cases[0].lat
        communities |= {case.community for case in cases if case.community is not None}
    if cases and not address:
        address = cases[0].address
    index = area_index(local_day(at))
    if area is not None:
        if area not in index.by_id:
            raise invalid("area", area, "没有这个区域，请重新选择。")
        communities |= index.communities_under(area)
    if lon is not None and lat is not None and not communities:
        found = place_of(lon, lat, at=at)
        communities |= {found.community_id} if found and found.community_id else set()
    home_area = unit_index().by_id[unit].home_area_id
    ground = index.communities_under(home_area) if home_area else frozenset()
    own = communities & ground if ground else communities
    return {
        "lon": lon, "lat": lat, "address": address[:300], "area": area,
        "communities": sorted(communities or ground),
        "home_communities": sorted(own or ground or communities),
        "street": index.chain(home_area).street_id if home_area else None,
    }  # fmt: skip
