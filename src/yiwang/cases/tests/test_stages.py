"""Stage clocks: one a state, two a task, and what they add up to."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.cases.clock_sheet import clock_sheet
from yiwang.cases.enums import Stage
from yiwang.cases.models import Case, ContactAttempt, Report, StageClock, Task
from yiwang.cases.public import (
    OPEN_STATES,
    RESIDENT,
    accept_case,
    answer_directly,
    approve_feedback,
    archive_case,
    close_case,
    complete_task,
    confirm_case,
    contact_reporter,
    dispatch_case,
    execute_erasure,
    merge_cases,
    rate_case,
    recall_case,
    recheck_case,
    register_case,
    reject_case,
    reopen_case,
    request_erasure,
    request_verification,
    rework_case,
    sign_task,
    unmerge_cases,
    void_case,
    withdraw_report,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.services.ladders import STEP_TIMER
from yiwang.cases.services.stages import STAGE_OF, end_stage
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.clocks.public import Timer
from yiwang.kernel.errors import Conflict, Invalid, YiwangError
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import JournalEntry, acting

LATER = AT + timedelta(minutes=30)
CONTACT = {"name": "王小明", "phone": "13900001234"}


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def with_contact(city: City) -> Case:
    _, case = receive(city, matter_class=city.classes["request"].id, contact=CONTACT)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    return dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))


def clock(case: Case, stage: str) -> StageClock:
    return StageClock.objects.filter(case=case, stage=stage).latest("started_at")


def test_each_state_runs_the_clock_it_stands_for_and_they_touch(city: City) -> None:
    handler = city.actor("handler", unit="cleaning")
    _, case = receive(city, matter_class=city.classes["request"].id)
    steps = [
        (accept_case, SYSTEM, {}), (dispatch_case, SYSTEM, {"host": city.unit("cleaning")}),
        (complete_task, handler, {"result": "已清运。"}), (recheck_case, SYSTEM, {"result": "passed"}),
        (close_case, SYSTEM, {"ending": "solved"}),
    ]  # fmt: skip
    for hour, (act, actor, more) in enumerate(steps, start=1):
        act(actor=actor, at=AT + timedelta(hours=hour), case_id=case.id, **more)  # type: ignore[operator]
    rows = list(StageClock.objects.filter(case=case, task=None).order_by("started_at"))
    assert [row.stage for row in rows] == ["accept", "dispatch", "handle", "recheck", "close", "callback"]
    assert [row.ended_at for row in rows[:-1]] == [row.started_at for row in rows[1:]]
    assert rows[-1].ended_at is None
    sheet = clock_sheet(Case.objects.get(pk=case.id), AT + timedelta(days=9))
    assert sheet.total == timedelta(hours=5)


def test_the_promised_and_the_legal_limit_stand_side_by_side(city: City) -> None:
    case = with_contact(city)
    task = Task.objects.get(case=case)
    # A request: what the class promises, and five working days by the regulation.
    assert task.legal_due_at == datetime(2026, 3, 9, 18, tzinfo=SHANGHAI)
    assert "济南" in task.legal_words
    assert (case.legal_due_at, case.legal_words) == (task.legal_due_at, task.legal_words)
    sheet = clock_sheet(case, LATER)
    assert sheet.promise is not None
    assert sheet.promise.legal_due_at == case.legal_due_at
    sign = next(view for view in sheet.tasks if view.stage == "sign")
    assert sign.limit == "4 工作时"
    assert sign.explanation.startswith("3月2日（周一）09:30—12:00")


def test_signing_ends_its_clock_and_feedback_without_signing_does_too(city: City) -> None:
    first, second = with_contact(city), with_contact(city)
    handler = city.actor("handler", unit="cleaning")
    sign_task(actor=handler, at=LATER, case_id=first.id)
    assert (clock(first, "sign").ended_at, clock(first, "sign").ending) == (LATER, "done")
    assert clock(first, "contact").ended_at is None
    complete_task(actor=handler, at=LATER, case_id=second.id, result="已清运。")
    assert clock(second, "sign").ending == "done"
    assert (clock(second, "contact").ended_at, clock(second, "contact").ending) == (LATER, "stopped")


def test_an_attempt_that_reaches_nobody_is_kept_and_the_clock_runs_on(city: City) -> None:
    case = with_contact(city)
    handler = city.actor("handler", unit="cleaning")
    with pytest.raises(Invalid, match="写明情况"):
        contact_reporter(actor=handler, at=LATER, case_id=case.id, way="phone", reached=False)
    contact_reporter(
        actor=handler, at=LATER, case_id=case.id, way="phone", reached=False, note="王小明的电话无人接听"
    )
    assert clock(case, "contact").ended_at is None
    reached_at = LATER + timedelta(hours=1)
    contact_reporter(actor=handler, at=reached_at, case_id=case.id, way="visit", reached=True)
    assert (clock(case, "contact").ended_at, clock(case, "contact").ending) == (reached_at, "done")
    assert ContactAttempt.objects.filter(case=case).count() == 2
    bodies = [e.body for e in JournalEntry.objects.filter(stream=case.id, kind="cases.contacted")]
    assert [json.loads(body)["reached"] for body in bodies] == [False, True]
    assert not any("王小明" in body for body in bodies)


def test_a_reporter_who_cannot_or_must_not_be_contacted_runs_no_such_clock(city: City) -> None:
    handler = city.actor("handler", unit="cleaning")
    for draft in (
        {"contact": None},
        {"contact": CONTACT, "privacy": "confidential"},
        {"contact": CONTACT, "voice": "source"},
    ):
        _, case = receive(city, matter_class=city.classes["request"].id, **draft)
        accept_case(actor=SYSTEM, at=AT, case_id=case.id)
        dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
        assert not StageClock.objects.filter(case=case, stage="contact").exists()
        with pytest.raises(Conflict):
            contact_reporter(actor=handler, at=LATER, case_id=case.id, way="phone", reached=True)


def test_erasing_a_report_takes_the_note_of_the_contact(city: City) -> None:
    report, case = receive(city, matter_class=city.classes["request"].id, contact=CONTACT)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    contact_reporter(
        actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=case.id, way="phone", reached=True,
        note="王小明说在家",
    )  # fmt: skip
    wish = request_erasure(actor=SYSTEM, at=LATER, report_id=report.id, basis="本人要求")
    execute_erasure(actor=city.actor("security_admin"), at=LATER, erasure_id=wish.id)
    row = ContactAttempt.objects.get(case=case)
    assert (row.note, bytes(row.salt)) == ("", b"")


def test_a_recalled_case_keeps_its_promise_and_the_next_unit_has_its_own_limit(city: City) -> None:
    case = with_contact(city)
    promise, later = case.due_at, AT + timedelta(days=2)
    recalled = recall_case(actor=SYSTEM, at=later, case_id=case.id, reason="派错单位")
    assert (recalled.due_at, recalled.round) == (promise, 1)
    assert {clock(case, "sign").ending, clock(case, "contact").ending} == {"stopped"}
    again = dispatch_case(actor=SYSTEM, at=later, case_id=case.id, host=city.unit("gardens"))
    task = Task.objects.get(case=case, state="pending")
    assert (again.due_at, again.round) == (promise, 1)
    assert promise is not None
    assert task.due_at is not None
    assert task.due_at > promise
    assert Timer.objects.get(subject=case.id, kind="cases.overdue").due_at == promise


def test_a_promise_is_missed_while_the_case_waits_to_be_dispatched_again(city: City) -> None:
    from yiwang.clocks.public import fire_due

    case = with_contact(city)
    recall_case(actor=SYSTEM, at=LATER, case_id=case.id, reason="派错单位")
    assert case.due_at is not None
    fire_due(case.due_at + timedelta(seconds=1))
    case.refresh_from_db()
    assert case.overdue_at == case.due_at


def test_a_reopened_case_waits_for_a_new_promise(city: City) -> None:
    case = with_contact(city)
    complete_task(actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=case.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=LATER, case_id=case.id, result="passed")
    close_case(actor=SYSTEM, at=LATER, case_id=case.id, ending="solved")
    again = AT + timedelta(days=3)
    assert reopen_case(actor=SYSTEM, at=again, case_id=case.id, reason="没有解决").due_at is None
    fresh = dispatch_case(actor=SYSTEM, at=again, case_id=case.id, host=city.unit("cleaning"))
    assert fresh.round == 2
    assert fresh.due_at is not None
    assert case.due_at is not None
    assert fresh.due_at > case.due_at


def test_a_merge_stops_the_clocks_and_its_undo_lets_them_run_on(city: City) -> None:
    into, gone = dispatched(city), with_contact(city)
    before = {row.id: row.started_at for row in StageClock.objects.filter(case=gone, ended_at=None)}
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处")
    assert not StageClock.objects.filter(case=gone, ended_at=None).exists()
    assert not Timer.objects.filter(subject__in=before).exists()
    unmerge_cases(actor=SYSTEM, at=LATER + timedelta(hours=1), absorbed=gone.id, reason="不是一处")
    running = StageClock.objects.filter(case=gone, ended_at=None)
    assert {row.id: row.started_at for row in running} == before
    assert Timer.objects.filter(subject=clock(gone, "sign").id, kind=STEP_TIMER).exists()


def test_a_clock_that_ends_late_says_so_and_stopping_is_no_doing(city: City) -> None:
    _, late = receive(city, matter_class=city.classes["request"].id)
    _, void = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT + timedelta(days=2), case_id=late.id)
    void_case(actor=SYSTEM, at=LATER, case_id=void.id, reason="测试件")
    row = clock(late, "accept")
    assert row.overdue_at == row.due_at
    assert (row.ending, clock(void, "accept").ending) == ("done", "stopped")
    sheet = clock_sheet(Case.objects.get(pk=late.id), AT + timedelta(days=3))
    assert sheet.stages[0].is_late


def test_a_call_back_ends_its_clock_while_the_case_stays_closed(city: City) -> None:
    _, case = receive(city)
    answer_directly(actor=SYSTEM, at=AT, case_id=case.id, answer="您好，可到窗口办理。")
    with acting(actor=SYSTEM, at=LATER) as act:
        locked = act.lock(Case, case.id)
        end_stage(act, locked, "callback")
    case.refresh_from_db()
    assert (clock(case, "callback").ended_at, case.clock) == (LATER, None)
    archive_case(actor=SYSTEM, at=AT + timedelta(days=40), case_id=case.id)
    assert clock(case, "callback").ended_at == LATER


def test_a_case_that_has_ended_leaves_no_timer_behind(city: City) -> None:
    voided, rejected = receive(city)[1], receive(city)[1]
    void_case(actor=SYSTEM, at=LATER, case_id=voided.id, reason="测试件")
    reject_case(actor=SYSTEM, at=LATER, case_id=rejected.id, reason="不属受理范围")
    report, withdrawn = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=withdrawn.id)
    withdraw_report(actor=RESIDENT, at=LATER, report_id=report.id)
    merged, archived = with_contact(city), with_contact(city)
    assert len(timers_of(merged)) >= 4  # promise, handling, signing, contacting
    merge_cases(actor=SYSTEM, at=LATER, survivor=with_contact(city).id, absorbed=merged.id, reason="同一处")
    handler = city.actor("handler", unit="cleaning")
    complete_task(actor=handler, at=LATER, case_id=archived.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=LATER, case_id=archived.id, result="passed")
    close_case(actor=SYSTEM, at=LATER, case_id=archived.id, ending="solved")
    archive_case(actor=SYSTEM, at=LATER, case_id=archived.id)
    left = {}
    for case in (voided, rejected, withdrawn, merged, archived):
        case.refresh_from_db()
        left[case.state] = timers_of(case)
    assert left == {"voided": [], "rejected": [], "withdrawn": [], "merged": [], "archived": []}


def timers_of(case: Case) -> list[str]:
    """The kinds of timers of a case, its tasks and its clocks."""
    subjects = [case.id, *Task.objects.filter(case=case).values_list("id", flat=True)]
    subjects += StageClock.objects.filter(case=case).values_list("id", flat=True)
    return sorted(Timer.objects.filter(subject__in=subjects).values_list("kind", flat=True))


def test_the_database_refuses_a_second_open_clock_of_a_case(city: City) -> None:
    _, case = receive(city)
    StageClock.objects.create(case=case, stage="verify", started_at=AT)
    with pytest.raises(IntegrityError):
        connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_the_new_acts_keep_to_the_budget_of_round_trips() -> None:
    city = make_city()
    handler = city.actor("handler", unit="cleaning")
    case = with_contact(city)
    seen: dict[str, int] = {}
    for name, act, actor, more in (
        ("contact", contact_reporter, handler, {"way": "phone", "reached": True}),
        ("recall", recall_case, SYSTEM, {"reason": "派错单位"}),
        ("dispatch again", dispatch_case, SYSTEM, {"host": city.unit("gardens")}),
    ):
        with CaptureQueriesContext(connection) as queries:
            act(actor=actor, at=LATER, case_id=case.id, **more)  # type: ignore[operator]
        seen[name] = len(queries)
    assert max(seen.values()) <= 8, seen


def _reckoned(case: Case, until: datetime) -> timedelta:
    """The time in open states, from the journal alone; the time of a merge that was undone counts too."""
    total, since, state = timedelta(), None, ""
    for entry in JournalEntry.objects.filter(stream=case.id).order_by("seq"):
        now = json.loads(entry.body).get("state", state)
        if now == state:
            continue
        if since is not None and state in OPEN_STATES:
            total += entry.at - since
        if state == "merged" and since is not None and now in OPEN_STATES:
            total += entry.at - since
        since, state = entry.at, now
    return total + (until - since if state in OPEN_STATES and since is not None else timedelta())


ACTS = (
    "accept", "verify", "confirm", "register", "dispatch", "recall", "sign", "contact", "complete", "approve",
    "rework", "pass", "fail", "close", "rate", "reopen", "merge", "unmerge", "void", "reject",
)  # fmt: skip


def _try(name: str, *, city: City, case: Case, other: Case, report: Report, at: datetime) -> None:
    handler = city.actor("handler", unit="cleaning")
    common = {"at": at, "case_id": case.id}
    rate = {"report_id": report.id, "outcome": "solved", "satisfaction": "satisfied"}
    table = {
        "accept": lambda: accept_case(actor=SYSTEM, **common),
        "verify": lambda: request_verification(actor=SYSTEM, **common),
        "confirm": lambda: confirm_case(actor=SYSTEM, **common),
        "register": lambda: register_case(actor=SYSTEM, condition_id=city.condition.id, **common),
        "dispatch": lambda: dispatch_case(actor=SYSTEM, host=city.unit("cleaning"), **common),
        "recall": lambda: recall_case(actor=SYSTEM, reason="派错", **common),
        "sign": lambda: sign_task(actor=handler, **common),
        "contact": lambda: contact_reporter(actor=handler, way="phone", reached=True, **common),
        "complete": lambda: complete_task(actor=handler, result="已清运。", **common),
        "approve": lambda: approve_feedback(actor=SYSTEM, **common),
        "rework": lambda: rework_case(actor=SYSTEM, reason="没有清干净", **common),
        "pass": lambda: recheck_case(actor=SYSTEM, result="passed", **common),
        "fail": lambda: recheck_case(actor=SYSTEM, result="failed", note="还在", **common),
        "close": lambda: close_case(actor=SYSTEM, ending="solved", **common),
        "rate": lambda: rate_case(actor=RESIDENT, **rate, **common),
        "reopen": lambda: reopen_case(actor=SYSTEM, reason="没有解决", **common),
        "merge": lambda: merge_cases(
            actor=SYSTEM, at=at, survivor=other.id, absorbed=case.id, reason="同一处"
        ),
        "unmerge": lambda: unmerge_cases(actor=SYSTEM, at=at, absorbed=case.id, reason="不是一处"),
        "void": lambda: void_case(actor=SYSTEM, reason="测试件", **common),
        "reject": lambda: reject_case(actor=SYSTEM, reason="不属受理范围", **common),
    }
    with transaction.atomic():
        table[name]()


@pytest.mark.django_db(transaction=True)
def test_stage_times_add_up_to_the_total_whatever_is_done_and_every_open_case_runs_one_clock() -> None:
    city = make_city()
    likely = st.sampled_from(("accept", "dispatch", "sign", "complete", "pass", "close", "recall", "reopen"))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(likely | st.sampled_from(ACTS), st.integers(1, 5000)), min_size=8, max_size=18))
    def hold(steps: list[tuple[str, int]]) -> None:
        report, case = receive(city, matter_class=city.classes["request"].id, contact=CONTACT)
        _, other = receive(city, matter_class=city.classes["request"].id)
        at = AT
        for name, minutes in steps:
            at += timedelta(minutes=minutes)
            with suppress(YiwangError):
                _try(name, city=city, case=case, other=other, report=report, at=at)
            stored = Case.objects.get(pk=case.id)
            running = list(StageClock.objects.filter(case=case, task=None, ended_at=None))
            if stored.state in OPEN_STATES:
                assert [row.stage for row in running] == [STAGE_OF[stored.state]]
                assert stored.clock == running[0].id
            else:
                assert {row.stage for row in running} <= {Stage.CALLBACK}
            waiting = Task.objects.filter(case=case, state="pending").count()
            assert StageClock.objects.filter(case=case, stage="sign", ended_at=None).count() == waiting
        until = at + timedelta(hours=1)
        assert clock_sheet(stored, until).total == _reckoned(stored, until)
        assert replay_case(stored, list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))) == []

    hold()
