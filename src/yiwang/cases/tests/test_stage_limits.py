"""Limits of stages as data: which row holds, from when, and what the shipped ones say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from yiwang.cases.models import StageClock, StageLimit
from yiwang.cases.public import StageTerms, end_stage_limit, local_day, set_stage_limit
from yiwang.cases.stage_limits import StageRule, stage_rule
from yiwang.cases.tests.factories import AT, City, make_city, receive
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.kernel.working_time import UNITS
from yiwang.ledger.public import JournalEntry

TODAY = local_day(AT)
ADMIN = Actor(account_id=uuid7(), grants={"cases.configure": EVERYWHERE})


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def terms(**given: Any) -> StageTerms:
    usual: dict[str, Any] = {
        "stage": "accept", "amount": Decimal(1), "unit": "work_hour", "basis": "测试", "valid_from": TODAY,
    }  # fmt: skip
    return StageTerms(**{**usual, **given})


def put(at: datetime = AT, **given: Any) -> StageLimit:
    return set_stage_limit(actor=ADMIN, at=at, terms=terms(**given))


def rule(city: City, *, urgency: str = "ordinary", at: datetime = AT, matter: str = "event") -> StageRule:
    return stage_rule("accept", matter_class=city.classes[matter].id, urgency=urgency, at=at)


def test_every_shipped_limit_runs_and_names_its_basis(city: City) -> None:
    rows = list(StageLimit.objects.all())
    assert {row.stage for row in rows} >= {"accept", "verify", "sign", "contact", "recheck", "callback"}
    for row in rows:
        assert row.basis
        assert row.unit in {"", *UNITS}
    verify = next(row for row in rows if row.stage == "verify" and not row.urgency)
    recheck = next(row for row in rows if row.stage == "recheck")
    assert (verify.amount, verify.unit) == (24, "urgent_hour")
    assert (recheck.amount, recheck.unit) == (2, "work_hour")


def test_class_goes_before_kind_before_urgency_before_stage(city: City) -> None:
    def promised(**more: Any) -> Decimal:
        found = rule(city, **more).promised
        assert found is not None
        return found[0]

    assert promised() == 2
    assert promised(urgency="urgent") == Decimal("0.5")
    put(class_kind="event", amount=Decimal(3))
    assert (promised(), promised(urgency="urgent"), promised(matter="request")) == (3, 3, 2)
    put(class_kind="event", urgency="urgent", amount=Decimal(4))
    assert (promised(), promised(urgency="urgent")) == (3, 4)
    put(matter_class=city.classes["event"].id, amount=Decimal(5))
    assert (promised(), promised(urgency="urgent")) == (5, 5)


def test_a_change_begins_on_its_day_and_leaves_running_clocks_alone(city: City) -> None:
    _, before = receive(city)
    tomorrow = TODAY + timedelta(days=1)
    put(amount=Decimal(8), valid_from=tomorrow)
    _, same_day = receive(city)
    _, after = receive(city, at=AT + timedelta(days=1))
    amounts = [StageClock.objects.get(pk=case.clock).limit_amount for case in (before, same_day, after)]
    assert amounts == [2, 2, 8]
    general = StageLimit.objects.filter(stage="accept", urgency="", class_kind="", matter_class=None)
    assert [row.valid_to for row in general.order_by("valid_from")] == [tomorrow, None]


def test_a_limit_is_changed_on_its_day_and_ended(city: City) -> None:
    row = put(class_kind="event", amount=Decimal(3))
    changed = put(class_kind="event", amount=Decimal(6))
    assert (changed.id, changed.amount) == (row.id, 6)
    end_stage_limit(actor=ADMIN, at=AT, limit_id=row.id, valid_to=TODAY)
    found = rule(city).promised
    assert found is not None
    assert found[0] == 2
    with pytest.raises(Conflict, match="已于"):
        end_stage_limit(actor=ADMIN, at=AT, limit_id=row.id, valid_to=TODAY)
    kinds = list(JournalEntry.objects.filter(stream=row.id).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["cases.stage_limit_set", "cases.stage_limit_changed", "cases.stage_limit_ended"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"stage": "nap"}, "stage"),
        (
            {"stage": "suspended", "amount": None, "legal_amount": Decimal(1), "legal_unit": "work_day"},
            "stage",
        ),
        ({"stage": "handle"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": Decimal("0.5"), "unit": "work_day"}, "amount"),
        ({"legal_amount": Decimal(-1), "legal_unit": "work_day"}, "legal_amount"),
        ({"basis": " "}, "basis"),
        ({"from_signing": True}, "from_signing"),
        ({"valid_from": date(2020, 1, 1)}, "valid_from"),
        ({"class_kind": "weather"}, "class_kind"),
        ({"urgency": "soon"}, "urgency"),
        ({"matter_class": uuid7()}, "matter_class"),
    ],
)
def test_a_wrong_limit_names_its_field(city: City, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as problem:
        put(**given)
    assert field in [p.field for p in problem.value.problems]


def test_only_whoever_configures_sets_limits(city: City) -> None:
    with pytest.raises(Refused):
        set_stage_limit(actor=city.actor("duty_chief", area="city"), at=AT, terms=terms())


def test_contacting_may_count_from_signing(city: City) -> None:
    from yiwang.cases.public import sign_task
    from yiwang.cases.tests.factories import dispatched

    put(stage="contact", from_signing=True, amount=Decimal(2), unit="urgent_hour")
    case = dispatched(city)
    assert not StageClock.objects.filter(case=case, stage="contact").exists()
    signed = AT + timedelta(hours=1)
    sign_task(actor=city.actor("handler", unit="cleaning"), at=signed, case_id=case.id)
    row = StageClock.objects.get(case=case, stage="contact")
    assert (row.started_at, row.due_at) == (signed, signed + timedelta(hours=2))
