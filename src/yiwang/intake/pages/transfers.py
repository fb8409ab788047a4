"""Pages of transfers 转派外部平台: panel of the case page, handing over, acts of people, the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases.public import OPEN_STATES, Case, case_for, may, reports_of, task_units
from ...interface.public import Column, Crumb, show_problems, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, YiwangError
from ..enums import TransferState
from ..models import Transfer
from ..queries.transfers import (
    cases_of,
    remote_key_of,
    sending_channels,
    transfers_of,
    transfers_page,
)
from ..rules.open311.stages import IDLE, NUMBERABLE
from ..services.transfers import (
    ACT,
    cancel_transfer,
    check_may_leave,
    name_remote_id,
    resend_transfer,
    see_transfer,
    transfer_case,
)
from ..transfer_registering import PANEL
from .access import holding
from .transfer_forms import TransferFilterForm, TransferForm

_TONES = {
    "waiting": "waiting", "sending": "active", "unclear": "warning", "numbering": "active", "open": "active",
    "closed": "good", "refused": "bad", "stuck": "bad", "cancelled": "neutral",
}  # fmt: skip
_PROPOSALS = {
    "solved": gettext_lazy("对方已办结，请核查后结案。"),
    "unsolved": gettext_lazy("对方未予办理，请重新派遣或另行处置。"),
}
_COLUMNS = (
    Column(gettext_lazy("案件")),
    Column(gettext_lazy("外部平台")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("对方编号")),
    Column(gettext_lazy("对方状态")),
    Column(gettext_lazy("转派时间")),
)


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as pages show it, with what may be done about it."""

    row: Transfer
    case: Case | None = None
    may_act: bool = False

    @property
    def tone(self) -> str:
        """Tone of the state's badge."""
        return _TONES[self.row.state]

    @property
    def proposal(self) -> str:
        """What their result suggests, until somebody has seen it."""
        is_new = self.row.state == TransferState.CLOSED and self.row.seen_at is None
        return str(_PROPOSALS.get(self.row.proposal, "")) if is_new else ""

    @property
    def may_cancel(self) -> bool:
        """Whether it can be given up."""
        return self.may_act and self.row.state in IDLE

    @property
    def may_resend(self) -> bool:
        """Whether it waits for a person to send it again."""
        return self.may_act and self.row.state in {TransferState.REFUSED, TransferState.STUCK}

    @property
    def may_number(self) -> bool:
        """Whether a number can be written down."""
        return self.may_act and self.row.state in NUMBERABLE and self.row.tried_at is not None


def _may_transfer(actor: Actor, case: Case) -> bool:
    return actor.may_anywhere(ACT) and may(actor, ACT, case, task_units(case))


@require_GET
@holding("cases.view")
@within_budget(PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """外部平台: where the case was sent, how it stands there, and what may be done."""
    case = case_for(actor, case_id)
    may_act = _may_transfer(actor, case)
    views = [TransferView(row, case, may_act) for row in transfers_of(case_id)]
    offers = may_act and case.state in OPEN_STATES and bool(sending_channels(timezone.now()))
    return render(request, "intake/transfer_panel.html", {"case": case, "views": views, "may_hand": offers})


@require_http_methods(["GET", "HEAD", "POST"])
@holding(ACT)
def hand(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """转派外部平台: choose the platform and check what it is told."""
    case, at = case_for(actor, case_id), timezone.now()
    channels = sending_channels(at)
    posted = request.POST if request.method == "POST" else None
    form = TransferForm(posted, channels=channels, initial={"description": _suggested(case)})
    problem = _obstacle(case, bool(channels))
    if posted is not None and not problem and form.is_valid():
        try:
            transfer_case(
                actor=actor, at=at, case_id=case_id, channel_id=UUID(form.cleaned_data["channel"]),
                description=form.cleaned_data["description"],
            )  # fmt: skip
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已交给外部平台，进展见“外部平台”。"))
            return redirect("workbench:case", case_id)
    context = {
        "case": case,
        "form": form,
        "problem": problem,
        "breadcrumbs": [
            Crumb(case.number, reverse("workbench:case", args=[case_id])),
            Crumb(_("转派外部平台")),
        ],
    }
    return render(request, "intake/transfer.html", context, status=422 if form.errors else 200)


def _obstacle(case: Case, has_channels: bool) -> str:
    """Why the case cannot be sent at all; empty when it can."""
    if not has_channels:
        return _("没有启用向外转派的渠道，请联系对接管理员。")
    try:
        check_may_leave(case)
    except YiwangError as error:
        return error.message
    return ""


def _suggested(case: Case) -> str:
    first = reports_of(case).first()
    return first.text if first is not None else case.title


def _cancel(actor: Actor, transfer_id: UUID, given: Mapping[str, str]) -> None:
    cancel_transfer(actor=actor, at=timezone.now(), transfer_id=transfer_id, reason=given.get("reason", ""))


def _resend(actor: Actor, transfer_id: UUID, given: Mapping[str, str]) -> None:
    resend_transfer(actor=actor, at=timezone.now(), transfer_id=transfer_id)


def _number(actor: Actor, transfer_id: UUID, given: Mapping[str, str]) -> None:
    name_remote_id(
        actor=actor, at=timezone.now(), transfer_id=transfer_id, remote_id=given.get("remote_id", "")
    )


def _seen(actor: Actor, transfer_id: UUID, given: Mapping[str, str]) -> None:
    see_transfer(actor=actor, at=timezone.now(), transfer_id=transfer_id)


_ACTS: Mapping[str, Callable[[Actor, UUID, Mapping[str, str]], None]] = {
    "cancel": _cancel, "resend": _resend, "number": _number, "seen": _seen,
}  # fmt: skip


@require_POST
@holding(ACT)
def act(request: HttpRequest, actor: Actor, transfer_id: UUID, name: str) -> HttpResponse:
    """撤销, 重新发送, 补录对方编号, 已核对; then back to the case."""
    transfer = Transfer.objects.filter(pk=transfer_id).first()
    if transfer is None or name not in _ACTS:
        raise NotFound("没有这条转派记录，或没有这个操作。", code="intake.no_transfer")
    case_for(actor, transfer.case)
    given: Any = request.POST
    try:
        _ACTS[name](actor, transfer_id, given)
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已完成。"))
    return redirect("workbench:case", transfer.case)


@require_GET
@holding(ACT)
def transfers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """转派外部平台: every case that was handed over, and the keys of the platforms."""
    form = TransferFilterForm(request.GET or None)
    state = form.cleaned_data["state"] if form.is_bound and form.is_valid() else ""
    page = transfers_page(actor, state=state, cursor=request.GET.get("cursor", ""))
    known = cases_of(list(page.rows))
    at = timezone.now()
    channels = sending_channels(at) if actor.may_anywhere("intake.channels") else []
    context = {
        "form": form,
        "page": page,
        "rows": [TransferView(row, known.get(row.case)) for row in page.rows],
        "columns": _COLUMNS,
        "channels": [(channel, bool(remote_key_of(channel, at))) for channel in channels],
    }
    return render(request, "intake/transfers.html", context)
