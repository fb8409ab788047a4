"""Stage limits in force 现行阶段时限: cached reading of `StageLimit`.

The row of a class goes before that of its kind, that before one for an urgency alone, that before the one
for the stage; among equals the one that names the urgency, then the one that began last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ..catalog.public import catalog_index
from ..kernel.working_time import UNIT_NAMES
from ..ledger.public import VersionedCache
from .models import Case, StageLimit
from .policy import local_day

Amount = tuple[Decimal, str]


@dataclass(frozen=True, slots=True)
class StageRule:
    """What a stage may take.

    Attributes:
        promised: amount and unit, None when nothing is promised.
        legal: amount and unit that the law allows, None when none is named.
        from_signing: the clock starts when the unit signs.
    """

    promised: Amount | None = None
    legal: Amount | None = None
    basis: str = ""
    from_signing: bool = False

    @property
    def legal_words(self) -> str:
        """The legal limit in words, empty without one."""
        return words_of(self.legal)


NO_RULE = StageRule()
_MOST_REMEMBERED = 20_000


def words_of(amount: Amount | None) -> str:
    """An amount with its unit, such as `4 工作时`; empty for None."""
    return f"{amount[0].normalize():f} {UNIT_NAMES.get(amount[1], amount[1])}" if amount else ""


def rule_of(row: StageLimit) -> StageRule:
    """What a row says."""
    promised = (row.amount, row.unit) if row.amount is not None else None
    legal = (row.legal_amount, row.legal_unit) if row.legal_amount is not None else None
    return StageRule(promised, legal, row.basis, row.from_signing)


def precedence(row: StageLimit) -> tuple[bool, bool, bool, date]:
    """The greater goes before the smaller."""
    return (row.matter_class is not None, bool(row.class_kind), bool(row.urgency), row.valid_from)


@dataclass(frozen=True, slots=True)
class _Dated:
    class_kind: str
    matter_class: UUID | None
    urgency: str
    valid_from: date
    valid_to: date | None
    rule: StageRule

    def holds(self, matter_class: UUID | None, kind: str, urgency: str, day: date) -> bool:
        fits = self.matter_class in {None, matter_class} and self.class_kind in {"", kind}
        if not fits or self.urgency not in {"", urgency}:
            return False
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class _InForce:
    """The rows by stage, the first that holds in front; remembers what it found."""

    def __init__(self) -> None:
        self._rows: dict[str, list[_Dated]] = {}
        self._found: dict[tuple[str, UUID | None, str, str, date], StageRule] = {}
        for row in sorted(StageLimit.objects.all(), key=precedence, reverse=True):
            self._rows.setdefault(row.stage, []).append(
                _Dated(
                    row.class_kind, row.matter_class, row.urgency, row.valid_from, row.valid_to, rule_of(row)
                )
            )

    def rule(self, stage: str, matter_class: UUID | None, kind: str, urgency: str, day: date) -> StageRule:
        key = (stage, matter_class, kind, urgency, day)
        if key not in self._found:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            rows = self._rows.get(stage, ())
            held = (r.rule for r in rows if r.holds(matter_class, kind, urgency, day))
            self._found[key] = next(held, NO_RULE)
        return self._found[key]


_limits: VersionedCache[_InForce] = VersionedCache("policy", _InForce)


def stage_rule(stage: str, *, matter_class: UUID | None, urgency: str, at: datetime) -> StageRule:
    """What a stage of a matter may take, by the rows of the day; empty where no row holds."""
    node = catalog_index().class_by_id.get(matter_class) if matter_class else None
    return _limits.get().rule(stage, matter_class, node.kind if node else "", urgency, local_day(at))


def stage_rule_of(case: Case, stage: str, at: datetime) -> StageRule:
    """What a stage of a case may take."""
    return stage_rule(stage, matter_class=case.matter_class, urgency=case.urgency, at=at)
