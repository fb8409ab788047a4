"""First asking 首问: who was asked first about a case, noted once."""

from __future__ import annotations

from uuid import UUID

from ...kernel.errors import Conflict
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..models import Case
from ..states import DISPATCHING, HANDLING, RECEIVED, REGISTERING, VERIFYING
from .moving import set_fields

#: States in which it may be noted who was asked first.
_EARLY = (RECEIVED, VERIFYING, REGISTERING, DISPATCHING, HANDLING)


def note_first_asked(act: Act, case: Case, unit: UUID, post: UUID | None) -> None:
    """Write who was asked first, inside an act.

    Raises:
        Conflict: it is written already, or the case is too far on.
    """
    if case.first_unit is not None:
        name = unit_index().name(case.first_unit)
        raise Conflict(f"该案件的首问单位已记为{name}。", code="cases.first_asked_already")
    if case.state not in _EARLY or case.final_owner is not None or case.return_count:
        raise Conflict("案件已经反馈、退单或裁定，不能再记首问单位。", code="cases.first_asked_late")
    set_fields(act, case, first_unit=unit, first_post=post, first_at=act.at)
    act.record(case, "cases.first_asked", {"state": case.state, "unit": unit, "post": post})
