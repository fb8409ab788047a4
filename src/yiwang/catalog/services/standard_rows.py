"""Write rows of a standard into a scheme 标准行落库: set-based, each class and condition looked up once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Q

from ...kernel.limits import limit_problem
from ..models import MatterClass, RegisteringCondition, Scheme
from ..rules.standard_file import LIMIT, RowUnreadable, StandardRow

_BATCH = 500


def stored_amount(amount: int | Fraction, unit: str) -> Decimal:
    """The amount of a limit as it is stored; exact, since a limit is whole seconds written in decimals.

    Raises:
        RowUnreadable: when no clock can run it, or four decimals do not hold it exactly.
    """
    problem = limit_problem(amount, unit)
    if problem is not None:
        raise RowUnreadable(f"时限 {amount} 不能使用：{problem}", LIMIT)
    exact = Fraction(amount)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


class SchemeWriter:
    """Collects the changes of one import into a locked scheme and writes them together.

    Attributes:
        after_write: called once the conditions are in the database.
    """

    def __init__(self, scheme: Scheme, day: date) -> None:
        self.scheme = scheme
        self.after_write: list[Callable[[], None]] = []
        self._day = day
        in_force = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        self._classes = {row.code: row for row in MatterClass.objects.filter(in_force, scheme=scheme)}
        self._known: dict[UUID, list[RegisteringCondition]] = defaultdict(list)
        self._last: dict[UUID, int] = defaultdict(int)
        for row in RegisteringCondition.objects.filter(matter_class__scheme=scheme):
            self._last[row.matter_class_id] = max(self._last[row.matter_class_id], row.ordinal)
            if row.valid_to is None or row.valid_to > day:
                self._known[row.matter_class_id].append(row)
        self._fresh_classes: list[MatterClass] = []
        self._fresh: list[RegisteringCondition] = []
        self._ended: list[RegisteringCondition] = []
        self._kept: set[str] = set()
        self._named: set[UUID] = set()
        self._by_key: dict[str, RegisteringCondition] = {}

    def put(self, row: StandardRow) -> bool:
        """Take one row; False when the same condition is in force already.

        Raises:
            RowUnreadable: when the code stands for a class of another name here.
        """
        amount = stored_amount(row.limit.amount, row.limit.unit)
        big = self._class(row.big_code, row.big_name, row.kind, None)
        matter = self._class(row.code, row.name, row.kind, big)
        self._named.add(matter.id)
        self._kept.add(row.key)
        old = next((c for c in self._known[matter.id] if c.source_key == row.key), None)
        if old is not None and (old.closing_text, old.amount, old.unit, old.remark) == (
            row.closing,
            amount,
            row.limit.unit,
            row.limit.remark,
        ):
            self._by_key[row.key] = old
            return False
        if old is not None:
            self._ended.append(old)
        else:
            self._last[matter.id] += 1
        fresh = RegisteringCondition(
            matter_class=matter,
            ordinal=old.ordinal if old else self._last[matter.id],
            text=row.condition,
            closing_text=row.closing,
            amount=amount,
            unit=row.limit.unit,
            remark=row.limit.remark,
            source_key=row.key,
            valid_from=self._day,
        )
        self._fresh.append(fresh)
        self._by_key[row.key] = fresh
        return True

    def keep(self, key: str) -> None:
        """Let the condition of this row hold on although the row was not taken."""
        self._kept.add(key)

    def condition_of(self, key: str) -> RegisteringCondition:
        """The condition in force for a row that was put."""
        return self._by_key[key]

    def write(self, *, end_missing: bool = True) -> int:
        """Write everything; returns how many conditions ended because the file has them no more."""
        missing = [
            row
            for class_id in (self._named if end_missing else ())
            for row in self._known[class_id]
            if row.source_key not in self._kept and row.valid_from <= self._day
        ]
        for row in (*self._ended, *missing):
            row.valid_to = max(self._day, row.valid_from)
        RegisteringCondition.objects.bulk_update([*self._ended, *missing], ["valid_to"], batch_size=_BATCH)
        MatterClass.objects.bulk_create(self._fresh_classes, batch_size=_BATCH)
        RegisteringCondition.objects.bulk_create(self._fresh, batch_size=_BATCH)
        for call in self.after_write:
            call()
        return len(missing)

    def _class(self, code: str, name: str, kind: str, parent: MatterClass | None) -> MatterClass:
        known = self._classes.get(code)
        if known is None:
            known = self._classes[code] = MatterClass(
                scheme=self.scheme,
                code=code,
                level="small" if parent else "big",
                parent=parent,
                name=name,
                kind=kind,
                demands_registering=True,
                valid_from=self._day,
            )
            self._fresh_classes.append(known)
        elif "".join(known.name.split()) != name:
            raise RowUnreadable(f"代码 {code} 在本体系中是“{known.name}”，文件写作“{name}”。")
        return known
