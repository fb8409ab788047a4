"""Roles of process steps 步骤角色: named acts of the loop and kinds of units, in words; never a person."""

from __future__ import annotations

from ...orgs.public import ACTS, UnitKind, act_label
from ..rules.processes import StepNode


def step_acts() -> dict[str, str]:
    """Named acts of the loop that a step may ask for, with what they allow."""
    return {
        act: str(label) for acts in ACTS.values() for act, label in acts.items() if act.startswith("cases.")
    }


def role_words(step: StepNode) -> str:
    """Who does a step, in words: what the act allows, or the kind of unit."""
    return act_label(step.act) if step.act else str(UnitKind(step.unit_kind).label)
