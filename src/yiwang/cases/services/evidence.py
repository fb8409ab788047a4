"""Evidence 证据 of a case: files of the stages, journaled by their hash in the case's stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from ...files.public import store_file
from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ..events import EvidenceAdded
from ..models import Case, Task
from ..permissions import may
from ..states import RECALLED
from .handling import EVIDENCE_OWNER
from .moving import acting_on

#: Acts of which one lets somebody add evidence.
ADDING_ACTS = (
    "cases.handle",
    "cases.handle_on_the_spot",
    "cases.recheck",
    "cases.verify",
    "cases.receive",
    "cases.confirm_site",
    "cases.control_risk",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """An upload: its stage (`scene`, `before`, `after`, `recheck`), bytes and name."""

    stage: str
    stream: BinaryIO
    filename: str


def attach_evidence(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    pictures: Sequence[Picture],
    expected: int | None = None,
) -> Case:
    """Attach evidence 上传证据; one entry `cases.evidence_added` names the hashes; event `EvidenceAdded`.

    Raises:
        Refused: the actor may do none of `ADDING_ACTS` to the case.
        Invalid: a file of a wrong type or size.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        units = {t.unit for t in act.fetch(Task, lock=False, case=case.id) if t.state != RECALLED}
        if not any(may(actor, name, case, units) for name in ADDING_ACTS):
            raise Refused("您没有为该案件上传证据的权限。", code="cases.refused", act="cases.handle")
        kept = [
            store_file(
                act, owner_type=EVIDENCE_OWNER, owner_id=case.id, stage=picture.stage,
                stream=picture.stream, filename=picture.filename,
            )
            for picture in pictures
        ]  # fmt: skip
        files = [{"file": row.id, "stage": row.stage, "sha256": row.sha256} for row in kept]
        act.record(case, "cases.evidence_added", {"state": case.state, "files": files})
        stages = tuple(sorted({row.stage for row in kept}))
        act.announce(EvidenceAdded(case_id=case.id, at=at, stages=stages))
    return case
