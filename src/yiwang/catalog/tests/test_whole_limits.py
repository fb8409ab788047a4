"""No path stores a limit that is a fraction of a second, or of a working day."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from yiwang.catalog.models import MatterClass, RegisteringCondition, Scheme
from yiwang.kernel.limits import limit_problem
from yiwang.kernel.working_time import UNITS

LIMITS = [
    ("0.5", "work_hour", True), ("0.0025", "urgent_hour", True), ("0.0011", "urgent_hour", False),
    ("0.3333", "work_hour", False), ("1.5", "urgent_day", True), ("0.0001", "urgent_day", False),
    ("0.5", "work_day", False), ("15", "work_day", True), ("2.0001", "work_day", False),
]  # fmt: skip


@pytest.fixture
def matter_class(db: None) -> MatterClass:
    scheme = Scheme.objects.create(code="own", name="本市事项")
    return MatterClass.objects.create(scheme=scheme, code="A1", name="路灯", level="minor", kind="event")


def stands(change: object) -> bool:
    try:
        with transaction.atomic():
            change()  # type: ignore[operator]
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize(("amount", "unit", "whole"), LIMITS)
def test_the_database_refuses_a_limit_that_is_not_whole(
    matter_class: MatterClass, amount: str, unit: str, whole: bool
) -> None:
    assert (limit_problem(Decimal(amount), unit) is None) == whole, "the database says what the rule says"
    given_ = {"matter_class": matter_class, "ordinal": 1, "text": "不亮", "unit": unit}
    assert stands(lambda: RegisteringCondition.objects.create(**given_, amount=Decimal(amount))) == whole
    rows = MatterClass.objects.filter(pk=matter_class.pk)
    changed = {"default_amount": Decimal(amount), "default_unit": unit}
    assert stands(lambda: rows.update(**changed)) == whole


def test_a_class_without_a_default_limit_and_a_bulk_insert_are_asked_too(matter_class: MatterClass) -> None:
    assert stands(
        lambda: MatterClass.objects.filter(pk=matter_class.pk).update(default_amount=None, default_unit="")
    )
    row = RegisteringCondition(
        matter_class=matter_class, ordinal=2, text="闪烁", amount=Decimal("0.0011"), unit="work_hour"
    )
    assert not stands(lambda: RegisteringCondition.objects.bulk_create([row]))


@given(st.decimals("0.0001", "9999.9999", places=4), st.sampled_from(UNITS))
def test_the_rule_lets_whole_seconds_and_whole_working_days_pass_alone(amount: Decimal, unit: str) -> None:
    seconds = {"work_day": 1, "urgent_day": 86_400}.get(unit, 3600)
    whole = (amount * seconds) % 1 == 0
    assert (limit_problem(amount, unit) is None) <= whole
