"""Resting 挂账期间: nothing is handled while a case is suspended."""

from __future__ import annotations

from ...kernel.errors import Conflict
from ...kernel.working_time import SHANGHAI
from ..models import Case
from ..states import SUSPENDED


def refuse_resting(case: Case) -> None:
    """Refuse to sign for, contact, hand on or feed back while the case is suspended.

    Raises:
        Conflict: names the day on which it goes on.
    """
    if case.state != SUSPENDED:
        return
    until = case.suspended_until
    if until is None:
        raise Conflict("案件挂账中，暂停办理。如需提前办理，请先恢复办理。", code="cases.suspended")
    day = f"{until.astimezone(SHANGHAI):%Y-%m-%d}"
    raise Conflict(
        f"案件挂账中，暂停办理，将于 {day} 自动恢复。如需提前办理，请先恢复办理。", code="cases.suspended"
    )
