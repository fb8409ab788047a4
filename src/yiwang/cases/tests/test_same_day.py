"""Same-day closing: cut-offs, the look before the dispatch, control of the risk, what is missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.models import Case, SameDay, SameDayRule, SiteConfirmation, Task
from yiwang.cases.public import (
    RESIDENT,
    CorrectionTerms,
    Look,
    accept_case,
    answer_directly,
    approve_correction,
    ask_correction,
    ask_return,
    close_case,
    complete_task,
    confirm_on_site,
    control_risk,
    dispatch_case,
    dispatch_first,
    grant_return,
    hand_over_case,
    handle_on_the_spot,
    mark_first_asked,
    merge_cases,
    rate_case,
    recheck_case,
    recheck_sample,
    reopen_by_repeat,
    unmerge_cases,
    withdraw_report,
)
from yiwang.cases.rules import same_day_limits
from yiwang.cases.services.evidence import Picture, attach_evidence
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, picture, receive
from yiwang.cases.tests.test_after_closing import attach
from yiwang.cases.tests.test_returning import REVIEWER, TERMS, worker
from yiwang.clocks.models import Timer
from yiwang.clocks.public import fire_due
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import bump_now, check_ledger
from yiwang.orgs.models import DutyRoster

HOUR = timedelta(hours=1)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("found", "due", "control"),
    [
        (local(2026, 3, 2, 9, 30), local(2026, 3, 3), None),
        (local(2026, 3, 2, 0, 0), local(2026, 3, 3), None),
        (local(2026, 3, 2, 19, 59, 59), local(2026, 3, 3), None),
        (local(2026, 3, 2, 20, 0), local(2026, 3, 4), local(2026, 3, 3)),
        (local(2026, 3, 2, 23, 59, 59), local(2026, 3, 4), local(2026, 3, 3)),
        (local(2028, 2, 28, 9, 0), local(2028, 2, 29), None),
        (local(2028, 2, 28, 21, 0), local(2028, 3, 1), local(2028, 2, 29)),
        (local(2028, 2, 29, 9, 0), local(2028, 3, 1), None),
        (local(2028, 2, 29, 20, 0), local(2028, 3, 2), local(2028, 3, 1)),
        (local(2026, 12, 31, 22, 0), local(2027, 1, 2), local(2027, 1, 1)),
    ],
)
def test_a_hazard_is_cleared_by_the_midnight_of_its_day_and_a_late_find_by_the_next(
    found: datetime, due: datetime, control: datetime | None
) -> None:
    limits = same_day_limits(found.astimezone(UTC))
    assert (limits.due_at, limits.control_due_at) == (due, control)


def test_a_cut_off_before_midnight_makes_what_is_found_after_it_late() -> None:
    early = same_day_limits(local(2026, 3, 2, 17, 59), cut_off_hour=18, late_from=1440)
    after = same_day_limits(local(2026, 3, 2, 18, 0), cut_off_hour=18, late_from=1440)
    assert (early.due_at, early.control_due_at) == (local(2026, 3, 2, 18), None)
    assert (after.due_at, after.control_due_at) == (local(2026, 3, 3, 18), local(2026, 3, 3))


@given(
    minutes=st.integers(0, 6 * 366 * 1440),
    hour=st.integers(1, 24),
    late=st.integers(0, 1440),
)
def test_a_same_day_limit_is_after_the_find_and_at_most_two_midnights_away(
    minutes: int, hour: int, late: int
) -> None:
    at = local(2024, 1, 1) + timedelta(minutes=minutes)
    limits = same_day_limits(at, cut_off_hour=hour, late_from=late)
    assert at < limits.due_at <= at + timedelta(days=2)
    if limits.control_due_at is None:
        assert limits.due_at - timedelta(microseconds=1) < at.replace(hour=0, minute=0) + timedelta(days=1)
    else:
        assert at < limits.control_due_at <= limits.due_at
        assert limits.control_due_at.astimezone(SHANGHAI).hour == 0


@pytest.fixture
def city(db: None) -> City:
    city = make_city()
    SameDayRule.objects.create(
        matter_class=city.classes["request"].id, channels=["12345"], valid_from=date(2024, 1, 1)
    )
    bump_now("policy")
    return city


def hazard(city: City, *, at: datetime = AT, urgency: str = "ordinary", channel: str = "12345") -> Case:
    _, case = receive(
        city, at=at, matter_class=city.classes["request"].id, urgency=urgency, channel=channel,
        text="3栋燃气表间有明显的燃气味。",
    )  # fmt: skip
    return case


def shoot(case: Case, at: datetime, stage: str = "scene") -> None:
    attach_evidence(actor=SYSTEM, at=at, case_id=case.id, pictures=[Picture(stage, picture(), "a.jpg")])


REAL = Look(means="worker", result="real", lon=118.8, lat=32.0)


def confirmed(city: City, case: Case, at: datetime) -> Case:
    shoot(case, at)
    return confirm_on_site(actor=city.actor("grid_worker", area="east_1"), at=at, case_id=case.id, look=REAL)


def test_a_hazard_of_the_hotline_is_asked_about_at_once_and_any_other_channel_is_not(city: City) -> None:
    case = hazard(city)
    row = SameDay.objects.get(case=case)
    assert (row.found_at, row.due_at, row.state) == (AT, local(2026, 3, 3), "open")
    assert Case.objects.get(pk=case.id).same_day_due_at == row.due_at
    assert SiteConfirmation.objects.get(case=case).result == "pending"
    other = hazard(city, channel="visit")
    assert not SameDay.objects.filter(case=other).exists()


def test_the_nearest_on_duty_is_asked_and_nobody_off_duty(city: City) -> None:
    near = city.login("grid_worker", area="east_1_a", username="near")
    city.login("grid_worker", unit="street", area="east_1", username="off")
    first = hazard(city)
    assert SiteConfirmation.objects.get(case=first).worker is None
    DutyRoster.objects.create(
        unit=city.units["centre"], account=near, post_kind=city.kinds["grid_worker"],
        starts_at=AT - HOUR, ends_at=AT + HOUR,
    )  # fmt: skip
    assert SiteConfirmation.objects.get(case=hazard(city)).worker == near.id


def test_a_hazard_is_not_dispatched_before_somebody_has_looked(city: City) -> None:
    case = hazard(city)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    with pytest.raises(Conflict, match="现场感知确认"):
        dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    confirmed(city, case, AT + HOUR)
    done = dispatch_case(actor=SYSTEM, at=AT + HOUR, case_id=case.id, host=city.unit("cleaning"))
    assert done.state == "handling"


def test_a_look_needs_a_picture_a_place_and_words_when_nothing_is_there(city: City) -> None:
    case, worker = hazard(city), city.actor("grid_worker", area="east_1")
    with pytest.raises(Conflict, match="照片"):
        confirm_on_site(actor=worker, at=AT, case_id=case.id, look=REAL)
    shoot(case, AT)
    with pytest.raises(Invalid, match="现场位置"):
        confirm_on_site(actor=worker, at=AT, case_id=case.id, look=Look("worker", "real"))
    with pytest.raises(Invalid, match="现场情况"):
        confirm_on_site(actor=worker, at=AT, case_id=case.id, look=Look("camera", "not_found"))
    with pytest.raises(Refused):
        confirm_on_site(actor=city.actor("seat_operator", area="city"), at=AT, case_id=case.id, look=REAL)
    confirm_on_site(actor=worker, at=AT + HOUR, case_id=case.id, look=REAL)
    row = SiteConfirmation.objects.get(case=case)
    assert (row.result, row.by, row.at, row.pictures) == ("real", worker.account_id, AT + HOUR, 1)
    assert (row.lon, row.lat) == (118.8, 32.0)
    with pytest.raises(Conflict, match="已经现场确认"):
        confirm_on_site(actor=worker, at=AT + HOUR, case_id=case.id, look=REAL)


def test_what_is_not_real_ends_and_what_is_not_found_is_asked_again(city: City) -> None:
    worker = city.actor("grid_worker", area="east_1")
    gone, unseen = hazard(city), hazard(city)
    for case in (gone, unseen):
        shoot(case, AT)
    ended = confirm_on_site(
        actor=worker, at=AT, case_id=gone.id, look=Look("camera", "not_real", note="是水汽。")
    )
    assert (ended.state, ended.same_day_due_at) == ("voided", None)
    assert SameDay.objects.get(case=gone).state == "dropped"
    assert not Timer.objects.filter(subject=SameDay.objects.get(case=gone).id).exists()
    kept = confirm_on_site(
        actor=worker, at=AT, case_id=unseen.id, look=Look("drone", "not_found", note="楼道锁着。")
    )
    assert kept.state == "received"
    assert sorted(SiteConfirmation.objects.filter(case=unseen).values_list("result", flat=True)) == [
        "not_found",
        "pending",
    ]


def test_what_is_not_real_stays_while_a_co_unit_is_at_work(city: City) -> None:
    case = hazard(city, urgency="urgent")
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_first(actor=city.actor("dispatcher", area="city"), at=AT, case_id=case.id, reason="先行抢险。")
    dispatch_case(
        actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"), co_units=[city.unit("gardens")]
    )
    row = ask_return(actor=worker(city, "cleaning"), at=AT + HOUR, case_id=case.id, terms=TERMS)
    grant_return(actor=REVIEWER, at=AT + HOUR, return_id=row.id)
    shoot(case, AT + HOUR)
    look = Look("camera", "not_real", note="是水汽。")
    kept = confirm_on_site(
        actor=city.actor("grid_worker", area="east_1"), at=AT + HOUR, case_id=case.id, look=look
    )
    assert kept.state == "dispatching"
    assert Task.objects.get(case=case, unit=city.unit("gardens")).state in {"pending", "working"}


def test_only_urgent_danger_goes_before_the_look_and_with_a_reason(city: City) -> None:
    calm, urgent = hazard(city), hazard(city, urgency="urgent")
    for case in (calm, urgent):
        accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatcher = city.actor("dispatcher", area="city")
    with pytest.raises(Conflict, match="紧急"):
        dispatch_first(actor=dispatcher, at=AT, case_id=calm.id, reason="赶时间")
    with pytest.raises(Invalid):
        dispatch_first(actor=dispatcher, at=AT, case_id=urgent.id, reason=" ")
    dispatch_first(actor=dispatcher, at=AT, case_id=urgent.id, reason="燃气泄漏，先行抢险。")
    done = dispatch_case(actor=dispatcher, at=AT, case_id=urgent.id, host=city.unit("cleaning"))
    assert done.state == "handling"
    assert SameDay.objects.get(case=urgent).released_by == dispatcher.account_id
    confirmed(city, urgent, AT + HOUR)  # 后核
    assert SiteConfirmation.objects.get(case=urgent).result == "real"


def close(city: City, case: Case, at: datetime) -> Case:
    complete_task(
        actor=city.actor("handler", unit="cleaning"), at=at, case_id=case.id, result="已关阀并更换阀门。"
    )
    recheck_case(actor=SYSTEM, at=at, case_id=case.id, result="passed")
    return close_case(actor=SYSTEM, at=at, case_id=case.id, ending="solved")


@pytest.mark.parametrize(
    ("closed", "state"),
    [(local(2026, 3, 3), "cleared"), (local(2026, 3, 3) + timedelta(microseconds=1), "late")],
)
def test_closed_at_midnight_is_the_same_day_and_a_moment_later_is_not(
    city: City, closed: datetime, state: str
) -> None:
    case = hazard(city)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    confirmed(city, case, AT)
    dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    close(city, case, closed)
    row = SameDay.objects.get(case=case)
    assert (row.state, row.ended_at) == (state, closed)
    assert check_ledger().problems == []


def test_the_cut_off_passes_once_and_stays_a_fact(city: City) -> None:
    case = hazard(city)
    row = SameDay.objects.get(case=case)
    fire_due(row.due_at - timedelta(seconds=1))
    row.refresh_from_db()
    assert row.overdue_at is None
    fire_due(row.due_at)
    fire_due(row.due_at + HOUR)
    row.refresh_from_db()
    assert SameDay.objects.filter(pk=row.pk, overdue_at=row.due_at, state="open").exists()
    assert Case.objects.get(pk=case.id).due_at is None


def test_a_late_find_is_controlled_today_with_a_picture_of_its_own(city: City) -> None:
    night = local(2026, 3, 2, 21, 0)
    case = hazard(city, at=night)
    row = SameDay.objects.get(case=case)
    assert (row.control_due_at, row.due_at) == (local(2026, 3, 3), local(2026, 3, 4))
    confirmed(city, case, night + HOUR)
    worker = city.actor("grid_worker", area="east_1")
    with pytest.raises(Conflict, match="照片"):  # the picture of the look does not count twice
        control_risk(actor=worker, at=night + HOUR, case_id=case.id, measure="已关阀、拉警戒线。")
    shoot(case, night + 2 * HOUR)
    control_risk(actor=worker, at=night + 2 * HOUR, case_id=case.id, measure="已关阀、拉警戒线。")
    row.refresh_from_db()
    assert (row.controlled_at, row.controlled_by) == (night + 2 * HOUR, worker.account_id)
    assert (row.due_at, row.state) == (local(2026, 3, 4), "open")
    with pytest.raises(Conflict, match="不能重复"):
        control_risk(actor=worker, at=night + 2 * HOUR, case_id=case.id, measure="再来一次")


def test_an_unmerged_hazard_has_its_old_clock_again(city: City) -> None:
    into, gone = hazard(city), hazard(city)
    due = SameDay.objects.get(case=gone).due_at
    merge_cases(actor=SYSTEM, at=AT + HOUR, survivor=into.id, absorbed=gone.id, reason="同一处")
    assert SameDay.objects.get(case=gone).state == "dropped"
    unmerge_cases(actor=SYSTEM, at=AT + 2 * HOUR, absorbed=gone.id, reason="不是同一处")
    back = SameDay.objects.get(case=gone)
    assert (back.state, back.due_at) == ("open", due)
    assert Case.objects.get(pk=gone.id).same_day_due_at == due
    assert Timer.objects.filter(subject=back.id, due_at=due).count() == 1


def test_a_hazard_that_is_done_again_has_a_new_day_and_keeps_its_look(city: City) -> None:
    case = hazard(city)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    confirmed(city, case, AT)
    dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    close(city, case, AT + HOUR)
    report = case.links.get().report
    tomorrow = AT + timedelta(days=1)
    rate_case(actor=SYSTEM, at=tomorrow, case_id=case.id, report_id=report.id, outcome="unsolved")
    rows = list(SameDay.objects.filter(case=case).order_by("found_at"))
    assert [(r.state, r.due_at, r.must_confirm) for r in rows] == [
        ("cleared", local(2026, 3, 3), True),
        ("open", local(2026, 3, 4), False),
    ]


def test_a_hazard_is_not_answered_away_nor_withdrawn(city: City) -> None:
    case = hazard(city)
    with pytest.raises(Conflict, match="不能直接答复"):
        answer_directly(actor=SYSTEM, at=AT, case_id=case.id, answer="请放心。")
    report = case.links.get().report
    assert withdraw_report(actor=RESIDENT, at=AT, report_id=report.id).state == "received"
    assert SameDay.objects.get(case=case).state == "open"


def test_a_hazard_is_not_handed_over_before_somebody_has_looked(city: City) -> None:
    case = hazard(city)
    window = city.actor("seat_operator", unit="street", area="east_1")
    mark_first_asked(actor=window, at=AT, case_id=case.id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    with pytest.raises(Conflict, match="现场感知确认"):
        hand_over_case(
            actor=worker(city, "street"), at=AT, case_id=case.id, to_unit=city.unit("cleaning"),
            reason="请办理",
        )  # fmt: skip


def test_a_report_that_turns_out_to_be_no_hazard_is_counted_no_more(city: City) -> None:
    case = hazard(city)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id, matter_class=city.classes["event"].id)
    assert SameDay.objects.get(case=case).state == "dropped"
    assert Case.objects.get(pk=case.id).same_day_due_at is None
    sent = dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    assert sent.state == "handling"
    assert check_ledger().problems == []


def test_a_case_corrected_into_a_hazard_has_its_day_from_then_on(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["event"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    wish = ask_correction(
        actor=SYSTEM, at=AT, case_id=case.id, reason="实为燃气泄漏",
        terms=CorrectionTerms(matter_class=city.classes["request"].id),
    )  # fmt: skip
    later = AT + timedelta(days=3)
    approve_correction(actor=city.actor("duty_chief", area="city"), at=later, correction_id=wish.id)
    row = SameDay.objects.get(case=case)
    assert (row.found_at, row.due_at, row.state) == (later, local(2026, 3, 6), "open")
    with pytest.raises(Conflict, match="现场感知确认"):
        dispatch_case(actor=SYSTEM, at=later, case_id=case.id, host=city.unit("cleaning"))


def test_a_hazard_is_not_merged_into_a_case_with_more_time(city: City) -> None:
    ordinary, found = hazard(city, channel="visit"), hazard(city)
    with pytest.raises(Conflict, match="以须清零的案件为主案"):
        merge_cases(actor=SYSTEM, at=AT, survivor=ordinary.id, absorbed=found.id, reason="同一处")
    later = hazard(city, at=AT + timedelta(days=1))
    with pytest.raises(Conflict, match="以须清零的案件为主案"):
        merge_cases(actor=SYSTEM, at=AT, survivor=later.id, absorbed=found.id, reason="同一处")
    merge_cases(actor=SYSTEM, at=AT, survivor=found.id, absorbed=ordinary.id, reason="同一处")
    assert Case.objects.get(pk=ordinary.id).merged_into == found.id


def test_a_repeat_of_a_hazard_counts_from_the_day_it_came_in(city: City) -> None:
    case = hazard(city)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    confirmed(city, case, AT)
    dispatch_case(actor=SYSTEM, at=AT, case_id=case.id, host=city.unit("cleaning"))
    close(city, case, AT + HOUR)
    came = AT + timedelta(days=2)
    again = hazard(city, at=came)
    reopen_by_repeat(
        actor=SYSTEM, at=came + timedelta(days=1), case_id=case.id, repeat_id=again.id, reason="又漏了"
    )
    row = SameDay.objects.get(case=case, state="open")
    assert (row.found_at, row.due_at) == (came, local(2026, 3, 5))
    assert SameDay.objects.filter(state="open").count() == 1


def test_a_hazard_mended_on_the_spot_that_fails_its_recheck_is_open_again(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yiwang.cases.services.short_paths.is_sampled", lambda key, share: True)
    case = hazard(city)
    attach(case.id, "before", "after")
    handle_on_the_spot(actor=SYSTEM, at=AT, case_id=case.id, result="已关阀。")
    assert SameDay.objects.get(case=case).state == "cleared"
    later = AT + timedelta(days=1)
    recheck_sample(actor=SYSTEM, at=later, case_id=case.id, result="failed", note="仍在泄漏")
    row = SameDay.objects.get(case=case, state="open")
    assert (row.found_at, row.must_confirm) == (later, False)
