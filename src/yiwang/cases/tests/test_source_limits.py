"""A limit that the source owns: less its margin, moved by one named act, the earliest after a merge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.models import Case, Rating, Report, Task
from yiwang.cases.public import (
    accept_case,
    answer_directly,
    dispatch_case,
    merge_cases,
    rate_case,
    set_source_limit,
    unmerge_cases,
)
from yiwang.cases.rules import TOLD_EVENTS, SourceLimit, bounded_due, who_tells
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.clocks.public import Timer
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import JournalEntry

SOURCE = system_actor("source", "cases.set_source_limit")
MARGIN = (Decimal(4), "work_hour")
LATER = AT + timedelta(minutes=5)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def local(day: int, hour: int = 18, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def limited(city: City, due: datetime, **given: Any) -> tuple[Report, Case]:
    report, case = receive(city, matter_class=city.classes["request"].id, **given)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    case = set_source_limit(actor=SOURCE, at=AT, report_id=report.id, due_at=due, margin=MARGIN)
    return report, case


def sent(city: City, case: Case) -> Task:
    dispatch_case(actor=SYSTEM, at=LATER, case_id=case.id, host=city.unit("cleaning"))
    return Task.objects.get(case=case)


def test_the_inner_limit_is_the_sources_less_the_margin_and_says_so(city: City) -> None:
    _, case = limited(city, local(4))
    task = sent(city, case)
    assert task.due_at == local(4, 12)
    assert "来源时限 2026-03-04 18:00 减 4 工作时，为 2026-03-04 12:00" in task.due_explanation
    case = Case.objects.get(pk=case.id)
    assert (case.due_at, case.source_due_at) == (local(4, 12), local(4))
    assert Timer.objects.get(subject=case.id).due_at == local(4, 12)


def test_our_own_limit_stands_when_it_is_earlier(city: City) -> None:
    _, case = limited(city, local(20))
    task = sent(city, case)
    assert task.due_at == local(9)
    assert "以本级时限为准" in task.due_explanation


def test_a_margin_that_is_used_up_leaves_the_sources_limit_itself(city: City) -> None:
    _, case = limited(city, local(2, 11))
    task = sent(city, case)
    assert task.due_at == local(2, 11)
    assert "不再留余量" in task.due_explanation


def test_a_margin_of_ages_is_used_up(city: City) -> None:
    report, case = limited(city, local(4))
    ages = (Decimal(9999), "work_day")
    set_source_limit(actor=SOURCE, at=AT, report_id=report.id, due_at=local(5), margin=ages)
    assert sent(city, case).due_at == local(5)


def test_a_source_limit_that_has_passed_is_said_and_gives_no_limit_in_the_past(city: City) -> None:
    _, case = limited(city, local(2, 9))
    task = sent(city, case)
    assert task.due_at == local(9)
    assert "对来源已超时" in task.due_explanation


def test_a_changed_limit_moves_what_is_out_with_a_new_timer_and_an_entry(city: City) -> None:
    report, case = limited(city, local(4))
    sent(city, case)
    at = LATER + timedelta(hours=1)
    set_source_limit(actor=SOURCE, at=at, report_id=report.id, due_at=local(5), margin=MARGIN)
    assert Task.objects.get(case=case).due_at == local(5, 12)
    assert Case.objects.get(pk=case.id).due_at == local(5, 12)
    assert [timer.due_at for timer in Timer.objects.filter(subject=case.id)] == [local(5, 12)]
    entry = JournalEntry.objects.filter(stream=case.id, kind="cases.source_limit_set").latest("seq")
    assert "2026-03-04T04:00" in entry.body
    version = Case.objects.get(pk=case.id).version
    set_source_limit(actor=SOURCE, at=at, report_id=report.id, due_at=local(5), margin=MARGIN)
    assert Case.objects.get(pk=case.id).version == version


def test_a_granted_extension_goes_beyond_our_own_limit_and_keeps_its_effect(city: City) -> None:
    report, case = limited(city, local(9))
    assert sent(city, case).due_at == local(9, 12)
    at = LATER + timedelta(hours=1)
    ask: dict[str, Any] = {"actor": SOURCE, "report_id": report.id, "margin": MARGIN}
    set_source_limit(at=at, due_at=local(13), is_extension=True, **ask)
    task = Task.objects.get(case=case)
    assert task.due_at == local(13, 12)
    assert "来源已同意延期" in task.due_explanation
    set_source_limit(at=at + timedelta(hours=1), due_at=local(16), **ask)
    assert Task.objects.get(case=case).due_at == local(16, 12)


def test_an_extended_case_that_was_overdue_is_so_no_longer(city: City) -> None:
    report, case = limited(city, local(4))
    sent(city, case)
    Case.objects.filter(pk=case.id).update(overdue_at=local(4, 12))
    set_source_limit(
        actor=SOURCE, at=local(4, 17), report_id=report.id, due_at=local(12), margin=MARGIN, is_extension=True
    )
    assert Case.objects.get(pk=case.id).overdue_at is None
    assert Timer.objects.get(subject=case.id).due_at == local(12, 12)


def test_merged_cases_keep_the_earliest_limit_and_give_it_back(city: City) -> None:
    _, one = limited(city, local(10))
    _, two = limited(city, local(5))
    merge_cases(actor=SYSTEM, at=LATER, survivor=one.id, absorbed=two.id, reason="同一问题")
    assert Case.objects.get(pk=one.id).source_due_at == local(5)
    unmerge_cases(actor=SYSTEM, at=LATER + timedelta(minutes=1), absorbed=two.id, reason="不是一处")
    assert Case.objects.get(pk=one.id).source_due_at == local(10)
    assert Case.objects.get(pk=two.id).source_due_at == local(5)


def test_only_who_speaks_for_sources_sets_their_limit(city: City) -> None:
    report, _ = receive(city)
    with pytest.raises(Refused):
        set_source_limit(actor=city.actor("dispatcher"), at=AT, report_id=report.id, due_at=local(5))
    with pytest.raises(Invalid):
        set_source_limit(
            actor=SOURCE, at=AT, report_id=report.id, due_at=local(5), margin=(Decimal(0), "work_hour")
        )


def test_a_report_that_its_source_rates_is_rated_by_nobody_else(city: City) -> None:
    report, case = receive(city, rated_by_source=True)
    answer_directly(actor=SYSTEM, at=LATER, case_id=case.id, answer="已告知办理流程。")
    ask: dict[str, Any] = {"actor": SYSTEM, "at": LATER, "case_id": case.id, "report_id": report.id}
    with pytest.raises(Conflict):
        rate_case(outcome="solved", **ask)
    rate_case(outcome="solved", by_source=True, **ask)
    assert Rating.objects.get(report=report).outcome == "solved"


INSTANTS = st.integers(0, 525_600).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


@given(INSTANTS, INSTANTS, st.lists(st.tuples(INSTANTS, st.integers(0, 100)), max_size=3))
def test_the_inner_limit_is_never_later_than_ours_nor_in_the_past_by_the_source(
    at: datetime, own: datetime, given_limits: list[tuple[datetime, int]]
) -> None:
    limits = [SourceLimit(due, due - timedelta(hours=less), "余量") for due, less in given_limits]
    found, why = bounded_due(own, limits, at=at)
    assert found <= own
    assert found == own or found > at
    assert bool(why) == bool(limits)
    ahead = [limit.due_at for limit in limits if limit.due_at > at]
    assert all(found <= due for due in ahead)


@pytest.mark.parametrize("event", TOLD_EVENTS)
@pytest.mark.parametrize("voice", ["us", "source"])
@pytest.mark.parametrize("rated_by_source", [False, True])
def test_one_voice_tells_of_one_event(event: str, voice: str, rated_by_source: bool) -> None:
    found = who_tells(event, voice=voice, rated_by_source=rated_by_source)
    assert found == ("source" if (rated_by_source if event == "callback" else voice == "source") else "us")
    unreachable = who_tells(event, voice=voice, rated_by_source=rated_by_source, is_reachable=False)
    assert unreachable == (found if found == "source" else "nobody")


def test_an_event_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="gossip"):
        who_tells("gossip", voice="us", rated_by_source=False)
