"""Standard processes 标准流程 as plain values, and what is wrong with one as entered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ...kernel.limits import limit_problem
from .nodes import LimitValue

#: More steps than these are not a process that somebody on the street can keep to.
MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class StepNode:
    """A step 流程步骤: who (a named act, or a kind of unit), what, by when, proved how, and what follows.

    Attributes:
        proof: values of `StepProof` that must all be there.
        next_ordinal: None ends the process.
    """

    ordinal: int
    what: str
    act: str = ""
    unit_kind: str = ""
    limit: LimitValue | None = None
    proof: tuple[str, ...] = ()
    next_ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class ProcessNode:
    """A standard process 标准流程 in one version.

    Attributes:
        class_key: (scheme id, code) of its class; a new version of the class keeps it.
        area_id: None for the whole city.
        dispatches: whether its matters may be dispatched without an operator here and now.
    """

    id: UUID
    code: str
    name: str
    class_id: UUID
    class_key: tuple[UUID, str]
    area_id: UUID | None
    is_example: bool
    can_dispatch: bool
    dispatches: bool
    basis: str
    valid_from: date
    valid_to: date | None
    steps: tuple[StepNode, ...]


def step_problems(
    steps: Sequence[StepNode], *, acts: Iterable[str], unit_kinds: Iterable[str]
) -> list[tuple[int, str]]:
    """What is wrong with steps as entered: (ordinal of the step, Chinese remedy), 0 for the whole.

    Args:
        acts, unit_kinds: the roles that there are.
    """
    known_acts, known_kinds = {"", *acts}, {"", *unit_kinds}
    if not 0 < len(steps) <= MOST_STEPS:
        return [(0, f"流程须有 1 至 {MOST_STEPS} 步。")]
    ordinals = [step.ordinal for step in steps]
    if ordinals != list(range(1, len(steps) + 1)):
        return [(0, "步骤序号须从 1 起连续。")]
    found = []
    for step in steps:
        if not step.what.strip():
            found.append((step.ordinal, "请写明做什么。"))
        if bool(step.act) == bool(step.unit_kind):
            found.append((step.ordinal, "请指定办理权限或机构类别，二者选一。"))
        if step.act not in known_acts or step.unit_kind not in known_kinds:
            found.append((step.ordinal, "没有这个办理权限或机构类别。"))
        problem = limit_problem(step.limit.amount, step.limit.unit) if step.limit else None
        if problem is not None:
            found.append((step.ordinal, problem))
        if step.next_ordinal is not None and step.next_ordinal not in ordinals:
            found.append((step.ordinal, f"没有第 {step.next_ordinal} 步。"))
    return found or _unreached(steps)


def _unreached(steps: Sequence[StepNode]) -> list[tuple[int, str]]:
    """Steps that the first one never leads to, and a process that never ends."""
    by_ordinal = {step.ordinal: step for step in steps}
    seen: set[int] = set()
    at: int | None = 1
    while at is not None and at not in seen:
        seen.add(at)
        at = by_ordinal[at].next_ordinal
    if at is not None:
        return [(at, "流程绕回了这一步，不能办结。")]
    return [(ordinal, "从第 1 步走不到这一步。") for ordinal in by_ordinal if ordinal not in seen]
