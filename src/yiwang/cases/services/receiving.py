"""Receiving 信息收集与案卷建立: a report comes in and becomes a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Refused, invalid
from ...kernel.search_text import index_grams, normalise
from ...ledger.public import Act, acting, indexer, sealer
from ...orgs.public import area_index
from ...places.public import Place, place_of
from ..enums import FollowUpKind, Privacy, RequestKind, Urgency, Voice
from ..events import CaseReceived, ReportFollowedUp
from ..models import Case, CaseSearch, FollowUp, Report, ReportLink
from ..states import RECEIVED
from .confirming import expect_same_day
from .moving import facts_of, move, permitted
from .numbers import new_number
from .passing_up import raise_by_rule
from .stages import open_stage
from .supervising import note_chase

MAX_TEXT = 20_000
#: Purpose of the blind index by which reports of one phone number are found.
BY_PHONE = "reporter"
_CONTACT = json.JSONEncoder(ensure_ascii=False)
_KINDS, _URGENCIES, _PRIVACIES = RequestKind.values, Urgency.values, Privacy.values


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What a door hands over for one report.

    Attributes:
        channel: code of the source.
        text: what was said; 1 to 20,000 characters.
        lon, lat: WGS84 degrees, both or neither.
        community: key of the community when the place is known only by it.
        contact: `name` and `phone` of the reporter; sealed at once.
        source_number: the source's own number; (channel, source_number) is unique.
        entered_by_staff: staff enters for somebody (代录).
        voice: who contacts the reporter, us or the source.
        rated_by_source: the source makes the final call and sends its rating.
        source_due_at: the limit of a source that owns it; we keep `source_margin` (`4 work_hour`) before it.
    """

    channel: str
    text: str
    kind: str = RequestKind.HELP
    urgency: str = Urgency.ORDINARY
    privacy: str = Privacy.OPEN
    title: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    community: UUID | None = None
    matter_class: UUID | None = None
    contact: Mapping[str, str] | None = None
    source_number: str | None = None
    occurred_at: datetime | None = None
    complained_unit: UUID | None = None
    is_sensitive: bool = False
    entered_by_staff: bool = False
    voice: str = Voice.US
    rated_by_source: bool = False
    source_due_at: datetime | None = None
    source_margin: str = ""


def receive_report(
    *, actor: Actor, at: datetime, draft: ReportDraft, accept: bool = False
) -> tuple[Report, Case]:
    """Register a report 登记诉求 and open its case in `received`.

    Args:
        accept: accept 受理 the case in the same act, when class and place are known already.

    Effects, in one transaction: report, case, dated link, search row; entries `cases.report_received` in the
    report's stream and `cases.received` in the case's; event `CaseReceived`.

    Raises:
        Refused: the actor may not register reports there, or may not accept.
        Invalid: a field is wrong; names it.
        Conflict: class or place is missing and `accept` was asked for.
    """
    check_draft(draft)
    place = find_place(draft, at)
    if not actor.may("cases.receive", community=place.community_id if place else None):
        raise _refusal(actor, place)
    with acting(actor=actor, at=at) as act:
        report, case = _open(act, draft, place)
        open_stage(act, case, steps=not accept)
        expect_same_day(act, case)
        if accept:
            accept_now(act, case)
        return report, case


def _refusal(actor: Actor, place: Place | None) -> Refused:
    """Why the actor may not register: there, or because nobody said where."""
    said = "您没有在该区域登记诉求的权限。"
    if place is None and actor.may_anywhere("cases.receive"):
        said = "没有填写地点，您只能登记本区域内的诉求，请选择社区或在地图上点选位置。"
    return Refused(said, code="cases.refused", act="cases.receive")


def _open(act: Act, draft: ReportDraft, place: Place | None) -> tuple[Report, Case]:
    report = build_report(act, draft)
    case = build_case(act.at, draft, report, place)
    act.insert(report)
    act.insert(case)
    act.insert(ReportLink(report_id=report.id, case_id=case.id, since=act.at))
    act.insert(search_row(case, draft.text))
    act.record(report, "cases.report_received", report_body(report, case.id))
    act.record(case, "cases.received", case_body(case, report.id))
    act.announce(CaseReceived(case_id=case.id, at=act.at, report_id=report.id))
    return report, case


