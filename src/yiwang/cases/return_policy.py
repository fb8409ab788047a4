"""Return rules in force 现行退单规则: cached reading of `ReturnRule`, `ReturnReason` and `FallbackOwner`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import get_language

from ..catalog.public import catalog_index
from ..ledger.public import VersionedCache
from ..orgs.public import area_index, unit_index
from .enums import ReturnStart
from .models import Case, FallbackOwner, ReturnReason, ReturnRule
from .policy import local_day

Limit = tuple[Decimal, str]


@dataclass(frozen=True, slots=True)
class ReturnLimits:
    """What the return rules demand 退单规则.

    Attributes:
        ask: how long a task may be given back; amount and unit of time.
        ask_from: from its dispatch, or from the signing for it (`ReturnStart`).
        review: how long the dispatcher has to decide.
        arbitrate_from: which return of one case goes to arbitration instead of the dispatcher.
        ruling: how long an arbitration may take.
        fallback: how long a case waits without an owner before the fallback owner may be given it.
        most_transfers: how often the first asked unit may hand a case over.
        basis: where this is laid down.
    """

    ask: Limit = (Decimal(24), "urgent_hour")
    ask_from: str = ReturnStart.DISPATCH.value
    review: Limit = (Decimal(4), "work_hour")
    arbitrate_from: int = 2
    ruling: Limit = (Decimal(2), "work_day")
    fallback: Limit = (Decimal(4), "work_hour")
    most_transfers: int = 1
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to return a task 退单理由, as of a day."""

    code: str
    label: str
    label_en: str
    basis: str

    @property
    def words(self) -> str:
        """The label in the reader's language."""
        return self.label_en if self.label_en and (get_language() or "").startswith("en") else self.label


@dataclass(frozen=True, slots=True)
class Fallback:
    """The fallback owner of an area 兜底单位, and why it is that one."""

    unit_id: UUID
    area_id: UUID
    basis: str


@dataclass(frozen=True, slots=True)
class _Rule:
    class_kind: str
    valid_from: date
    limits: ReturnLimits


@dataclass(frozen=True, slots=True)
class _Dated:
    start: date
    end: date | None
    reason: Reason

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class _Owner:
    start: date
    end: date | None
    class_kind: str
    found: Fallback

    def holds(self, kind: str, day: date) -> bool:
        begun = self.start <= day and (self.end is None or day < self.end)
        return begun and self.class_kind in {"", kind}


def limits_of(row: ReturnRule) -> ReturnLimits:
    """What a row demands."""
    return ReturnLimits(
        ask=(row.ask_amount, row.ask_unit),
        ask_from=row.ask_from,
        review=(row.review_amount, row.review_unit),
        arbitrate_from=row.arbitrate_from,
        ruling=(row.ruling_amount, row.ruling_unit),
        fallback=(row.fallback_amount, row.fallback_unit),
        most_transfers=row.most_transfers,
        basis=row.basis,
    )


def _read_rules() -> list[_Rule]:
    """In the order in which one goes before the other: all kinds first, then kinds, each by its first day."""
    rows = sorted(ReturnRule.objects.all(), key=lambda row: (row.class_kind != "", row.valid_from))
    return [_Rule(row.class_kind, row.valid_from, limits_of(row)) for row in rows]


def _read_reasons() -> list[_Dated]:
    rows = ReturnReason.objects.order_by("order", "code")
    return [
        _Dated(row.valid_from, row.valid_to, Reason(row.code, row.label, row.label_en, row.basis))
        for row in rows
    ]


def _read_owners() -> list[_Owner]:
    rows = FallbackOwner.objects.order_by("valid_from", "id")
    return [
        _Owner(row.valid_from, row.valid_to, row.class_kind, Fallback(row.unit, row.area, row.basis))
        for row in rows
    ]


_rules = VersionedCache("policy", _read_rules)
_reasons = VersionedCache("policy", _read_reasons)
_owners = VersionedCache("policy", _read_owners)


def return_limits(case: Case, at: datetime) -> ReturnLimits:
    """The return rules in force for a case's kind of matter; the built-in ones when none has begun."""
    kind, day = kind_of(case), local_day(at)
    found = ReturnLimits()
    for rule in _rules.get():
        if rule.class_kind in {"", kind} and rule.valid_from <= day:
            found = rule.limits
    return found


def return_reasons(at: datetime) -> list[Reason]:
    """The reasons a unit may give, in order."""
    day = local_day(at)
    return [dated.reason for dated in _reasons.get() if dated.holds(day)]


def reason_words(code: str) -> str:
    """What a reason is called, whether it still holds or not; the code itself when nobody knows it."""
    return next((dated.reason.words for dated in _reasons.get() if dated.reason.code == code), code)


def fallback_of(case: Case, at: datetime) -> Fallback | None:
    """The fallback owner of a case: of its narrowest area that names one, a kind before all kinds."""
    kind, day = kind_of(case), local_day(at)
    holding = [owner for owner in _owners.get() if owner.holds(kind, day)]
    known = unit_index().by_id
    for area in _areas_of(case):
        for wanted in (kind, ""):
            here = [o for o in holding if o.found.area_id == area and o.class_kind == wanted]
            here = [o for o in here if o.found.unit_id in known]
            if here:
                return here[-1].found
    return None


def _areas_of(case: Case) -> list[UUID]:
    """The case's areas from the narrowest up to the city."""
    found = [key for key in (case.grid, case.community, case.street, case.district) if key is not None]
    top = area_index().by_id.get(found[-1]) if found else None
    while top is not None and top.parent_id is not None:
        found.append(top.parent_id)
        top = area_index().by_id.get(top.parent_id)
    return found


def kind_of(case: Case) -> str:
    """The kind of the case's class; empty while it has none."""
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    return node.kind if node else ""
