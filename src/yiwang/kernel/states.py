"""State tables 状态表: a lifecycle is data, and one function reads it.

The same table decides what may happen, draws the diagram in the docs, the buttons on the page and the
permission matrix, and drives the property tests (every pair of state and action is in the table or refused).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .errors import Conflict

#: A guard looks at plain facts and returns the Chinese reason to refuse, or None.
Guard = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a lifecycle.

    Attributes:
        action: snake-case name of the act, unique together with each source state.
        label: Chinese name, shown on the button.
        sources: states it may start from.
        target: state it leads to; None keeps the state.
        permission: named act the actor must hold.
        guards: pure functions that may refuse, tried in order.
        clock: effect on the clocks in words, such as `start handling`.
        reason: whether the actor must give a reason.
    """

    action: str
    label: str
    sources: frozenset[str]
    target: str | None
    permission: str
    guards: tuple[Guard, ...] = ()
    clock: str = ""
    reason: bool = False


def table_row(
    action: str,
    label: str,
    sources: tuple[str, ...],
    target: str | None,
    permission: str,
    *guards: Guard,
    clock: str = "",
    reason: bool = False,
) -> Transition:
    """A row of a table as its writer puts it down: guards stand at the end, clock and reason by name."""
    return Transition(action, label, frozenset(sources), target, permission, guards, clock, reason)


class Lifecycle:
    """A lifecycle 生命周期: named states and the transitions between them.

    Args:
        name: identifier, such as `case`.
        states: state to Chinese label, in the order they are usually passed.
        transitions: the table.

    Raises:
        ValueError: when a row names an unknown state, or two rows share action and source.
    """

    def __init__(self, name: str, states: Mapping[str, str], transitions: Iterable[Transition]) -> None:
        self.name = name
        self.states = MappingProxyType(dict(states))
        self.transitions = tuple(transitions)
        self._table: dict[tuple[str, str], Transition] = {}
        for row in self.transitions:
            for state in (*row.sources, *([row.target] if row.target else [])):
                if state not in self.states:
                    raise ValueError(f"{name}: {row.action} names the unknown state {state!r}")
            for source in row.sources:
                if (source, row.action) in self._table:
                    raise ValueError(f"{name}: two rows for {row.action} from {source}")
                self._table[source, row.action] = row

    def find(self, state: str, action: str) -> Transition | None:
        """The row for an action in a state, or None when the table has none."""
        return self._table.get((state, action))

    def open_from(self, state: str) -> list[Transition]:
        """The rows that start from a state, in table order."""
        return [row for row in self.transitions if state in row.sources]

    def actions(self) -> list[str]:
        """Every action once, in table order."""
        return list(dict.fromkeys(row.action for row in self.transitions))

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2"]
        lines += [f'    {state}: "{label} {state}"' for state, label in self.states.items()]
        for row in self.transitions:
            sources = [state for state in self.states if state in row.sources]
            lines += [f"    {s} --> {row.target or s}: {row.label} {row.action}" for s in sources]
        return "\n".join(lines)


def transition(lifecycle: Lifecycle, state: str, action: str, facts: Any = None) -> Transition:
    """The row that carries `action` out from `state`, after its guards agreed.

    Args:
        facts: what the guards look at; a plain value.

    Raises:
        Conflict: when the table has no such row (`<name>.transition_refused`) or a guard refuses
            (`<name>.guard_refused`); the message is Chinese and says why.
    """
    row = lifecycle.find(state, action)
    if row is None:
        label = lifecycle.states.get(state, state)
        known = next((t.label for t in lifecycle.transitions if t.action == action), action)
        raise Conflict(
            f"当前状态“{label}”不能“{known}”。",
            code=f"{lifecycle.name}.transition_refused",
            state=state,
            action=action,
        )
    for guard in row.guards:
        refusal = guard(facts)
        if refusal is not None:
            raise Conflict(
                refusal,
                code=f"{lifecycle.name}.guard_refused",
                state=state,
                action=action,
                guard=guard.__name__,
            )
    return row