def accept_now(act: Act, case: Case) -> None:
    """Accept a case inside an open act: to 立案 where the scheme demands it, else to dispatch."""
    facts = facts_of(case, actor=act.actor, at=act.at)
    action = "accept" if facts.demands_registering else "accept_directly"
    row = permitted(case, action, actor=act.actor, facts=facts)
    move(act, case, row, body={"class": case.matter_class, "community": case.community})
    raise_by_rule(act, case)
    expect_same_day(act, case)


def check_draft(draft: ReportDraft) -> None:
    """Raise `Invalid` for the first wrong field of a draft."""
    text = draft.text.strip()
    if not text:
        raise invalid("text", draft.text, "请填写诉求内容。")
    if len(text) > MAX_TEXT:
        raise invalid("text", f"{len(text)} 字", f"诉求内容不能超过 {MAX_TEXT} 字，请删减。")
    for name, value, choices in (
        ("kind", draft.kind, _KINDS),
        ("urgency", draft.urgency, _URGENCIES),
        ("privacy", draft.privacy, _PRIVACIES),
    ):
        if value not in choices:
            raise invalid(name, value, f"只能是 {'、'.join(choices)} 之一。")
    if (draft.lon is None) != (draft.lat is None):
        raise invalid("lon", draft.lon, "经度和纬度要么都填，要么都不填。")
    if draft.lon is not None and draft.lat is not None and not _on_earth(draft.lon, draft.lat):
        raise invalid(
            "lon", f"{draft.lon},{draft.lat}", "坐标超出范围，请核对经度（-180~180）和纬度（-90~90）。"
        )
    if draft.matter_class is not None and draft.matter_class not in catalog_index().class_by_id:
        raise invalid("matter_class", draft.matter_class, "没有这个事项类别，请从事项目录中选择。")


