"""The chain 研判链: what all stages together say of one report, as a value that can be kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from .proposals import (
    ClassOutcome,
    ClassProposal,
    OwnerOutcome,
    OwnerProposal,
    PlaceCandidate,
    PlaceOutcome,
    PlaceProposal,
    Reason,
    RepeatCandidate,
    RepeatOutcome,
    RepeatProposal,
)


@dataclass(frozen=True, slots=True)
class WordingView:
    """Urgency and request kind as read from the words 紧急程度与诉求类型; codes of `cases`."""

    urgency: str = ""
    kind: str = ""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Triaged:
    """What the stages say of one report 研判结果.

    Attributes:
        classes: one proposal a scheme, the surest first.
        class_id: key of the best class in the catalog of the day; None when there is none.
    """

    classes: tuple[ClassProposal, ...]
    class_id: UUID | None
    place: PlaceProposal
    repeat: RepeatProposal
    owner: OwnerProposal
    wording: WordingView = field(default_factory=WordingView)

    @property
    def best_class(self) -> ClassProposal | None:
        """The surest proposal of a class."""
        return self.classes[0] if self.classes else None

    @property
    def is_sure_of_class(self) -> bool:
        """Whether the best class stands above its threshold."""
        best = self.best_class
        return best is not None and best.outcome == ClassOutcome.SURE


def limit_of(owner: OwnerProposal) -> tuple[Decimal, str] | None:
    """Amount and unit of the proposed limit, or None: then the catalog's own limit holds."""
    amount, _, unit = owner.limit.partition(" ")
    try:
        return (Decimal(amount), unit) if unit else None
    except InvalidOperation:
        return None


def best_first(proposals: tuple[ClassProposal, ...]) -> tuple[ClassProposal, ...]:
    """Proposals of several schemes in the order in which they are believed: sure ones, then by confidence."""
    return tuple(
        sorted(proposals, key=lambda one: (one.outcome != ClassOutcome.SURE, -one.confidence, one.scheme))
    )


def as_body(triaged: Triaged) -> dict[str, Any]:
    """The value as JSON: keys as text, nothing lost."""
    body: dict[str, Any] = _plain(asdict(triaged))
    return body


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float):
        return round(value, 6)
    return value


def from_body(body: Mapping[str, Any]) -> Triaged:
    """The value that `as_body` wrote."""
    wording = body.get("wording") or {}
    return Triaged(
        classes=tuple(_class(one) for one in body["classes"]),
        class_id=_key(body["class_id"]),
        place=_place(body["place"]),
        repeat=_repeat(body["repeat"]),
        owner=_owner(body["owner"]),
        wording=WordingView(
            wording.get("urgency", ""), wording.get("kind", ""), _reasons(wording.get("reasons", ()))
        ),
    )


def without_words(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with everything gone that repeats the reporter's words or the place's, after an erasure."""
    found = dict(body)
    found["classes"] = [{**one, "reasons": []} for one in body["classes"]]
    found["place"] = {
        **body["place"], "parts": [], "candidates": [], "reasons": [], "lon": None, "lat": None,
        "address_id": None,
    }  # fmt: skip
    found["repeat"] = {
        **body["repeat"], "reasons": [],
        "candidates": [{**one, "reasons": []} for one in body["repeat"]["candidates"]],
    }  # fmt: skip
    found["wording"] = {**(body.get("wording") or {}), "reasons": []}
    return found


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _reasons(rows: Any) -> tuple[Reason, ...]:
    return tuple(Reason(**row) for row in rows)


def _class(body: Mapping[str, Any]) -> ClassProposal:
    return ClassProposal(
        **{
            **body,
            "outcome": ClassOutcome(body["outcome"]),
            "reasons": _reasons(body["reasons"]),
            "others": tuple((code, confidence) for code, confidence in body["others"]),
        }
    )


def _place(body: Mapping[str, Any]) -> PlaceProposal:
    keys = {name: _key(body[name]) for name in ("area_id", "address_id")}
    candidates = tuple(
        PlaceCandidate(**{**row, **{name: _key(row[name]) for name in ("area_id", "address_id")}})
        for row in body["candidates"]
    )
    return PlaceProposal(
        **{
            **body,
            **keys,
            "outcome": PlaceOutcome(body["outcome"]),
            "parts": tuple((tag, text) for tag, text in body["parts"]),
            "candidates": candidates,
            "reasons": _reasons(body["reasons"]),
        }
    )


def _repeat(body: Mapping[str, Any]) -> RepeatProposal:
    candidates = tuple(
        RepeatCandidate(UUID(row["case_id"]), row["score"], _reasons(row["reasons"]))
        for row in body["candidates"]
    )
    return RepeatProposal(
        outcome=RepeatOutcome(body["outcome"]),
        confidence=body["confidence"],
        case_id=_key(body["case_id"]),
        candidates=candidates,
        reasons=_reasons(body["reasons"]),
    )


def _owner(body: Mapping[str, Any]) -> OwnerProposal:
    keys = {name: _key(body[name]) for name in ("host_id", "row_id", "condition_id", "grid_id")}
    lists = {name: tuple(UUID(key) for key in body[name]) for name in ("co_unit_ids", "beaten")}
    return OwnerProposal(
        **{
            **body,
            **keys,
            **lists,
            "outcome": OwnerOutcome(body["outcome"]),
            "reasons": _reasons(body["reasons"]),
        }
    )
