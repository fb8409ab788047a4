"""When the platform acts by itself 自动办理: only where a rule allows it, and never in a delicate matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from .chain import Triaged
from .proposals import OwnerOutcome, PlaceOutcome, RepeatOutcome


@dataclass(frozen=True, slots=True)
class AutomaticTerms:
    """One rule 自动办理规则.

    Attributes:
        class_id: class of any level; the nearest rule above the proposed class counts.
        area_id: area in which it holds; None for the whole city. A nearer area wins over a wider one.
        threshold: least confidence in the class, a share.
        dispatches: whether it goes on to dispatch; else it only accepts.
    """

    key: UUID
    class_id: UUID
    area_id: UUID | None
    threshold: float
    dispatches: bool


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What of the case itself speaks for or against acting by itself.

    Attributes:
        state: code of the case's state.
        is_delicate: sensitive, confidential, anonymous, a tip-off, or about a unit: a person must look.
        is_urgent: life and property: a person must look at once.
        demands_registering: the class's scheme demands 立案.
        areas: the case's or the proposed area and all areas above it, nearest first.
    """

    state: str
    is_delicate: bool
    is_urgent: bool
    demands_registering: bool
    areas: tuple[UUID, ...]


def rule_for(
    rules: Iterable[AutomaticTerms], *, line: Iterable[UUID], areas: Iterable[UUID]
) -> AutomaticTerms | None:
    """The rule that counts: nearest class first, then the nearest area, then the whole city.

    Args:
        line: the proposed class and those above it, nearest first.
        areas: the area and those above it, nearest first.
    """
    classes = {key: depth for depth, key in enumerate(line)}
    places: dict[UUID | None, int] = {key: depth for depth, key in enumerate(areas)}
    places[None] = len(places)
    fitting = [rule for rule in rules if rule.class_id in classes and rule.area_id in places]
    return min(fitting, key=lambda r: (classes[r.class_id], places[r.area_id]), default=None)


def goes_to_dispatch(triaged: Triaged, rule: AutomaticTerms) -> bool:
    """Whether acting by itself goes on to dispatch: by the rule, or by the standard process of the class."""
    return rule.dispatches or triaged.owner.dispatches


def refusals(triaged: Triaged, rule: AutomaticTerms | None, facts: CaseFacts) -> tuple[str, ...]:
    """Why the platform leaves the case to a person, as codes; empty when it may act by itself.

    `no_rule`, `state`, `delicate`, `urgent`, `unsure`, `place`, `repeat`, and, where it goes on to dispatch,
    `owner` and `condition`.
    """
    if rule is None:
        return ("no_rule",)
    best, goes_on = triaged.best_class, goes_to_dispatch(triaged, rule)
    found = {
        "state": facts.state != "received",
        "delicate": facts.is_delicate,
        "urgent": facts.is_urgent,
        "unsure": best is None or not triaged.is_sure_of_class or best.confidence < rule.threshold,
        "place": triaged.place.outcome != PlaceOutcome.FOUND or triaged.place.area_id is None,
        "repeat": triaged.repeat.outcome != RepeatOutcome.NONE,
        "owner": goes_on and triaged.owner.outcome != OwnerOutcome.FOUND,
        "condition": goes_on and facts.demands_registering and triaged.owner.condition_id is None,
    }
    return tuple(code for code, holds in found.items() if holds)
