"""Merge and undo: links, tasks and instants come back as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yiwang.cases.models import Case, Report, ReportLink, Task
from yiwang.cases.public import (
    accept_case,
    complete_task,
    dispatch_case,
    merge_cases,
    recheck_case,
    unmerge_cases,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.clocks.public import Timer
from yiwang.kernel.errors import Conflict, Invalid
from yiwang.ledger.public import JournalEntry

LATER = AT + timedelta(hours=1)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def open_links(case: Case) -> int:
    return ReportLink.objects.filter(case=case, until=None).count()


def test_a_merged_report_belongs_to_the_survivor_and_its_task_is_recalled(city: City) -> None:
    into, gone = dispatched(city), dispatched(city, unit="gardens")
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处垃圾")
    gone.refresh_from_db()
    into.refresh_from_db()
    assert (gone.state, gone.merged_into, into.report_count) == ("merged", into.id, 2)
    assert (open_links(into), open_links(gone)) == (2, 0)
    assert [t.state for t in Task.objects.filter(case=gone)] == ["recalled"]
    assert Timer.objects.filter(subject=gone.id).count() == 0


def test_the_earliest_clock_stands(city: City) -> None:
    early = dispatched(city)
    late = dispatched(city, at=AT + timedelta(days=1))
    early.refresh_from_db()
    merge_cases(actor=SYSTEM, at=LATER, survivor=late.id, absorbed=early.id, reason="同一处垃圾")
    late.refresh_from_db()
    assert late.due_at == early.due_at


def test_undo_restores_case_tasks_and_instants(city: City) -> None:
    into, gone = dispatched(city), dispatched(city, unit="gardens")
    before = Case.objects.get(pk=gone.id)
    task_before = Task.objects.get(case=gone)
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处垃圾")
    restored = unmerge_cases(
        actor=SYSTEM, at=LATER + timedelta(minutes=5), absorbed=gone.id, reason="不是一处"
    )
    task = Task.objects.get(case=gone)
    assert (restored.state, restored.due_at, restored.merged_into) == (before.state, before.due_at, None)
    assert (task.state, task.due_at, task.recalled_at) == (task_before.state, task_before.due_at, None)
    assert (open_links(into), open_links(gone)) == (1, 1)
    assert Timer.objects.get(subject=gone.id).due_at == before.due_at
    into.refresh_from_db()
    assert into.report_count == 1
    stored = Case.objects.get(pk=gone.id)
    entries = list(JournalEntry.objects.filter(stream=gone.id).order_by("seq"))
    assert replay_case(stored, entries) == []


def test_a_case_past_its_recheck_is_not_merged(city: City) -> None:
    into, gone = dispatched(city), dispatched(city)
    complete_task(actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=gone.id, result="已清运。")
    with pytest.raises(Conflict):
        merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处")


def test_undo_is_refused_once_the_survivor_is_rechecked(city: City) -> None:
    into = dispatched(city)
    _, gone = receive(city, matter_class=city.classes["request"].id)
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处")
    complete_task(actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=into.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=LATER, case_id=into.id, result="passed")
    with pytest.raises(Conflict, match="不能再拆分"):
        unmerge_cases(actor=SYSTEM, at=LATER, absorbed=gone.id, reason="不是一处")


def test_a_case_is_not_merged_into_itself(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Invalid):
        merge_cases(actor=SYSTEM, at=LATER, survivor=case.id, absorbed=case.id, reason="x")


def test_a_merged_case_is_found_by_the_words_of_both(city: City) -> None:
    from yiwang.cases.models import CaseSearch

    into = dispatched(city)
    _, gone = receive(city, text="荷花池边臭味很大", matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=gone.id)
    dispatch_case(actor=SYSTEM, at=AT, case_id=gone.id, host=city.unit("gardens"))
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处")
    assert "荷花池" in CaseSearch.objects.get(case=into).body
    assert Report.objects.count() == 2


def test_a_merge_and_its_undo_leave_one_timer_of_the_promise_and_one_of_the_steps(city: City) -> None:
    early = dispatched(city)
    late = dispatched(city, at=AT + timedelta(days=2))
    task = Task.objects.get(case=early)
    planned = Timer.objects.get(subject=task.id).due_at
    merge_cases(actor=SYSTEM, at=AT + timedelta(days=2), survivor=late.id, absorbed=early.id, reason="同一处")
    assert [t.due_at for t in Timer.objects.filter(subject=late.id)] == [early.due_at]
    assert not Timer.objects.filter(subject__in=[early.id, task.id]).exists()
    unmerge_cases(actor=SYSTEM, at=AT + timedelta(days=2), absorbed=early.id, reason="不同")
    assert [t.due_at for t in Timer.objects.filter(subject=late.id)] == [late.due_at]
    assert [t.due_at for t in Timer.objects.filter(subject=early.id)] == [early.due_at]
    assert Timer.objects.get(subject=task.id).due_at >= planned
