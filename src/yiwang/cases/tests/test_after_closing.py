"""Short paths, rating, reopening, withdrawal, archiving and contacts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from yiwang.cases.models import Case, Recheck, Report
from yiwang.cases.public import (
    EVIDENCE_OWNER,
    RESIDENT,
    accept_case,
    answer_directly,
    close_case,
    complete_task,
    earlier_reports,
    follow_up_report,
    handle_on_the_spot,
    masked_contact,
    rate_case,
    recheck_case,
    recheck_sample,
    reject_case,
    reopen_case,
    report_for,
    reports_by_phone,
    reveal_contact,
    tracking_token,
    withdraw_report,
)
from yiwang.cases.services.housekeeping import archive_due
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, picture, receive
from yiwang.files.public import store_file
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.ledger.public import JournalEntry, acting

LATER = AT + timedelta(hours=1)


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def closed(city: City) -> tuple[Report, Case]:
    case = dispatched(city)
    complete_task(actor=city.actor("handler", unit="cleaning"), at=LATER, case_id=case.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=LATER, case_id=case.id, result="passed")
    done = close_case(actor=SYSTEM, at=LATER, case_id=case.id, ending="solved")
    return Report.objects.get(links__case=case), done


COLOURS = {"before": "red", "after": "green"}


def attach(case_id: UUID, *stages: str) -> None:
    with acting(actor=SYSTEM, at=AT) as act:
        for stage in stages:
            shot = picture(COLOURS[stage])
            store_file(
                act, owner_type=EVIDENCE_OWNER, owner_id=case_id, stage=stage, stream=shot, filename="a.jpg"
            )


def test_a_direct_answer_closes_at_once_without_a_dispatch(city: City) -> None:
    _, case = receive(city, kind="consult")
    done = answer_directly(
        actor=city.actor("seat_operator", area="city"), at=AT, case_id=case.id, answer="周六照常办理。"
    )
    assert (done.state, done.path, done.ending) == ("closed", "answer", "answered")
    with pytest.raises(Conflict, match="办理情况或答复"):
        answer_directly(actor=SYSTEM, at=AT, case_id=receive(city)[1].id, answer=" ")


def test_fixing_on_the_spot_needs_both_pictures(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["event"].id)
    worker = city.actor("grid_worker", area="east_1")
    attach(case.id, "before")
    with pytest.raises(Conflict, match="处置后"):
        handle_on_the_spot(actor=worker, at=AT, case_id=case.id, result="已清理。")
    attach(case.id, "after")
    done = handle_on_the_spot(actor=worker, at=AT, case_id=case.id, result="已清理。")
    assert (done.state, done.path, done.ending) == ("closed", "on_the_spot", "fixed_on_the_spot")


def test_a_drawn_case_is_rechecked_by_somebody_else_and_reopened_when_it_failed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yiwang.cases.services.short_paths.is_sampled", lambda key, share: True)
    _, case = receive(city, matter_class=city.classes["event"].id)
    worker = city.actor("grid_worker", area="east_1")
    attach(case.id, "before", "after")
    handle_on_the_spot(actor=worker, at=AT, case_id=case.id, result="已清理。")
    with pytest.raises(Conflict, match="本人"):
        recheck_sample(actor=worker, at=LATER, case_id=case.id, result="passed")
    again = recheck_sample(
        actor=city.actor("collection_inspector", area="city"), at=LATER, case_id=case.id, result="failed",
        note="垃圾还在",
    )  # fmt: skip
    assert (again.state, again.path, again.ending) == ("dispatching", "loop", "")
    assert Recheck.objects.get(case=case).is_sample


def test_a_report_rates_one_round_once_on_the_scale_in_force(city: City) -> None:
    report, case = closed(city)
    with pytest.raises(Invalid, match="solved"):
        rate_case(actor=RESIDENT, at=LATER, case_id=case.id, report_id=report.id, outcome="great")
    rate_case(actor=RESIDENT, at=LATER, case_id=case.id, report_id=report.id, outcome="solved")
    with pytest.raises(Conflict, match="已对本次"):
        rate_case(actor=RESIDENT, at=LATER, case_id=case.id, report_id=report.id, outcome="unsolved")


def test_a_stranger_cannot_rate_through_another_report(city: City) -> None:
    _, case = closed(city)
    other, _ = receive(city)
    with pytest.raises(Conflict, match="不属于"):
        rate_case(actor=RESIDENT, at=LATER, case_id=case.id, report_id=other.id, outcome="solved")


def test_the_reporter_may_reopen_within_the_window_only(city: City) -> None:
    _, case = closed(city)
    with pytest.raises(Conflict, match="期限"):
        reopen_case(
            actor=RESIDENT, at=LATER + timedelta(days=15, seconds=1), case_id=case.id, reason="又有了"
        )
    again = reopen_case(actor=RESIDENT, at=LATER + timedelta(days=15), case_id=case.id, reason="又有了")
    assert (again.state, again.closed_at) == ("dispatching", None)


def test_withdrawing_the_only_report_ends_a_case_nobody_works_on(city: City) -> None:
    report, case = receive(city)
    assert withdraw_report(actor=RESIDENT, at=LATER, report_id=report.id).state == "withdrawn"
    working = dispatched(city)
    its_report = Report.objects.get(links__case=working)
    assert withdraw_report(actor=RESIDENT, at=LATER, report_id=its_report.id).state == "handling"
    assert Case.objects.get(pk=case.id).state == "withdrawn"


def test_closed_cases_are_archived_when_their_time_has_come(city: City) -> None:
    _, case = closed(city)
    assert archive_due(LATER + timedelta(days=29)) == 0
    assert archive_due(LATER + timedelta(days=31)) == 1
    assert Case.objects.get(pk=case.id).state == "archived"


def test_a_rejection_names_where_else_to_go(city: City) -> None:
    _, case = receive(city)
    reject_case(actor=SYSTEM, at=AT, case_id=case.id, reason="正在诉讼", elsewhere="江宁区人民法院")
    assert "江宁区人民法院" in case.remarks.get().text


def test_contacts_are_masked_and_revealing_leaves_a_trace(city: City) -> None:
    report, case = receive(city)
    assert masked_contact(report) == {"name": "王**", "phone": "139****1234"}
    clerk = city.actor("callback_clerk", area="city")
    with pytest.raises(Invalid, match="用途"):
        reveal_contact(actor=clerk, at=AT, report_id=report.id, purpose="")
    assert reveal_contact(actor=clerk, at=AT, report_id=report.id, purpose="回访")["phone"] == "13900001234"
    kinds = list(JournalEntry.objects.filter(stream=case.id).values_list("kind", flat=True))
    assert kinds.count("cases.contact_revealed") == 1
    assert b"13900001234" not in bytes(report.contact or b"")


def test_an_anonymous_report_keeps_no_contact(city: City) -> None:
    report, _ = receive(city, privacy="anonymous")
    assert report.contact is None


def test_the_handling_unit_never_learns_who_asked_for_secrecy(city: City) -> None:
    from yiwang.kernel.actor import Actor, Scope

    case = dispatched(city, privacy="confidential")
    report = Report.objects.get(links__case=case)
    unit_only = Actor(
        account_id=SYSTEM.account_id,
        grants={"cases.reveal_contact": Scope(units=frozenset({city.unit("cleaning")}))},
    )
    with pytest.raises(Refused, match="保密"):
        reveal_contact(actor=unit_only, at=AT, report_id=report.id, purpose="联系")


def test_earlier_reports_of_a_phone_are_found_without_opening_contacts(city: City) -> None:
    first, _ = receive(city)
    second, _ = receive(city, at=LATER)
    receive(city, contact={"phone": "13811112222"})
    assert [r.id for r in earlier_reports(second)] == [first.id]
    assert {r.id for r in reports_by_phone("13900001234")} == {first.id, second.id}


def test_a_tracking_link_opens_with_its_secret_only(city: City) -> None:
    report, _ = receive(city)
    assert report_for(report.number, tracking_token(report)).id == report.id
    with pytest.raises(NotFound):
        report_for(report.number, "a" * 26)
    with pytest.raises(NotFound):
        report_for("R20260101-00000001-0", tracking_token(report))


def test_an_addition_is_kept_and_told_to_whoever_works_on_the_case(city: City) -> None:
    report, case = receive(city)
    with pytest.raises(Invalid):
        follow_up_report(actor=RESIDENT, at=LATER, report_id=report.id, kind="addition", text=" ")
    follow_up_report(actor=RESIDENT, at=LATER, report_id=report.id, kind="addition", text="又多了一堆")
    accept_case(actor=SYSTEM, at=LATER, case_id=case.id, matter_class=city.classes["event"].id)
    assert report.follow_ups.get().text == "又多了一堆"
    assert JournalEntry.objects.filter(stream=case.id, kind="cases.followed_up").count() == 1
