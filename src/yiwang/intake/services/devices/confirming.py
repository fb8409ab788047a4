"""Confirming 云上顶山: who on duty is nearest to an alarm looks at it; what they find is the false rate."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ....cases.public import Case, confirm_case, nearest_on_duty, refute_case, request_verification
from ....kernel.actor import Actor, system_actor
from ....kernel.errors import Conflict, NotFound
from ...enums import AlarmOutcome, AlarmVerdict
from ...models import CameraAlarm
from ...queries.channels import LiveChannel
from ...rules.camera_settings import CameraSettings

ACTOR = system_actor("camera", "cases.accept", "cases.view")


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
