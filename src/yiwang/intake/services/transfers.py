"""Transfers 转派外部平台: a case is handed to another city's platform, and what people do about it.

Sending itself is the intake process's work (`doors.open311.carrying`). Only cases that everybody may know of
are sent: never one that is sensitive, nor a report that asks for confidence, is anonymous or a tip-off; and
never a reporter's name or contact.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from ...cases.public import OPEN_STATES, Case, is_hidden, may, reports_of, task_units
from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, invalid
from ...ledger.public import Act, acting
from ..enums import TransferState
from ..models import Transfer
from ..queries.channels import LiveChannel
from ..queries.transfers import remote_of, sending_channel
from ..rules.open311.stages import IDLE, NUMBERABLE

ACT = "intake.transfer"
MAX_TEXT = 3_500


def transfer_case(
    *, actor: Actor, at: datetime, case_id: UUID, channel_id: UUID, description: str
) -> Transfer:
    """Hand a case to another city 转派外部平台; the intake process sends it.

    Effects: the row, entries `intake.transferred` in its stream and `intake.case_transferred` in the case's.

    Raises:
        Refused: no permission for this case, or the channel does not send.
        Invalid: the text is missing or too long.
        Conflict: the case is not open, must not be known outside, has no place, is with them already, or
            their settings name no service for its class.
    """
    channel = sending_channel(channel_id, at)
    text = description.strip()
    if not text or len(text) > MAX_TEXT:
        raise invalid("description", f"{len(text)} 字", f"请填写要发送的内容，1 到 {MAX_TEXT} 字。")
    try:
        with acting(actor=actor, at=at) as act:
            case = act.lock(Case, case_id)
            _require(actor, case)
            check_may_leave(case)
            service = service_for(channel, case)
            transfer = act.insert(_row(act, case, channel, service, text))
            body = {"case": case.id, "channel": channel.code, "service": service, "state": transfer.state}
            act.record(transfer, "intake.transferred", body)
            told = {"state": case.state, "channel": channel.code, "transfer": transfer.id}
            act.record(case, "intake.case_transferred", told)
    except IntegrityError as error:
        raise Conflict("该案件已转派到这个平台，请在面板中查看进展。", code="intake.transferred") from error
    return transfer


def _row(act: Act, case: Case, channel: LiveChannel, service: str, text: str) -> Transfer:
    reference = "YW-" + base64.b32encode(secrets.token_bytes(10)).decode()
    return Transfer(
        channel_id=channel.id, case=case.id, reference=reference, service_code=service, description=text,
        next_at=act.at, by=act.actor.account_id, post=act.actor.post_id, created_at=act.at,
    )  # fmt: skip


def _require(actor: Actor, case: Case) -> None:
    units = task_units(case)
    if not (may(actor, "cases.view", case, units) and may(actor, ACT, case, units)):
        raise Refused("您没有将该案件转派外部平台的权限。", code="intake.refused", act=ACT)


def check_may_leave(case: Case) -> None:
    """Refuse a case that must not be known outside, is not open, or has no place.

    Raises:
        Conflict: says why.
    """
    if case.state not in OPEN_STATES:
        raise Conflict("案件已办结，不能再转派外部平台。", code="intake.case_over")
    reports = list(reports_of(case))
    if any(report.erased_at is not None for report in reports):
        raise Conflict("案件的诉求内容已依法删除，不能转派外部平台。", code="intake.must_not_leave")
    if case.is_sensitive or any(is_hidden(report, case) for report in reports):
        raise Conflict("要求保密、匿名、举报或敏感的案件不能转派外部平台。", code="intake.must_not_leave")
    if (case.lon is None or case.lat is None) and not case.address:
        raise Conflict("案件没有位置，对方平台无法受理；请先补充地点。", code="intake.no_place")


def service_for(channel: LiveChannel, case: Case) -> str:
    """Their service for the case's class.

    Raises:
        Conflict: their settings name none.
    """
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    service = remote_of(channel).service_for(node.code if node else "")
    if not service:
        name = node.name if node else "（未分类）"
        raise Conflict(f"渠道“{channel.name}”没有对应“{name}”的服务。", code="intake.no_service")
    return service


def _locked(act: Act, actor: Actor, transfer_id: UUID) -> Transfer:
    transfer = act.lock(Transfer, transfer_id)
    case = Case.objects.get(pk=transfer.case)
    _require(actor, case)
    return transfer


def cancel_transfer(*, actor: Actor, at: datetime, transfer_id: UUID, reason: str) -> Transfer:
    """Give a transfer up 撤销转派 that they do not have.

    Raises:
        Refused: no permission. Invalid: no reason. Conflict: they have it, or it is on its way.
    """
    reason = reason.strip()
    if not reason:
        raise invalid("reason", reason, "请填写撤销的原因。")
    with acting(actor=actor, at=at) as act:
        transfer = _locked(act, actor, transfer_id)
        if transfer.state not in IDLE:
            raise Conflict("已经发送或正在发送，不能撤销。", code="intake.on_its_way")
        transfer.state, transfer.next_at, transfer.description = TransferState.CANCELLED, None, ""
        transfer.last_error = reason[:300]
        act.update(transfer, "state", "next_at", "description", "last_error")
        act.record(transfer, "intake.transfer_cancelled", {"state": transfer.state})
    return transfer


def resend_transfer(*, actor: Actor, at: datetime, transfer_id: UUID) -> Transfer:
    """Send once more 重新发送, after a person has made sure that they do not have it.

    Raises:
        Refused: no permission. Conflict: it does not wait for a person, or has been sent anew meanwhile.
    """
    try:
        with acting(actor=actor, at=at) as act:
            transfer = _locked(act, actor, transfer_id)
            if transfer.state not in {TransferState.REFUSED, TransferState.STUCK}:
                raise Conflict("当前状态不需要重新发送。", code="intake.not_stuck")
            transfer.state, transfer.next_at = TransferState.WAITING, at
            transfer.failures = transfer.looks = 0
            act.update(transfer, "state", "next_at", "failures", "looks")
            act.record(transfer, "intake.transfer_resent", {"state": transfer.state})
    except IntegrityError as error:
        raise Conflict("该案件已另行转派到这个平台。", code="intake.transferred") from error
    return transfer


def name_remote_id(*, actor: Actor, at: datetime, transfer_id: UUID, remote_id: str) -> Transfer:
    """Write down the number that they gave 补录对方编号, by telephone or on their page.

    Raises:
        Refused: no permission. Invalid: no number. Conflict: it has one, or was never sent.
    """
    remote_id = remote_id.strip()
    if not remote_id or len(remote_id) > 120:
        raise invalid("remote_id", remote_id, "请填写对方编号，不超过 120 字。")
    with acting(actor=actor, at=at) as act:
        transfer = _locked(act, actor, transfer_id)
        if transfer.state not in NUMBERABLE or transfer.tried_at is None:
            raise Conflict("当前状态不能补录对方编号。", code="intake.not_numberable")
        transfer.remote_id, transfer.state, transfer.next_at = remote_id, TransferState.OPEN, at
        transfer.sent_at, transfer.description = transfer.sent_at or at, ""
        act.update(transfer, "remote_id", "state", "next_at", "sent_at", "description")
        act.record(transfer, "intake.transfer_numbered", {"state": transfer.state, "remote": remote_id})
    return transfer


def see_transfer(*, actor: Actor, at: datetime, transfer_id: UUID) -> Transfer:
    """Note that somebody has seen what they propose 已核对对方结果.

    Raises:
        Refused: no permission. Conflict: there is nothing to see.
    """
    with acting(actor=actor, at=at) as act:
        transfer = _locked(act, actor, transfer_id)
        if transfer.state != TransferState.CLOSED or transfer.seen_at is not None:
            raise Conflict("没有待核对的对方结果。", code="intake.nothing_to_see")
        transfer.seen_at = at
        act.update(transfer, "seen_at")
        act.record(transfer, "intake.transfer_seen", {"state": transfer.state})
    return transfer
