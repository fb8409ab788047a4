"""Clocks of whistles: late once, escalated, decided by the check-in; schedules open on their days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.tests.factories import AT
from yiwang.clocks.models import Timer
from yiwang.clocks.public import fire_due
from yiwang.kernel.errors import Conflict, Invalid
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.models import JournalEntry
from yiwang.whistles.models import CheckIn, Whistle, WhistleClock, WhistleSchedule, WhistleTask
from yiwang.whistles.public import (
    ScheduleTerms,
    approve_schedule,
    check_in,
    contact_whistler,
    decide_check_in,
    feed_back_report,
    mark_powerless,
    propose_schedule,
    sign_report,
    stop_schedule,
)
from yiwang.whistles.rules.recurring import days_problem, next_instant

from .factories import Town, make_town, photo, reported, sent, task_of


@pytest.fixture
def town() -> Town:
    return make_town()


def _clock(task: WhistleTask, stage: str) -> WhistleClock:
    return WhistleClock.objects.filter(task=task, stage=stage).order_by("-started_at")[0]


@pytest.mark.django_db
def test_a_unit_that_does_not_sign_is_late_once_and_its_bureau_hears_of_it(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    clock = _clock(task, "sign")
    fire_due(at=clock.due_at + timedelta(seconds=1))
    fire_due(at=clock.due_at + timedelta(seconds=2))
    clock.refresh_from_db()
    assert clock.late_at == clock.due_at
    assert clock.escalated_to == town.city.unit("bureau")
    assert JournalEntry.objects.filter(stream=whistle.id, kind="whistles.late").count() == 1


@pytest.mark.django_db
def test_the_fact_of_lateness_stays_when_the_unit_signs_after_all(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    late = _clock(task, "sign").due_at + timedelta(minutes=1)
    sign_report(actor=town.cleaning, at=late, whistle_id=whistle.id, task_id=task.id)
    clock = _clock(task, "sign")
    assert (clock.is_met, clock.late_at, clock.ended_at) == (True, clock.due_at, late)


@pytest.mark.django_db
def test_signing_at_the_due_instant_is_on_time(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    sign_report(actor=town.cleaning, at=_clock(task, "sign").due_at, whistle_id=whistle.id, task_id=task.id)
    assert _clock(task, "sign").late_at is None


def _outside_the_fence(town: Town, at: datetime) -> tuple[Whistle, WhistleTask, CheckIn]:
    whistle = sent(town)
    task = task_of(whistle)
    own = {"actor": town.cleaning, "whistle_id": whistle.id, "task_id": task.id}
    sign_report(at=AT, **own)  # type: ignore[arg-type]
    contact_whistler(at=AT, text="明天到", **own)  # type: ignore[arg-type]
    row = check_in(at=at, pictures=[photo()], representative="section", **own)  # type: ignore[arg-type]
    return whistle, task, row


@pytest.mark.django_db
def test_a_check_in_in_time_that_waits_for_the_whistler_is_not_late(town: Town) -> None:
    whistle, task, row = _outside_the_fence(town, AT + timedelta(hours=2))
    due = _clock(task, "report").due_at
    fire_due(at=due + timedelta(minutes=1))
    assert _clock(task, "report").late_at is None
    decide_check_in(
        actor=town.member, at=due + timedelta(hours=1), whistle_id=whistle.id, check_in_id=row.id,
        accept=True, reason="本人见到",
    )  # fmt: skip
    clock = _clock(task, "report")
    assert (clock.late_at, clock.ended_at) == (None, row.at)


@pytest.mark.django_db
def test_a_check_in_that_is_rejected_after_the_limit_is_late_at_once(town: Town) -> None:
    whistle, task, row = _outside_the_fence(town, AT + timedelta(hours=2))
    due = _clock(task, "report").due_at
    fire_due(at=due + timedelta(minutes=1))
    decide_check_in(
        actor=town.member, at=due + timedelta(hours=1), whistle_id=whistle.id, check_in_id=row.id,
        accept=False, reason="现场无人",
    )  # fmt: skip
    assert _clock(task, "report").late_at == due


@pytest.mark.django_db
def test_the_limit_runs_on_when_whoever_came_had_no_power(town: Town) -> None:
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    due = _clock(task, "report").due_at
    mark_powerless(
        actor=town.member,
        at=AT + timedelta(hours=2),
        whistle_id=whistle.id,
        task_id=task.id,
        reason="不能表态",
    )
    fire_due(at=due + timedelta(seconds=1))
    assert _clock(task, "report").late_at == due


@pytest.mark.django_db
def test_no_timer_is_left_when_every_unit_has_fed_back(town: Town) -> None:
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    feed_back_report(
        actor=town.cleaning, at=AT + timedelta(hours=1), whistle_id=whistle.id, task_id=task.id, result="完成"
    )
    assert not Timer.objects.filter(kind="whistles.due").exists()


def _terms(town: Town, **more: object) -> ScheduleTerms:
    draft = replace(town.draft(), area=town.city.area("east_1"), title="红山片区流动摊贩共治")
    return ScheduleTerms(draft=draft, cadence="weekly", days=[1, 4], minute=540, **more)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_schedule_opens_a_draft_on_its_days_and_goes_on(town: Town) -> None:
    row = propose_schedule(actor=town.member, at=AT, terms=_terms(town))
    with pytest.raises(Conflict):
        approve_schedule(
            actor=replace(town.principal, account_id=town.member.account_id), at=AT, schedule_id=row.id
        )
    row = approve_schedule(actor=town.principal, at=AT, schedule_id=row.id)
    thursday = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)
    assert row.next_at == thursday
    fire_due(at=thursday)
    whistle = Whistle.objects.get(schedule=row)
    assert (whistle.state, whistle.title) == ("draft", "红山片区流动摊贩共治")
    row.refresh_from_db()
    assert row.next_at == datetime(2026, 3, 9, 9, 0, tzinfo=SHANGHAI)


@pytest.mark.django_db
def test_a_stopped_schedule_opens_nothing_more(town: Town) -> None:
    row = propose_schedule(actor=town.member, at=AT, terms=_terms(town))
    row = approve_schedule(actor=town.principal, at=AT, schedule_id=row.id)
    due = row.next_at
    assert due is not None
    stop_schedule(actor=town.member, at=AT, schedule_id=row.id, reason="整治结束")
    fire_due(at=due)
    assert not Whistle.objects.filter(schedule=row).exists()


@pytest.mark.django_db
def test_a_schedule_of_a_kind_that_is_off_says_why_and_plans_the_next(town: Town) -> None:
    from yiwang.ledger.public import bump_now

    row = propose_schedule(actor=town.member, at=AT, terms=_terms(town))
    row = approve_schedule(actor=town.principal, at=AT, schedule_id=row.id)
    kind = town.kind()
    kind.is_on = False
    kind.save()
    bump_now("whistles")
    assert row.next_at is not None
    fire_due(at=row.next_at)
    after = WhistleSchedule.objects.get(pk=row.id)
    assert "没有启用" in after.last_failure
    assert after.next_at is not None
    assert after.next_at > row.next_at


@pytest.mark.django_db
def test_a_schedule_without_days_is_refused(town: Town) -> None:
    with pytest.raises(Invalid):
        propose_schedule(actor=town.member, at=AT, terms=replace(_terms(town), days=[]))


@given(
    st.sampled_from(["weekly", "monthly"]),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 1100 * 1440).map(lambda passed: AT - timedelta(minutes=passed)),
)
def test_the_next_instant_is_later_fits_the_days_and_none_is_passed_over(
    cadence: str, days: set[int], minute: int, after: datetime
) -> None:
    found = next_instant(cadence, days, minute, after=after).astimezone(SHANGHAI)
    assert found > after
    assert found.hour * 60 + found.minute == minute
    assert (found.isoweekday() if cadence == "weekly" else found.day) in days
    before = found - timedelta(days=1)
    while before > after:
        assert (before.isoweekday() if cadence == "weekly" else before.day) not in days
        before -= timedelta(days=1)


def test_days_outside_a_week_are_refused() -> None:
    assert days_problem("weekly", [8]) is not None
    assert days_problem("monthly", [31]) is None
