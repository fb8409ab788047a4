"""Applications 申请: asked with reason, decided by others, and only then does a deadline move."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from yiwang.cases.clock_sheet import clock_sheet
from yiwang.cases.models import Application, Case, Remark, StageClock, Supervision, Task
from yiwang.cases.replaying import replay_case
from yiwang.cases.services.accepting import accept_case
from yiwang.cases.services.applying import ApplicationTerms, Paper, ask_application, take_back_application
from yiwang.cases.services.checking import close_case, recheck_case
from yiwang.cases.services.closing import reopen_case
from yiwang.cases.services.deciding import approve_application, refuse_application
from yiwang.cases.services.dispatching import dispatch_case
from yiwang.cases.services.handling import complete_task, sign_task
from yiwang.cases.services.suspending import RESUME_TIMER, resume_case
from yiwang.cases.states import CLOSED, HANDLING, SUSPENDED
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, picture, receive
from yiwang.clocks.models import Timer
from yiwang.clocks.public import current_calendar, fire_due, set_local_day
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.models import JournalEntry

pytestmark = pytest.mark.django_db
#: A request is dispatched Monday 2026-03-02 09:35 with five 工作日: due Monday 2026-03-09 18:00.
DUE = datetime(2026, 3, 9, 18, tzinfo=SHANGHAI)


@pytest.fixture
def city() -> City:
    return make_city()


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type]


def worker(city: City):  # type: ignore[no-untyped-def]
    return city.actor("handler", unit="cleaning", username="worker")


def head(city: City):  # type: ignore[no-untyped-def]
    return city.actor("unit_leader", unit="cleaning", username="head")


def dispatcher(city: City):  # type: ignore[no-untyped-def]
    return city.actor("dispatcher", area="city")


def chief(city: City):  # type: ignore[no-untyped-def]
    return city.actor("duty_chief", area="city")


def ask(city: City, case: Case, kind: str = "extension", *, at: datetime, **given: object) -> Application:
    reasons = {"extension": "material", "suspension": "season", "appeal": "system", "exclusion": "duplicate"}
    papers = given.pop("papers", None)
    if papers is None:
        papers = [] if kind == "extension" else [Paper(picture(), "申请.jpg")]
    actor = given.pop("actor", None) or worker(city)
    terms = ApplicationTerms(**{"kind": kind, "reason_code": reasons[kind], "reason": "设备未到", **given})
    return ask_application(actor=actor, at=at, case_id=case.id, terms=terms, papers=papers)  # type: ignore[arg-type]


def approve_all(city: City, wish: Application, *, at: datetime) -> None:
    approve_application(actor=head(city), at=at, application_id=wish.id)
    approve_application(actor=dispatcher(city), at=at, application_id=wish.id)


def entries(case: Case, kind: str) -> list[dict[str, object]]:
    found = JournalEntry.objects.filter(stream=case.id, kind=kind).order_by("seq")
    return [json.loads(row.body) for row in found]


def test_an_extension_gives_one_original_limit_more_from_the_old_due_instant(city: City) -> None:
    case = dispatched(city)
    assert case.due_at == DUE
    wish = ask(city, case, at=shanghai(2026, 3, 4, 10))
    case.refresh_from_db()
    assert case.due_at == DUE  # a pending application moves nothing
    approve_all(city, wish, at=shanghai(2026, 3, 5, 10))
    case.refresh_from_db()
    task = Task.objects.get(case=case)
    assert case.due_at == task.due_at == shanghai(2026, 3, 16, 18)
    assert "2026-03-09 18:00" in task.due_explanation
    assert "2026-03-16 18:00" in task.due_explanation
    assert Timer.objects.get(subject=case.id, kind="cases.overdue").due_at == case.due_at
    assert entries(case, "cases.application_approved")[0]["due_before"]


def test_an_extension_asked_in_time_and_decided_late_counts_from_the_old_due_instant(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=DUE - timedelta(hours=1))
    fire_due(DUE)
    case.refresh_from_db()
    assert case.overdue_at == DUE
    approve_all(city, wish, at=DUE + timedelta(days=1))
    case.refresh_from_db()
    assert case.due_at == shanghai(2026, 3, 16, 18)
    assert case.overdue_at is None


def test_an_extension_decided_after_its_own_due_instant_says_so_and_stays_late(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=DUE - timedelta(hours=1))
    fire_due(DUE)
    approve_all(city, wish, at=shanghai(2026, 3, 20, 9))
    case.refresh_from_db()
    assert case.due_at == case.overdue_at == shanghai(2026, 3, 16, 18)
    assert "批准时新时限也已过" in Task.objects.get(case=case).due_explanation


def test_a_refusal_needs_words_and_moves_nothing(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=AT + timedelta(hours=1))
    with pytest.raises(Invalid):
        refuse_application(actor=head(city), at=AT + timedelta(hours=2), application_id=wish.id, reason=" ")
    refuse_application(
        actor=head(city), at=AT + timedelta(hours=2), application_id=wish.id, reason="可按期完成"
    )
    case.refresh_from_db()
    wish.refresh_from_db()
    assert (wish.state, case.due_at, wish.waits_for) == ("refused", DUE, "")
    assert Remark.objects.get(case=case, seq=wish.decided_seq).text == "可按期完成"
    with pytest.raises(Conflict):
        approve_application(actor=head(city), at=AT + timedelta(hours=3), application_id=wish.id)


def test_the_steps_are_by_other_persons_and_in_order(city: City) -> None:
    case = dispatched(city)
    asked = ask(city, case, at=AT + timedelta(hours=1), actor=head(city))
    later = AT + timedelta(hours=2)
    with pytest.raises(Conflict, match="申请人以外"):
        approve_application(actor=head(city), at=later, application_id=asked.id)
    with pytest.raises(Refused):
        approve_application(actor=dispatcher(city), at=later, application_id=asked.id)
    with pytest.raises(Refused):
        approve_application(actor=worker(city), at=later, application_id=asked.id)
    other = city.actor("unit_leader", unit="cleaning", username="deputy")
    approve_application(actor=other, at=later, application_id=asked.id)
    with pytest.raises(Refused):
        approve_application(actor=other, at=later, application_id=asked.id)
    approve_application(actor=dispatcher(city), at=later, application_id=asked.id)
    asked.refresh_from_db()
    assert asked.state == "approved"


def test_another_unit_may_not_ask_nor_approve(city: City) -> None:
    case = dispatched(city)
    stranger = city.actor("unit_leader", unit="gardens", username="stranger")
    with pytest.raises(Refused):
        ask(city, case, at=AT + timedelta(hours=1), actor=stranger)
    wish = ask(city, case, at=AT + timedelta(hours=1))
    with pytest.raises(Refused):
        approve_application(actor=stranger, at=AT + timedelta(hours=2), application_id=wish.id)


def test_only_who_asked_takes_an_application_back(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=AT + timedelta(hours=1))
    with pytest.raises(Conflict, match="已有一份"):
        ask(city, case, at=AT + timedelta(hours=1))
    with pytest.raises(Conflict, match="本人"):
        take_back_application(actor=head(city), at=AT + timedelta(hours=2), application_id=wish.id)
    take_back_application(actor=worker(city), at=AT + timedelta(hours=2), application_id=wish.id)
    wish.refresh_from_db()
    assert wish.state == "taken_back"
    ask(city, case, at=AT + timedelta(hours=3))


def suspended(city: City, case: Case, *, asked: datetime, at: datetime, until: date) -> Application:
    wish = ask(city, case, "suspension", at=asked, until=until)
    approve_all(city, wish, at=at)
    return wish


def test_a_suspended_case_rests_and_goes_on_by_itself_with_what_was_left(city: City) -> None:
    case = dispatched(city)
    left = current_calendar().between(shanghai(2026, 3, 4, 16), DUE)
    suspended(city, case, asked=shanghai(2026, 3, 4, 10), at=shanghai(2026, 3, 4, 16), until=date(2026, 5, 2))
    case.refresh_from_db()
    assert (case.state, case.due_at) == (SUSPENDED, None)
    assert case.suspended_until == shanghai(2026, 5, 2)
    assert not Timer.objects.filter(subject=case.id, kind="cases.overdue").exists()
    with pytest.raises(Conflict, match="挂账中，暂停办理，将于 2026-05-02 自动恢复"):
        sign_task(actor=worker(city), at=shanghai(2026, 3, 5, 9), case_id=case.id)
    with pytest.raises(Conflict, match="挂账中"):
        complete_task(actor=worker(city), at=shanghai(2026, 3, 5, 9), case_id=case.id, result="已办")
    fire_due(shanghai(2026, 3, 20))
    case.refresh_from_db()
    assert (case.state, case.overdue_at) == (SUSPENDED, None)
    fire_due(shanghai(2026, 5, 2))
    case.refresh_from_db()
    task = Task.objects.get(case=case)
    # Labour Day: 1 to 5 May are off; 26 h were left: Wed 6, Thu 7, Fri 8, and 2 h of make-up Saturday 9.
    assert left == timedelta(hours=26)
    assert (case.state, case.due_at, task.due_at) == (HANDLING, shanghai(2026, 5, 9, 10), case.due_at)
    assert current_calendar().between(shanghai(2026, 5, 2), task.due_at) == left
    for words in ("2026-03-09 18:00", "26 小时", "2026-05-09 10:00"):
        assert words in task.due_explanation
    assert entries(case, "cases.resume")[0]["early"] is False
    complete_task(actor=worker(city), at=shanghai(2026, 5, 8, 9), case_id=case.id, result="已办")


def test_the_host_takes_a_case_up_early_with_a_reason(city: City) -> None:
    case = dispatched(city)
    suspended(city, case, asked=shanghai(2026, 3, 4, 10), at=shanghai(2026, 3, 4, 16), until=date(2026, 5, 2))
    with pytest.raises(Invalid):
        resume_case(actor=worker(city), at=shanghai(2026, 3, 11, 9), case_id=case.id, reason="")
    stranger = city.actor("handler", unit="gardens", username="stranger")
    with pytest.raises(Refused):
        resume_case(actor=stranger, at=shanghai(2026, 3, 11, 9), case_id=case.id, reason="资金到位")
    resume_case(actor=worker(city), at=shanghai(2026, 3, 11, 9), case_id=case.id, reason="资金到位")
    case.refresh_from_db()
    # 26 h from Wednesday 09:00: 7 h, Thu 8, Fri 8, and 3 h of Monday.
    assert case.due_at == shanghai(2026, 3, 16, 11)
    assert not Timer.objects.filter(subject=case.id, kind=RESUME_TIMER).exists()
    fire_due(shanghai(2026, 3, 13))
    with pytest.raises(Conflict):
        resume_case(actor=worker(city), at=shanghai(2026, 3, 13, 9), case_id=case.id, reason="再次")


def test_a_case_is_suspended_once_and_at_most_for_a_year(city: City) -> None:
    case = dispatched(city)
    for until in (date(2026, 3, 4), date(2027, 3, 5), None):
        with pytest.raises(Invalid, match="恢复日期"):
            ask(city, case, "suspension", at=shanghai(2026, 3, 4, 10), until=until)
    with pytest.raises(Invalid, match="证据"):
        ask(city, case, "suspension", at=shanghai(2026, 3, 4, 10), until=date(2026, 3, 9), papers=[])
    suspended(city, case, asked=shanghai(2026, 3, 4, 10), at=shanghai(2026, 3, 4, 16), until=date(2026, 3, 9))
    fire_due(shanghai(2026, 3, 9))
    with pytest.raises(Conflict, match="最多 1 次"):
        ask(city, case, "suspension", at=shanghai(2026, 3, 9, 10), until=date(2026, 4, 1))


def test_a_limit_that_had_passed_stays_where_it_was_over_a_suspension(city: City) -> None:
    case = dispatched(city)
    fire_due(DUE)
    suspended(
        city, case, asked=shanghai(2026, 3, 10, 9), at=shanghai(2026, 3, 10, 10), until=date(2026, 4, 1)
    )
    case.refresh_from_db()
    assert (case.state, case.due_at, case.overdue_at) == (SUSPENDED, DUE, DUE)
    fire_due(shanghai(2026, 4, 1))
    case.refresh_from_db()
    assert (case.state, case.due_at, case.overdue_at) == (HANDLING, DUE, DUE)


def test_an_extension_after_a_suspension_counts_from_the_resumed_due_instant(city: City) -> None:
    case = dispatched(city)
    suspended(
        city, case, asked=shanghai(2026, 3, 4, 10), at=shanghai(2026, 3, 4, 16), until=date(2026, 3, 11)
    )
    fire_due(shanghai(2026, 3, 11))
    case.refresh_from_db()
    assert case.due_at == shanghai(2026, 3, 16, 10)
    approve_all(city, ask(city, case, at=shanghai(2026, 3, 12, 9)), at=shanghai(2026, 3, 12, 10))
    case.refresh_from_db()
    assert case.due_at == shanghai(2026, 3, 23, 18)


def closed_late(city: City) -> Case:
    case = dispatched(city)
    fire_due(DUE)
    complete_task(actor=worker(city), at=DUE + timedelta(hours=16), case_id=case.id, result="已办")
    return finish(city, case, at=DUE + timedelta(hours=17))


def finish(city: City, case: Case, *, at: datetime) -> Case:
    inspector = city.actor("collection_inspector", area="city")
    recheck_case(actor=inspector, at=at, case_id=case.id, result="passed")
    close_case(actor=chief(city), at=at + timedelta(hours=1), case_id=case.id, ending="solved")
    case.refresh_from_db()
    assert case.state == CLOSED
    return case


def test_an_appeal_is_reviewed_by_two_and_the_overdue_fact_stays(city: City) -> None:
    case = closed_late(city)
    wish = ask(city, case, "appeal", at=DUE + timedelta(days=1))
    later = DUE + timedelta(days=2)
    approve_application(actor=dispatcher(city), at=later, application_id=wish.id)
    approve_application(actor=chief(city), at=later, application_id=wish.id)
    case.refresh_from_db()
    task = Task.objects.get(case=case)
    assert task.is_excused
    assert case.is_excused
    assert case.overdue_at == DUE
    assert task.due_at == DUE
    with pytest.raises(Conflict):
        ask(city, case, "appeal", at=DUE + timedelta(days=3))


def test_the_same_person_may_not_review_an_appeal_twice(city: City) -> None:
    case = closed_late(city)
    wish = ask(city, case, "appeal", at=DUE + timedelta(days=1))
    approve_application(actor=chief(city), at=DUE + timedelta(days=2), application_id=wish.id)
    with pytest.raises(Conflict, match="另一人"):
        approve_application(actor=chief(city), at=DUE + timedelta(days=2), application_id=wish.id)


def test_a_refused_appeal_is_used_up(city: City) -> None:
    case = closed_late(city)
    wish = ask(city, case, "appeal", at=DUE + timedelta(days=1))
    refuse_application(
        actor=dispatcher(city), at=DUE + timedelta(days=2), application_id=wish.id, reason="不成立"
    )
    with pytest.raises(Conflict, match="最多 1 次"):
        ask(city, case, "appeal", at=DUE + timedelta(days=3))


def test_a_task_that_was_in_time_needs_no_appeal(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Refused):  # not handled yet
        ask(city, case, "appeal", at=AT + timedelta(hours=1))


def test_an_excluded_case_stays_in_the_record_and_is_counted_again_the_same_way(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, "exclusion", at=AT + timedelta(hours=1))
    approve_application(actor=chief(city), at=AT + timedelta(hours=2), application_id=wish.id)
    case.refresh_from_db()
    assert (case.exclusion_ground, case.state, case.due_at) == ("duplicate", HANDLING, DUE)
    assert case.excluded_at == AT + timedelta(hours=2)
    with pytest.raises(Invalid, match="已从考核中剔除"):
        ask(city, case, "exclusion", at=AT + timedelta(hours=3))
    back = ask(city, case, "exclusion", at=AT + timedelta(hours=3), undoes=True, reason_code="reinclude")
    approve_application(actor=chief(city), at=AT + timedelta(hours=4), application_id=back.id)
    case.refresh_from_db()
    assert (case.excluded_at, case.exclusion_ground) == (None, "")
    assert len(entries(case, "cases.application_approved")) == 2


def test_an_approval_waits_while_the_case_rests(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=shanghai(2026, 3, 3, 10))
    approve_application(actor=head(city), at=shanghai(2026, 3, 3, 11), application_id=wish.id)
    suspended(
        city, case, asked=shanghai(2026, 3, 4, 10), at=shanghai(2026, 3, 4, 16), until=date(2026, 3, 11)
    )
    with pytest.raises(Conflict, match="不在处置中"):
        approve_application(actor=dispatcher(city), at=shanghai(2026, 3, 5, 9), application_id=wish.id)


def test_the_journal_holds_codes_and_a_commitment_and_no_words(city: City) -> None:
    case = dispatched(city)
    ask(city, case, at=AT + timedelta(hours=1), reason="老王家的设备没到")
    (body,) = entries(case, "cases.application_asked")
    assert "老王" not in json.dumps(body, ensure_ascii=False)
    assert body["reason_code"] == "material"
    assert body["remark"]


def test_an_application_waits_with_a_limit_for_the_answer(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=shanghai(2026, 3, 4, 10))
    assert wish.answer_due_at == shanghai(2026, 3, 4, 16)
    assert wish.approvals == ["cases.endorse_application", "cases.review"]


def test_stage_clocks_go_on_at_the_same_second_as_the_limits_however_late_the_timer_fires(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id, contact={"phone": "13900001234"})
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    contact = StageClock.objects.get(case=case, stage="contact")
    assert contact.due_at == shanghai(2026, 3, 3, 9, 30)  # 24 紧急工作时
    rested = shanghai(2026, 3, 2, 16) + timedelta(milliseconds=700)
    suspended(city, case, asked=shanghai(2026, 3, 2, 15), at=rested, until=date(2026, 5, 2))
    fire_due(shanghai(2026, 5, 2) + timedelta(seconds=20, milliseconds=300))
    contact.refresh_from_db()
    # 17 h 30 min were left, and go on at midnight, not when the timer was seen to
    assert contact.due_at == shanghai(2026, 5, 2, 17, 30)
    assert "自然时间 17 小时 30 分" in contact.due_explanation
    sign = StageClock.objects.get(case=case, stage="sign")
    assert sign.due_at == shanghai(2026, 3, 2, 15, 30)  # had passed before, and stays


def test_nothing_climbs_and_nothing_becomes_late_on_the_sheet_while_the_case_rests(city: City) -> None:
    case = dispatched(city)
    suspended(city, case, asked=shanghai(2026, 3, 2, 10), at=shanghai(2026, 3, 2, 11), until=date(2026, 5, 2))
    fire_due(shanghai(2026, 4, 20, 9))
    assert not Supervision.objects.filter(case=case, at__gt=shanghai(2026, 3, 2, 11)).exists()
    case.refresh_from_db()
    sheet = clock_sheet(case, shanghai(2026, 4, 20, 9))
    assert {view.stage: (view.status, view.is_late) for view in sheet.tasks} == {
        "sign": ("resting", False), "contact": ("resting", False), "handle": ("resting", False),
    }  # fmt: skip
    assert {view.due_at for view in sheet.tasks} == {None}
    assert sheet.promise is not None
    assert (sheet.promise.status, sheet.promise.due_at, sheet.promise.is_late) == ("resting", None, False)
    assert "暂停计时" in sheet.promise.explanation


def test_an_appeal_is_asked_once_a_case_and_unit_in_whatever_round(city: City) -> None:
    case = closed_late(city)
    wish = ask(city, case, "appeal", at=DUE + timedelta(days=1))
    refuse_application(
        actor=dispatcher(city), at=DUE + timedelta(days=2), application_id=wish.id, reason="不成立"
    )
    again = shanghai(2026, 3, 13, 9)
    reopen_case(actor=SYSTEM, at=again, case_id=case.id, reason="没有解决")
    dispatch_case(actor=SYSTEM, at=again, case_id=case.id, host=city.unit("cleaning"))
    late = shanghai(2026, 4, 1, 9)
    fire_due(late)
    complete_task(actor=worker(city), at=late, case_id=case.id, result="已办")
    finish(city, case, at=late)
    with pytest.raises(Conflict, match="最多 1 次"):
        ask(city, case, "appeal", at=late + timedelta(days=1))


def test_who_decides_a_step_that_another_has_just_decided_is_told(city: City) -> None:
    case = dispatched(city)
    wish = ask(city, case, at=AT + timedelta(hours=1))
    both = city.actor("unit_leader", unit="cleaning", username="both")
    both = Actor(both.account_id, grants={**both.grants, **dispatcher(city).grants})
    approve_application(actor=head(city), at=AT + timedelta(hours=2), application_id=wish.id, step=1)
    for decide, words in ((approve_application, {}), (refuse_application, {"reason": "可按期完成"})):
        with pytest.raises(Conflict, match="刚由他人审批"):
            decide(actor=both, at=AT + timedelta(hours=2), application_id=wish.id, step=1, **words)  # type: ignore[operator]
    wish.refresh_from_db()
    assert (wish.state, wish.approved_steps) == ("asked", 1)
    approve_application(actor=both, at=AT + timedelta(hours=3), application_id=wish.id, step=2)


def test_the_ledger_tells_when_a_case_was_excluded_or_laid_to_rest_without_an_approval(city: City) -> None:
    def differences() -> list[str]:
        case = Case.objects.get()
        return replay_case(case, list(JournalEntry.objects.filter(stream=case.id).order_by("seq")))

    case = dispatched(city)
    Case.objects.update(excluded_at=AT, exclusion_ground="duplicate")
    assert differences() == ["exclusion is 'duplicate', the journal says ''"]
    Case.objects.update(excluded_at=None, exclusion_ground="")
    wish = ask(city, case, "exclusion", at=AT + timedelta(hours=1))
    approve_application(actor=chief(city), at=AT + timedelta(hours=2), application_id=wish.id)
    suspended(city, case, asked=shanghai(2026, 3, 4, 10), at=shanghai(2026, 3, 4, 16), until=date(2026, 5, 2))
    assert differences() == []
    Case.objects.update(suspended_until=shanghai(2027, 5, 2))
    assert len(differences()) == 1
    Case.objects.update(suspended_until=shanghai(2026, 5, 2), excluded_at=None)
    assert len(differences()) == 1


def test_a_calendar_that_changes_while_a_case_rests_takes_nothing_of_what_was_left(city: City) -> None:
    case = dispatched(city)
    assert StageClock.objects.get(case=case, stage="sign").due_at == shanghai(2026, 3, 2, 15, 35)
    suspended(city, case, asked=shanghai(2026, 3, 2, 10), at=shanghai(2026, 3, 2, 11), until=date(2026, 5, 6))
    closer = system_actor("test", "clocks.edit")
    set_local_day(
        actor=closer, at=shanghai(2026, 3, 3, 9), day=date(2026, 3, 2), intervals=[("08:00", "12:00")],
        name="下午停工",
    )  # fmt: skip
    fire_due(shanghai(2026, 5, 6))
    task = Task.objects.get(case=case)
    assert StageClock.objects.get(case=case, stage="sign").due_at == shanghai(2026, 5, 6, 10, 35)
    assert task.counted_seconds == (1 + 4 + 5 * 8) * 3600
