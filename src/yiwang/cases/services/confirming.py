"""Confirming on the spot 现场感知确认: by camera, by drone or by the nearest worker, before the dispatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act
from ..enums import ConfirmationMeans, ConfirmationResult
from ..models import Case, SiteConfirmation
from ..states import DISPATCHING, RECEIVED, REGISTERING, VERIFYING
from .moving import acting_on, facts_of, move, open_tasks, permitted
from .nearest import nearest_on_duty
from .same_day import open_row, open_same_day
from .site_pictures import scene_pictures

CONFIRM_SITE = "cases.confirm_site"
_RESULTS = tuple(value for value in ConfirmationResult.values if value != ConfirmationResult.PENDING)


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody saw on the spot 感知情况.

    Attributes:
        means: one of `ConfirmationMeans`.
        result: `real`, `not_real` or `not_found`.
        lon, lat: where, in WGS84 degrees; a worker must say it, camera and drone may leave it to the case.
        note: what was seen; must be given when it is not real or not found.
    """

    means: str
    result: str
    lon: float | None = None
    lat: float | None = None
    note: str = ""


def expect_same_day(act: Act, case: Case, *, found_at: datetime | None = None, channel: str = "") -> None:
    """A ruled matter came in, is accepted or done again 安全隐患: its clock runs, somebody is asked to look.

    Args:
        found_at: the discovery; by default when the case came in.
        channel: through which it was discovered; the case's own by default.
    """
    row = open_same_day(act, case, found_at=found_at or case.created_at, channel=channel)
    if row is None or not row.must_confirm:
        return
    if not SiteConfirmation.objects.filter(case=case).exclude(result=ConfirmationResult.NOT_FOUND).exists():
        ask_site_confirmation(act, case)


def ask_site_confirmation(act: Act, case: Case) -> SiteConfirmation | None:
    """Ask the nearest on duty to look 派人确认, inside an open act; None when somebody is asked already.

    Nobody on duty: the request stands without a person, for whoever may look in that place.
    """
    if any(row.result == ConfirmationResult.PENDING for row in confirmations(act, case)):
        return None
    nearest = nearest_on_duty(case, act.at, act=CONFIRM_SITE)
    row = act.insert(
        SiteConfirmation(
            case_id=case.id,
            worker=nearest.account_id if nearest else None,
            asked_by=act.actor.account_id,
            asked_at=act.at,
        )
    )
    body = {"state": case.state, "confirmation": row.id, "worker": row.worker}
    act.record(case, "cases.site_confirmation_asked", body)
    return row


def confirmations(act: Act, case: Case) -> list[SiteConfirmation]:
    """Every look at a case, locked."""
    return act.fetch(SiteConfirmation, case=case.id)


def confirm_on_site(
    *, actor: Actor, at: datetime, case_id: UUID, look: Look, expected: int | None = None
) -> Case:
    """Say what was found on the spot 现场感知确认, with place, time and a picture of the stage `scene`.

    Real: a case that waits for verification is confirmed, any other may now be dispatched. Not real: the
    case ends, unless a unit is at work already. Not found: it stays and somebody else is asked.

    Raises:
        Refused: the actor may not.
        Conflict: no picture was added since the request, or the case is no same-day matter.
        Invalid: the result, the means, the place or the words are missing.
    """
    _check(look)
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "confirm_on_site", actor=actor, facts=facts_of(case, actor=actor, at=at))
        same_day = open_row(act, case)
        assert same_day is not None, "the guard has seen the open row"
        known = confirmations(act, case)
        if any(each.result == ConfirmationResult.REAL for each in known):
            raise Conflict("该案件已经现场确认属实。", code="cases.site_confirmed_already")
        found = next((each for each in known if each.result == ConfirmationResult.PENDING), None)
        since = found.asked_at if found else same_day.found_at
        pictures = scene_pictures(case.id, since=since)
        if not pictures:
            raise Conflict("现场感知确认须附现场照片，请先拍照上传。", code="cases.site_picture")
        row_of_look = _write(act, case, found, look, pictures)
        body = {
            "confirmation": row_of_look.id,
            "means": look.means,
            "result": look.result,
            "pictures": pictures,
        }
        row_of_look.seq = move(act, case, row, body=body, reason=look.note)
        _follow(act, case, look)
    return case


def _check(look: Look) -> None:
    if look.means not in ConfirmationMeans.values:
        raise invalid("means", look.means, "请选择视频、无人机或就近人员到场。")
    if look.result not in _RESULTS:
        raise invalid("result", look.result, "请选择属实、不属实或未找到。")
    if (look.lon is None) != (look.lat is None):
        raise invalid("lon", look.lon, "经度和纬度要么都填，要么都不填。")
    if not -180 <= (look.lon or 0) <= 180 or not -90 <= (look.lat or 0) <= 90:
        raise invalid("lon", f"{look.lon},{look.lat}", "坐标超出范围，请核对经度和纬度。")
    if look.means == ConfirmationMeans.WORKER and look.lon is None:
        raise invalid("lon", "", "到场确认须有现场位置，请允许定位或在地图上选点。")
    if look.result != ConfirmationResult.REAL and not look.note.strip():
        raise invalid("note", "", "不属实或未找到的，须写明现场情况。")


def _write(
    act: Act, case: Case, found: SiteConfirmation | None, look: Look, pictures: int
) -> SiteConfirmation:
    row = found or SiteConfirmation(case_id=case.id, asked_at=act.at, asked_by=act.actor.account_id)
    row.means, row.result, row.pictures = look.means, look.result, pictures
    row.lon, row.lat = (case.lon, case.lat) if look.lon is None else (look.lon, look.lat)
    row.at, row.by, row.post = act.at, act.actor.account_id, act.actor.post_id
    if found is None:
        return act.insert(row)
    act.update(row, "means", "result", "pictures", "lon", "lat", "seq", "at", "by", "post")
    return row


def _follow(act: Act, case: Case, look: Look) -> None:
    """What the result does to the case 确认之后."""
    if look.result == ConfirmationResult.REAL and case.state == VERIFYING:
        case.verified_at = act.at
        act.update(case, "verified_at")
        _carry(act, case, "confirm", "")
    elif look.result == ConfirmationResult.NOT_REAL:
        if case.state == VERIFYING:
            _carry(act, case, "refute", look.note)
        elif case.state in {RECEIVED, REGISTERING, DISPATCHING} and not open_tasks(act, case):
            _carry(act, case, "refute_on_site", look.note)
    elif look.result == ConfirmationResult.NOT_FOUND:
        act.flush()
        ask_site_confirmation(act, case)


def _carry(act: Act, case: Case, action: str, reason: str) -> None:
    facts = facts_of(case, actor=act.actor, at=act.at)
    move(act, case, permitted(case, action, actor=act.actor, facts=facts), reason=reason)
