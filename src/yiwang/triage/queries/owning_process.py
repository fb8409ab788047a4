"""The standard process of a case 案件的标准流程: its steps, and which of them are proved."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...cases.public import CASE, EVIDENCE_OWNER, Case
from ...catalog.public import (
    ProcessNode,
    StepNode,
    StepProof,
    limit_words,
    role_words,
    standard_process_for,
)
from ...files.public import attachments_of
from ...ledger.public import JournalEntry

#: Stages of files that stand for a document.
_DOCUMENTS = frozenset({"reference", "other"})
#: Named act to the kinds of journal entries that say it was done.
_KINDS_OF_ACT: dict[str, frozenset[str]] = {
    act: frozenset(
        f"cases.{row.action}" for row in CASE.transitions if row.permission == act and not row.reason
    )
    for act in sorted({row.permission for row in CASE.transitions})
}


@dataclass(frozen=True, slots=True)
class StepView:
    """A step in words 步骤情况.

    Attributes:
        proof: what must be there, with whether it is.
        state: `proved`, `lacking` (done, but something is missing), `waiting`, or `open` when neither an act
            nor a proof can tell.
    """

    step: StepNode
    role: str
    limit: str
    proof: tuple[tuple[str, bool], ...]
    state: str

    @property
    def tone(self) -> str:
        """Tone of the state's badge."""
        return {"proved": "good", "lacking": "warning"}.get(self.state, "neutral")


@dataclass(frozen=True, slots=True)
class CaseProcess:
    """The process that holds for a case, and how far it is proved."""

    node: ProcessNode
    steps: tuple[StepView, ...]

    @property
    def proved(self) -> int:
        """How many steps are proved."""
        return sum(step.state == "proved" for step in self.steps)


def case_process(case: Case) -> CaseProcess | None:
    """The standard process of a case's class by the rules of the day it came in; None when there is none.

    Costs two queries: the kinds of its journal entries and its files.
    """
    if case.matter_class is None:
        return None
    area = case.grid or case.community or case.street or case.district
    node = standard_process_for(case.matter_class, area, at=case.created_at)
    if node is None:
        return None
    kinds = set(JournalEntry.objects.filter(stream=case.id).values_list("kind", flat=True))
    present = _present(case.id)
    return CaseProcess(node, tuple(_view(step, kinds, present) for step in node.steps))


def _present(case_id: UUID) -> frozenset[str]:
    stages = {file.stage for file in attachments_of(EVIDENCE_OWNER, case_id)}
    return frozenset(stages | ({StepProof.DOCUMENT.value} if stages & _DOCUMENTS else set()))


def _view(step: StepNode, kinds: set[str], present: frozenset[str]) -> StepView:
    proof = tuple((str(StepProof(value).label), value in present) for value in step.proof)
    done = bool(_KINDS_OF_ACT.get(step.act, frozenset()) & kinds)
    complete = all(there for _name, there in proof)
    if step.act:
        state = ("proved" if complete else "lacking") if done else "waiting"
    elif proof:
        state = "proved" if complete else "waiting"
    else:
        state = "open"
    return StepView(step, role_words(step), limit_words(step.limit), proof, state)
