"""Admitting: what is on no list is refused at dispatch, exemptions are counted, communities may refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yiwang.cases.models import AdmissionCheck, Case, Task, UnlistedRefusal
from yiwang.cases.public import (
    RESIDENT,
    CorrectionTerms,
    InspectionForbidden,
    NotAdmitted,
    accept_case,
    approve_correction,
    ask_correction,
    close_case,
    complete_task,
    dispatch_case,
    handle_on_the_spot,
    rate_case,
    recall_case,
    recheck_case,
    refuse_unlisted,
    void_case,
    withdraw_report,
)
from yiwang.catalog.models import AdmissionRule, AdmittedMatter, Exemption, MatterClass
from yiwang.kernel.actor import Actor, Scope
from yiwang.kernel.errors import Conflict, NotFound, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry
from yiwang.ledger.public import bump_now, check_ledger
from yiwang.orgs.models import Unit

from .factories import AT, BEGIN, SYSTEM, City, make_city, receive
from .test_after_closing import attach

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """The small city with a grid team and two community committees."""
    city = make_city()
    for name, kind, area in (
        ("grid", "grid_team", "east_1_a"),
        ("committee", "community_committee", "east_1_a"),
        ("neighbour", "community_committee", "east_1_b"),
    ):
        city.units[name] = Unit.objects.create(
            code=name, name=f"单位{name}", kind=kind, home_area=city.areas[area], valid_from=BEGIN
        )
    bump_now("units")
    return city


def admit(city: City, *matters: str, kind: str = "grid", **more: Any) -> AdmittedMatter:
    row = AdmittedMatter.objects.create(
        list_kind=kind, code=f"A-{uuid7().hex[-8:]}", name="列入的事项", basis="有依据",
        class_ids=[city.classes[name].id for name in matters], lead_unit=city.units["cleaning"],
        state="admitted", valid_from=BEGIN, applied_at=AT, **more,
    )  # fmt: skip
    bump_now("catalog.admission")
    return row


def keep_lists(city: City) -> AdmittedMatter:
    """A list of the community that names another matter, and a dispatcher who is not stopped by it."""
    AdmissionRule.objects.create(level="community", mode="off")
    return admit(city, "event", kind="community_duty")


def waiting(city: City, matter: str = "request") -> Case:
    """A case that waits for dispatch in `east_1_a`."""
    _, case = receive(city, matter_class=city.classes[matter].id)
    return accept_case(actor=SYSTEM, at=AT, case_id=case.id)


def send(city: City, case: Case, *units: str, at: Any = AT) -> Case:
    host, *others = (city.unit(name) for name in units)
    return dispatch_case(actor=SYSTEM, at=at, case_id=case.id, host=host, co_units=others)


def secretary(city: City, unit: str = "committee") -> Actor:
    scope = Scope(units=frozenset([city.unit(unit)]))
    return Actor(account_id=uuid7(), grants=dict.fromkeys(("cases.view", "cases.refuse_unlisted"), scope))


def test_a_city_without_lists_dispatches_to_its_grid_as_before(city: City) -> None:
    case = send(city, waiting(city), "grid")
    assert case.state == "handling"
    assert AdmissionCheck.objects.get().verdict == "unchecked"


def test_what_is_on_no_list_is_refused_for_the_grid_and_nothing_is_written(city: City) -> None:
    admit(city, "event")
    case = waiting(city)
    with pytest.raises(NotAdmitted, match="非准不入") as found:
        send(city, case, "grid")
    assert found.value.status == 409
    for words in ("R01 物业管理", "梅园社区", "城乡网格化服务管理事项清单", "申请准入", "应急豁免"):
        assert words in found.value.message
    case.refresh_from_db()
    assert case.state == "dispatching"
    assert not Task.objects.exists()
    assert not AdmissionCheck.objects.exists()


def test_a_co_unit_of_the_grid_is_checked_as_well(city: City) -> None:
    admit(city, "event")
    with pytest.raises(NotAdmitted):
        send(city, waiting(city), "cleaning", "grid")


def test_departments_are_not_checked(city: City) -> None:
    admit(city, "event")
    assert send(city, waiting(city), "cleaning").state == "handling"
    assert not AdmissionCheck.objects.exists()


def test_a_listed_matter_goes_to_the_grid_and_the_row_is_kept_beside_the_task(city: City) -> None:
    row = admit(city, "request")
    case = send(city, waiting(city), "grid")
    check = AdmissionCheck.objects.get(case=case)
    assert (check.verdict, check.matter, check.round) == ("listed", row.id, case.round)
    assert row.code in check.words


def test_either_list_of_a_community_admits(city: City) -> None:
    admit(city, "event", kind="community_assist")
    with pytest.raises(NotAdmitted, match="社区依法履职事项清单"):
        send(city, waiting(city), "committee")
    admit(city, "request", kind="community_duty")
    assert send(city, waiting(city), "committee").state == "handling"


def test_an_exemption_lets_it_through_is_counted_and_journaled_on_the_case(city: City) -> None:
    admit(city, "event")
    row = Exemption.objects.create(
        title="防汛", reason="红色预警", levels=["grid"], class_ids=[city.classes["request"].id],
        starts_at=AT, ends_at=AT + timedelta(hours=5), granted_by=uuid7(), granted_at=AT, state="granted",
    )  # fmt: skip
    other = Unit.objects.create(
        code="grid2", name="二队", kind="grid_team", home_area=city.areas["east_1_a"], valid_from=BEGIN
    )
    city.units["grid2"] = other
    bump_now("units")
    bump_now("catalog.admission")
    case = send(city, waiting(city), "grid", "grid2")
    row.refresh_from_db()
    assert (row.used, row.last_used_at) == (2, AT)
    kinds = JournalEntry.objects.filter(stream=case.id, kind="cases.exemption_used")
    assert kinds.count() == 2
    assert {check.exemption for check in AdmissionCheck.objects.filter(case=case)} == {row.id}
    with pytest.raises(NotAdmitted):
        send(city, waiting(city), "grid", at=AT + timedelta(hours=5))


def test_an_inspection_never_goes_to_the_grid_listed_or_exempt_or_unchecked(city: City) -> None:
    MatterClass.objects.filter(pk=city.classes["request"].id).update(is_inspection=True)
    admit(city, "request")
    AdmissionRule.objects.create(level="grid", mode="off")
    Exemption.objects.create(
        title="防汛", reason="红色预警", levels=["grid"], class_ids=[city.classes["request"].id],
        starts_at=AT, ends_at=AT + timedelta(hours=5), granted_by=uuid7(), granted_at=AT, state="granted",
    )  # fmt: skip
    bump_now("catalog")
    bump_now("catalog.admission")
    with pytest.raises(InspectionForbidden, match="国办发〔2024〕54号"):
        send(city, waiting(city), "grid")
    assert send(city, waiting(city), "cleaning").state == "handling"


def test_what_a_grid_worker_finds_and_mends_is_no_task_sent_down(city: City) -> None:
    admit(city, "event")
    _, case = receive(city, matter_class=city.classes["request"].id)
    attach(case.id, "before", "after")
    case = handle_on_the_spot(actor=SYSTEM, at=AT, case_id=case.id, result="已当场清理")
    assert case.state == "closed"


def test_a_community_without_a_list_refuses_nothing(city: City) -> None:
    admit(city, "event", kind="grid")
    AdmittedMatter.objects.create(
        list_kind="community_duty", code="LZ-1", name="示例事项", basis="示例", is_example=True,
        class_ids=[city.classes["event"].id], state="admitted", valid_from=BEGIN, applied_at=AT,
    )  # fmt: skip
    bump_now("catalog.admission")
    case = send(city, waiting(city), "committee")
    assert AdmissionCheck.objects.get(case=case).verdict == "unchecked"
    with pytest.raises(Conflict, match="没有清单就没有清单外事项，不能拒收"):
        refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)
    admit(city, "event", kind="community_assist")
    assert refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id).state == "dispatching"


def test_a_rule_that_always_checks_lets_a_community_refuse_without_a_list(city: City) -> None:
    case = send(city, waiting(city), "committee")
    AdmissionRule.objects.create(level="community", mode="on")
    bump_now("catalog.admission")
    assert refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id).state == "dispatching"


def test_a_list_of_one_community_lets_no_other_refuse(city: City) -> None:
    keep_lists(city)
    AdmittedMatter.objects.update(area_ids=[city.areas["east_1_b"].id])
    bump_now("catalog.admission")
    case = send(city, waiting(city), "committee")
    with pytest.raises(Conflict, match="没有清单就没有清单外事项"):
        refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)


def test_a_community_refuses_what_is_on_neither_list(city: City) -> None:
    keep_lists(city)
    case = send(city, waiting(city), "committee", "cleaning")
    due = case.due_at
    case = refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id, words="不属社区事项")
    assert (case.state, case.host, case.due_at) == ("dispatching", None, due)
    refused = UnlistedRefusal.objects.get()
    assert (refused.unit, refused.task.state) == (city.unit("committee"), "unlisted")
    assert "社区依法协助事项清单" in refused.words
    assert Task.objects.get(unit=city.unit("cleaning")).state == "pending"
    assert not case.return_count
    assert check_ledger().problems == []


def test_a_co_unit_refuses_without_taking_the_case_from_its_host(city: City) -> None:
    keep_lists(city)
    case = send(city, waiting(city), "cleaning", "committee")
    case = refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)
    assert (case.state, case.host) == ("handling", city.unit("cleaning"))
    assert UnlistedRefusal.objects.get().unit == city.unit("committee")


def test_what_is_listed_or_exempt_can_not_be_refused(city: City) -> None:
    row = admit(city, "request", kind="community_duty")
    case = send(city, waiting(city), "committee")
    with pytest.raises(Conflict, match=row.code):
        refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)
    AdmittedMatter.objects.filter(pk=row.pk).update(valid_to=AT.date())
    Exemption.objects.create(
        title="防汛", reason="红色预警", levels=["community"], class_ids=[city.classes["request"].id],
        starts_at=AT, ends_at=AT + timedelta(hours=5), granted_by=uuid7(), granted_at=AT, state="granted",
    )  # fmt: skip
    bump_now("catalog.admission")
    with pytest.raises(Conflict, match="应急豁免"):
        refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)


def test_only_the_community_that_has_the_task_refuses_it(city: City) -> None:
    case = send(city, waiting(city), "committee")
    with pytest.raises(Refused):
        refuse_unlisted(actor=secretary(city, "neighbour"), at=AT, case_id=case.id)
    elsewhere = send(city, waiting(city), "cleaning")
    with pytest.raises(NotFound):
        refuse_unlisted(actor=secretary(city), at=AT, case_id=elsewhere.id)


def test_after_a_host_has_refused_its_co_unit_goes_on_with_the_task_it_has(city: City) -> None:
    keep_lists(city)
    case = send(city, waiting(city), "committee", "cleaning")
    task = Task.objects.get(unit=city.unit("cleaning"))
    case = refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)
    with pytest.raises(Conflict, match="不能直接作废"):
        void_case(actor=SYSTEM, at=AT, case_id=case.id, reason="作废")
    report = case.links.get().report
    assert withdraw_report(actor=RESIDENT, at=AT, report_id=report.id).state == "dispatching"
    case = send(city, case, "gardens", "cleaning")
    assert Task.objects.get(unit=city.unit("cleaning")).pk == task.pk
    assert Task.objects.filter(case=case, state="pending").count() == 2


def test_a_ruling_binds_a_community_too(city: City) -> None:
    case = send(city, waiting(city), "committee")
    Case.objects.filter(pk=case.id).update(final_owner=city.unit("committee"))
    with pytest.raises(Conflict, match="不得再退单"):
        refuse_unlisted(actor=secretary(city), at=AT, case_id=case.id)


def test_who_grants_an_exemption_does_not_dispatch_under_it(city: City) -> None:
    admit(city, "event")
    chief = city.actor("dispatcher", area="city")
    Exemption.objects.create(
        title="防汛", reason="红色预警", levels=["grid"], class_ids=[city.classes["request"].id],
        starts_at=AT, ends_at=AT + timedelta(hours=5), granted_by=chief.account_id, granted_at=AT,
        state="granted",
    )  # fmt: skip
    bump_now("catalog.admission")
    case = waiting(city)
    with pytest.raises(NotAdmitted, match="批准人不能自己按该豁免派遣"):
        dispatch_case(actor=chief, at=AT, case_id=case.id, host=city.unit("grid"))
    assert send(city, case, "grid").state == "handling"


def finished(city: City, case: Case, state: str) -> Case:
    """The case as its host has fed back, `rechecking` or `closed`."""
    complete_task(actor=SYSTEM, at=AT, case_id=case.id, result="已处置。")
    if state == "closed":
        recheck_case(actor=SYSTEM, at=AT, case_id=case.id, result="passed")
        close_case(actor=SYSTEM, at=AT, case_id=case.id, ending="solved")
    return Case.objects.get(pk=case.id)


def inspect(city: City) -> None:
    MatterClass.objects.filter(pk=city.classes["request"].id).update(is_inspection=True)
    bump_now("catalog")


def test_an_inspection_does_not_come_back_to_the_grid_as_rework(city: City) -> None:
    case = finished(city, send(city, waiting(city), "grid"), "rechecking")
    inspect(city)
    with pytest.raises(InspectionForbidden):
        recheck_case(actor=SYSTEM, at=AT, case_id=case.id, result="failed", note="没有查到位")
    assert not Task.objects.filter(case=case, state="pending").exists()


@pytest.mark.parametrize("why", ["inspection", "taken_back"])
def test_what_may_not_go_down_any_more_is_done_again_by_dispatch(city: City, why: str) -> None:
    row = admit(city, "request")
    case = finished(city, send(city, waiting(city), "grid"), "closed")
    if why == "inspection":
        inspect(city)
    else:
        admit(city, "event")
        AdmittedMatter.objects.filter(pk=row.pk).update(valid_to=AT.date())
        bump_now("catalog.admission")
    report = case.links.get().report
    rate_case(actor=RESIDENT, at=AT, case_id=case.id, report_id=report.id, outcome="unsolved")
    case.refresh_from_db()
    assert (case.state, case.host, case.redo_cause) == ("dispatching", None, "unsatisfied")
    assert not Task.objects.filter(case=case, state="pending").exists()
    assert check_ledger().problems == []


def test_a_case_at_a_grid_is_not_corrected_into_an_inspection(city: City) -> None:
    MatterClass.objects.filter(pk=city.classes["event"].id).update(is_inspection=True)
    bump_now("catalog")
    case = send(city, waiting(city), "grid")
    wish = ask_correction(
        actor=SYSTEM, at=AT, case_id=case.id, reason="分类有误",
        terms=CorrectionTerms(matter_class=city.classes["event"].id),
    )  # fmt: skip
    approver = city.actor("duty_chief", area="city")
    with pytest.raises(InspectionForbidden, match="单位grid"):
        approve_correction(actor=approver, at=AT, correction_id=wish.id)
    recall_case(actor=SYSTEM, at=AT, case_id=case.id, reason="分类有误")
    approve_correction(actor=approver, at=AT, correction_id=wish.id)
    with pytest.raises(InspectionForbidden):
        send(city, case, "grid")