def _on_earth(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


def find_place(draft: ReportDraft, at: datetime) -> Place | None:
    """The place of a draft: by its coordinates, else by its community; None when neither says."""
    if draft.lon is not None and draft.lat is not None:
        found = place_of(draft.lon, draft.lat, at=at)
        if found is not None or draft.community is None:
            return found
    if draft.community is None:
        return None
    chain = area_index().chain(draft.community)
    if chain is None or chain.community_id is None:
        raise invalid("community", draft.community, "没有这个社区，请重新选择。")
    return Place(chain.district_id, chain.street_id, chain.community_id, None)


def build_report(act: Act, draft: ReportDraft) -> Report:
    """The report row of a draft; the contact is sealed."""
    report = Report(
        number=new_number(act.at, "R"),
        channel=draft.channel,
        source_number=draft.source_number,
        kind=draft.kind,
        urgency=draft.urgency,
        privacy=draft.privacy,
        text=draft.text.strip(),
        address=draft.address,
        lon=draft.lon,
        lat=draft.lat,
        entered_by=act.actor.account_id if draft.entered_by_staff else None,
        complained_unit=draft.complained_unit,
        occurred_at=draft.occurred_at,
        received_at=act.at,
        voice=draft.voice,
        rated_by_source=draft.rated_by_source,
        source_due_at=draft.source_due_at,
        source_margin=draft.source_margin,
    )
    report.contact, report.contact_index = sealed_contact(draft, report.id)
    return report


def sealed_contact(
    draft: ReportDraft,
    report_id: UUID,
    *,
    sealed: Callable[[str, bytes], bytes] | None = None,
    indexed: Callable[[str], bytes] | None = None,
) -> tuple[bytes | None, bytes | None]:
    """The draft's contact sealed for its report, and the blind index of its phone; None where none.

    Args:
        sealed, indexed: `sealer()` and `indexer(BY_PHONE)`, which a batch asks for once.
    """
    contact = {k: v.strip() for k, v in (draft.contact or {}).items() if v and v.strip()}
    if not contact or draft.privacy == Privacy.ANONYMOUS:
        return None, None
    text, phone = _CONTACT.encode(contact), contact.get("phone")
    index = (indexed or indexer(BY_PHONE))(phone) if phone else None
    return (sealed or sealer())(text, report_id.bytes), index


def build_case(at: datetime, draft: ReportDraft, report: Report, place: Place | None) -> Case:
    """The case row that a report opens."""
    return Case(
        number=new_number(at),
        state=RECEIVED,
        title=title_of(draft),
        channel=draft.channel,
        kind=draft.kind,
        urgency=draft.urgency,
        privacy=draft.privacy,
        is_sensitive=draft.is_sensitive,
        matter_class=draft.matter_class,
        district=place.district_id if place else None,
        street=place.street_id if place else None,
        community=place.community_id if place else None,
        grid=place.grid_id if place else None,
        address=draft.address,
        lon=draft.lon,
        lat=draft.lat,
        complained_unit=draft.complained_unit,
        source_due_at=draft.source_due_at,
        created_at=at,
        is_reachable=is_reachable(draft, has_contact=report.contact is not None),
    )


def is_reachable(draft: ReportDraft, *, has_contact: bool) -> bool:
    """Whether a unit is to contact the reporter: a contact is known, open to it, and ours to use."""
    open_to_unit = draft.privacy == Privacy.OPEN and draft.kind != RequestKind.TIP_OFF
    return has_contact and open_to_unit and draft.voice == Voice.US


def title_of(draft: ReportDraft) -> str:
    """The given title, else the first 40 characters of the text."""
    title = " ".join((draft.title or draft.text).split())
    return title if len(title) <= 40 else title[:39] + "…"


def search_row(case: Case, text: str) -> CaseSearch:
    """The search row of a new case."""
    body = normalise(f"{case.number} {case.title} {text} {case.address}")
    return CaseSearch(
        case_id=case.id, body=body, grams=index_grams(body, (case.district, case.street, case.community))
    )


def report_body(report: Report, case_id: UUID) -> dict[str, object]:
    """Journal body of a received report: codes, and a commitment to the text."""
    return {
        "number": report.number,
        "channel": report.channel,
        "kind": report.kind,
        "case": case_id,
        "text": commitment(report.text, bytes(report.salt)),
        **limit_body(report.source_due_at, report.source_margin),
    }


def limit_body(due_at: datetime | None, margin: str) -> dict[str, object]:
    """What journal bodies say of a source's limit; nothing without one."""
    return {} if due_at is None else {"source_due_at": due_at, "margin": margin}


def case_body(case: Case, report_id: UUID) -> dict[str, object]:
    """Journal body of a new case."""
    return {
        "number": case.number,
        "state": case.state,
        "report": report_id,
        "class": case.matter_class,
        "community": case.community,
        "grid": case.grid,
        **({} if case.source_due_at is None else {"source_due_at": case.source_due_at}),
    }


def follow_up_report(*, actor: Actor, at: datetime, report_id: UUID, kind: str, text: str = "") -> FollowUp:
    """Take an addition 补充 or a chase 催办 to a report; the report itself is never edited.

    The case it belongs to now gets an entry, so whoever works on it is told.

    Raises:
        Invalid: an addition without text.
    """
    text = text.strip()
    if kind == FollowUpKind.ADDITION and not text:
        raise invalid("text", text, "请填写补充内容。")
    if kind not in FollowUpKind.values:
        raise invalid("kind", kind, f"只能是 {'、'.join(FollowUpKind.values)} 之一。")
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        link = current_link(act, report_id)
        case = act.lock(Case, link.case_id)
        if not actor.may("cases.receive", community=case.community):
            raise Refused("您没有补充该诉求的权限。", code="cases.refused", act="cases.receive")
        return add_follow_up(act, report, case, kind, text)


def add_follow_up(act: Act, report: Report, case: Case, kind: str, text: str) -> FollowUp:
    """The follow-up row with its entries and event, inside an open act."""
    row = act.insert(
        FollowUp(report_id=report.id, kind=kind, text=text, entered_by=act.actor.account_id, at=act.at)
    )
    body: dict[str, object] = {"follow_up": row.id, "kind": kind}
    if text:
        body["text"] = commitment(text, bytes(row.salt))
    act.record(report, "cases.followed_up", body)
    act.record(case, "cases.followed_up", {"state": case.state, "report": report.id, "kind": kind})
    act.announce(ReportFollowedUp(case_id=case.id, at=act.at, report_id=report.id, follow_up=kind))
    if kind == FollowUpKind.CHASE:
        note_chase(act, case)
    return row


def current_link(act: Act, report_id: UUID) -> ReportLink:
    """The open link of a report, locked."""
    return next(link for link in act.fetch(ReportLink, report=report_id) if link.until is None)
