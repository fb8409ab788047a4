"""Confirming 云上顶山: who on duty is nearest to an alarm looks at it; what they find is the false rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, hypot, radians
from uuid import UUID

from django.db import transaction

from ....cases.public import Case, confirm_case, refute_case, request_verification
from ....kernel.actor import Actor, system_actor
from ....kernel.errors import Conflict, NotFound
from ....orgs.public import DutyRoster, Holding, area_index, post_index, post_kinds
from ....places.public import extent_of
from ...enums import AlarmOutcome, AlarmVerdict
from ...models import CameraAlarm
from ...queries.channels import LiveChannel
from ...rules.camera_settings import CameraSettings

ACTOR = system_actor("camera", "cases.accept", "cases.view")
VERIFY = "cases.verify"
_METRES = 111_320.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on duty who may verify a case 候选网格员.

    Attributes:
        nearness: 0 for the grid's own, 1 for another grid of the community, 2 for a wider area.
        metres: from the alarm to the middle of the area.
    """

    nearness: int
    metres: float
    account_id: UUID


def ask_for_confirmation(
    channel: LiveChannel, settings: CameraSettings, *, number: str, case_id: UUID, at: datetime
) -> UUID | None:
    """Send the case of a camera's report to verification 派核, to the nearest on duty; their account.

    Nobody on duty: the case stays with those who accept, as any other.
    """
    alarm = CameraAlarm.objects.filter(
        channel=channel.code, number=number, outcome=AlarmOutcome.REPORTED
    ).first()
    if alarm is None:
        return None
    alarm.case = case_id
    if settings.confirm:
        case = Case.objects.get(pk=case_id)
        nearest = nearest_on_duty(case, at)
        if nearest is not None:
            request_verification(actor=ACTOR, at=at, case_id=case_id)
            alarm.worker, alarm.worker_told_at = nearest.account_id, at
    alarm.save(update_fields=["case", "worker", "worker_told_at"])
    return alarm.worker


def nearest_on_duty(case: Case, at: datetime) -> Candidate | None:
    """Who on duty is nearest to a case and may verify it 就近在岗人员."""
    if case.community is None:
        return None
    posts = _posts_around(case)
    if not posts:
        return None
    holdings = Holding.objects.filter(post_id__in=posts, starts_at__lte=at).exclude(ends_at__lte=at)
    held = list(holdings.values_list("account_id", "post_id"))
    rostered = set(
        DutyRoster.objects.filter(
            account_id__in={account for account, _ in held}, starts_at__lte=at, ends_at__gt=at
        ).values_list("account_id", "post_kind__code")
    )
    kinds = {post_id: post_index()[post_id].kind_code for post_id in posts}
    found = [
        Candidate(*posts[post_id], account)
        for account, post_id in held
        if (account, kinds[post_id]) in rostered
    ]
    return min(found, key=lambda one: (one.nearness, one.metres, str(one.account_id)), default=None)


def judge_alarm(*, actor: Actor, at: datetime, alarm_id: UUID, real: bool, note: str = "") -> CameraAlarm:
    """Say what was found on the spot 核实告警: the case is confirmed, or refuted with the reason.

    Raises:
        NotFound: no such alarm, or none with a case.
        Refused: the actor may not verify the case.
        Conflict: it does not wait for verification any more.
    """
    with transaction.atomic():
        alarm = CameraAlarm.objects.select_for_update().filter(pk=alarm_id).first()
        if alarm is None or alarm.case is None:
            raise NotFound("没有这条待核实的告警。", code="intake.no_alarm")
        if alarm.verdict != AlarmVerdict.PENDING:
            raise Conflict("该告警已经核实。", code="intake.alarm_judged")
        if real:
            confirm_case(actor=actor, at=at, case_id=alarm.case)
        else:
            refute_case(actor=actor, at=at, case_id=alarm.case, reason=note)
        alarm.verdict = AlarmVerdict.CONFIRMED if real else AlarmVerdict.REFUTED
        alarm.save(update_fields=["verdict"])
    return alarm


def note_verdict(*, case_id: UUID, real: bool) -> int:
    """Take over what was found through the case itself; how many alarms it concerns."""
    verdict = AlarmVerdict.CONFIRMED if real else AlarmVerdict.REFUTED
    return CameraAlarm.objects.filter(case=case_id, outcome=AlarmOutcome.REPORTED).update(verdict=verdict)


def _posts_around(case: Case) -> dict[UUID, tuple[int, float]]:
    """Open posts that may verify in the case's community: nearness and metres."""
    assert case.community is not None
    verifying = {kind.code for kind in post_kinds().values() if any(act == VERIFY for act, _ in kind.grants)}
    index = area_index()
    grids = {node.id for node in index.children(case.community)}
    wider = {node.id for node in index.ancestors(case.community)}
    found: dict[UUID, tuple[int, float]] = {}
    for post in post_index().values():
        if post.closed_at is not None or post.kind_code not in verifying or post.area_id is None:
            continue
        if post.area_id == case.grid:
            found[post.id] = (0, 0.0)
        elif post.area_id in grids:
            found[post.id] = (1, _metres(case, post.area_id))
        elif post.area_id in wider:
            found[post.id] = (2 + _steps(wider, post.area_id, case.community), 0.0)
    return found


def _steps(wider: set[UUID], area_id: UUID, community: UUID) -> int:
    """How many levels an area lies above the community."""
    line: Sequence[UUID] = [node.id for node in area_index().ancestors(community)]
    return line.index(area_id)


def _metres(case: Case, area_id: UUID) -> float:
    """From the alarm to the middle of an area; far away when either is unknown."""
    extent = extent_of([area_id])
    if extent is None or case.lon is None or case.lat is None:
        return float("inf")
    west, south, east, north = extent
    x = ((west + east) / 2 - case.lon) * cos(radians(case.lat))
    return hypot(x, (south + north) / 2 - case.lat) * _METRES
