"""The loop of a whistle: blown, approved, sent, reported, conferred, shared out, fed back, rated, ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from yiwang.cases.tests.factories import AT, receive
from yiwang.files.public import attachments_of
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.ledger.public import check_ledger
from yiwang.whistles.models import (
    Whistle,
    WhistleCase,
    WhistleClock,
    WhistleItem,
    WhistleMatter,
    WhistleTask,
    WorkStage,
)
from yiwang.whistles.public import (
    ItemTerms,
    Marks,
    MinutesText,
    add_units,
    approve_whistle,
    assign_items,
    attach_evidence,
    blow_again,
    blow_whistle,
    check_in,
    complete_item,
    contact_whistler,
    coordinate_whistle,
    decide_check_in,
    decline_report,
    draft_whistle,
    end_whistle,
    feed_back_report,
    insist_on_report,
    judge_whistle,
    mark_powerless,
    raise_whistle,
    rate_unit,
    recall_unit,
    record_minutes,
    refuse_whistle,
    send_back_whistle,
    sign_report,
    whistle_for,
    withdraw_whistle,
)

from .factories import HERE, Town, blown, drafted, make_town, photo, reported, sent, task_of

pytestmark = pytest.mark.django_db
GOOD = Marks("prompt", "active", "solved", "到得快")


@pytest.fixture
def town() -> Town:
    return make_town()


def _fed_back(town: Town, whistle: Whistle) -> WhistleTask:
    task = reported(town, whistle, town.cleaning)
    at = AT + timedelta(hours=1)
    feed_back_report(actor=town.cleaning, at=at, whistle_id=whistle.id, task_id=task.id, result="已处理")
    return task


def test_a_whistle_goes_all_the_way_to_its_end(town: Town) -> None:
    whistle = sent(town)
    attach_evidence(actor=town.member, at=AT, whistle_id=whistle.id, pictures=[photo()])
    task = reported(town, whistle, town.cleaning)
    at = AT + timedelta(hours=1)
    record_minutes(
        actor=town.member, at=at, whistle_id=whistle.id,
        minutes=MinutesText(held_at=at, text="三方到场", conclusion="限期整改", attendance="街道、环卫所"),
    )  # fmt: skip
    stage = WorkStage.objects.get(code="demolish")
    terms = ItemTerms(task.id, stage.id, "拆除违建", (Decimal(2), "work_day"))
    assign_items(actor=town.member, at=at, whistle_id=whistle.id, items=[terms])
    item = WhistleItem.objects.get(whistle=whistle)
    with pytest.raises(Conflict, match="还有 1 项"):
        feed_back_report(actor=town.cleaning, at=at, whistle_id=whistle.id, task_id=task.id, result="完成")
    complete_item(
        actor=town.cleaning,
        at=at,
        whistle_id=whistle.id,
        item_id=item.id,
        feedback="已拆",
        pictures=[photo()],
    )
    done = feed_back_report(actor=town.cleaning, at=at, whistle_id=whistle.id, task_id=task.id, result="完成")
    assert done.state == "rating"
    with pytest.raises(Conflict, match="东区环卫所"):
        end_whistle(actor=town.member, at=at, whistle_id=whistle.id, solved=True)
    rate_unit(actor=town.member, at=at, whistle_id=whistle.id, task_id=task.id, marks=GOOD)
    ended = end_whistle(actor=town.member, at=at, whistle_id=whistle.id, solved=True)
    assert (ended.state, ended.is_solved) == ("ended", True)
    assert len(attachments_of("whistles.task", task.id)) == 2
    assert not WhistleClock.objects.filter(task=task, ended_at=None).exists()
    assert check_ledger().problems == []


def test_a_matter_that_is_not_on_the_list_is_refused_by_name(town: Town) -> None:
    WhistleMatter.objects.filter(name="噪声扰民").update(valid_to=AT.date())
    from yiwang.ledger.public import bump_now

    whistle = drafted(town)
    bump_now("whistles")
    with pytest.raises(Conflict, match="“噪声扰民”不在“工作推进哨”的吹哨事项清单内") as refusal:
        blow_whistle(actor=town.member, at=AT, whistle_id=whistle.id)
    assert refusal.value.code == "whistles.matter_not_listed"


def test_an_optional_kind_is_refused_until_it_is_switched_on(town: Town) -> None:
    with pytest.raises(Conflict, match="没有启用"):
        drafted(town, kind="emergency")


def test_a_whistle_without_what_was_tried_is_not_blown(town: Town) -> None:
    whistle = drafted(town, tried="")
    with pytest.raises(Conflict, match="已做工作"):
        blow_whistle(actor=town.member, at=AT, whistle_id=whistle.id)


def test_a_member_of_the_team_may_not_blow_the_hard_kind(town: Town) -> None:
    whistle = drafted(town, kind="hard")
    with pytest.raises(Refused, match="攻坚克难哨"):
        blow_whistle(actor=town.member, at=AT, whistle_id=whistle.id)


def test_nobody_approves_a_whistle_of_their_own(town: Town) -> None:
    whistle = drafted(town, actor=town.principal)
    blow_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    with pytest.raises(Conflict, match="吹哨人以外"):
        approve_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)


def test_a_refusal_needs_words_and_ends_the_whistle(town: Town) -> None:
    whistle = blown(town)
    with pytest.raises(Invalid):
        refuse_whistle(actor=town.principal, at=AT, whistle_id=whistle.id, reason=" ")
    assert (
        refuse_whistle(actor=town.principal, at=AT, whistle_id=whistle.id, reason="可自行解决").state
        == "refused"
    )


def test_a_whistle_that_is_sent_back_may_be_blown_anew(town: Town) -> None:
    whistle = blown(town)
    send_back_whistle(actor=town.principal, at=AT, whistle_id=whistle.id, reason="请补充")
    assert blow_whistle(actor=town.member, at=AT, whistle_id=whistle.id).state == "approving"


def test_the_clocks_of_gulou_start_when_the_whistle_is_sent(town: Town) -> None:
    task = task_of(sent(town))
    due = {clock.stage: clock.due_at for clock in WhistleClock.objects.filter(task=task)}
    # Monday 2026-03-02 09:30 in Shanghai: one hour, 24 hours, and three workdays.
    assert due["sign"] == AT + timedelta(hours=1)
    assert due["contact"] == AT + timedelta(hours=24)
    assert due["report"].astimezone(UTC) > datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    assert WhistleClock.objects.get(task=task, stage="report").due_explanation


def test_a_unit_outside_the_fence_waits_for_the_whistler(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    given = {"actor": town.cleaning, "at": AT, "whistle_id": whistle.id, "task_id": task.id}
    sign_report(**given)
    contact_whistler(text="明天到", **given)
    row = check_in(pictures=[photo()], representative="section", lon=118.9, lat=32.0, **given)
    assert (row.result, row.is_inside) == ("waiting", False)
    assert 9000 < (row.distance or 0) < 10000
    task.refresh_from_db()
    assert task.state == "contacted"
    with pytest.raises(Invalid):
        decide_check_in(
            actor=town.member, at=AT, whistle_id=whistle.id, check_in_id=row.id, accept=True, reason=""
        )
    decide_check_in(
        actor=town.member, at=AT, whistle_id=whistle.id, check_in_id=row.id, accept=True, reason="另一入口"
    )
    task.refresh_from_db()
    assert task.state == "reported"


def test_a_check_in_without_a_photo_is_refused(town: Town) -> None:
    whistle = sent(town)
    task = task_of(whistle)
    sign_report(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id)
    with pytest.raises(Invalid, match="照片"):
        check_in(
            actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id, pictures=[],
            representative="section", lon=HERE[0], lat=HERE[1],
        )  # fmt: skip


def test_somebody_without_power_is_counted_and_the_unit_must_report_again(town: Town) -> None:
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    mark_powerless(
        actor=town.member,
        at=AT + timedelta(hours=1),
        whistle_id=whistle.id,
        task_id=task.id,
        reason="不能表态",
    )
    task.refresh_from_db()
    clock = WhistleClock.objects.get(task=task, stage="report")
    assert (task.state, task.powerless_count, clock.ended_at) == ("contacted", 1, None)


def test_a_refusal_to_report_is_counted_and_may_be_overruled(town: Town) -> None:
    whistle = sent(town, co=(town.city.unit("gardens"),))
    task = task_of(whistle, town.city.unit("gardens"))
    decline_report(actor=town.gardens, at=AT, whistle_id=whistle.id, task_id=task.id, reason="不属本单位职责")
    again = insist_on_report(
        actor=town.centre,
        at=AT + timedelta(hours=3),
        whistle_id=whistle.id,
        task_id=task.id,
        reason="清单第 3 条",
    )
    assert (again.state, again.declined_count, again.round) == ("pending", 1, 2)
    assert WhistleClock.objects.filter(task=task, stage="sign", round=2, ended_at=None).count() == 1


def test_nobody_confers_before_a_unit_has_come(town: Town) -> None:
    whistle = sent(town)
    with pytest.raises(Conflict, match="还没有单位报到"):
        record_minutes(
            actor=town.member, at=AT, whistle_id=whistle.id, minutes=MinutesText(held_at=AT, text="会商")
        )


def test_what_is_not_solved_is_whistled_once_more_and_linked(town: Town) -> None:
    whistle = sent(town)
    task = _fed_back(town, whistle)
    with pytest.raises(Conflict, match="请先评价：东区环卫所"):
        blow_again(actor=town.principal, at=AT, whistle_id=whistle.id, reason="噪声依旧", kind="hard")
    rate_unit(actor=town.member, at=AT, whistle_id=whistle.id, task_id=task.id, marks=GOOD)
    again = blow_again(actor=town.principal, at=AT, whistle_id=whistle.id, reason="噪声依旧", kind="hard")
    whistle.refresh_from_db()
    assert (whistle.state, whistle.is_solved) == ("again", False)
    assert (again.state, again.rung, again.parent_id, again.kind.code) == ("approving", 2, whistle.id, "hard")
    assert "噪声依旧" in again.tried


def test_a_third_whistle_is_refused_in_favour_of_the_leader(town: Town) -> None:
    whistle = sent(town)
    _fed_back(town, whistle)
    Whistle.objects.filter(pk=whistle.id).update(rung=2)
    with pytest.raises(Conflict, match="提级"):
        blow_again(actor=town.member, at=AT, whistle_id=whistle.id, reason="还是没有解决")


def test_the_district_leader_decides_and_the_centre_sends_it_out_anew(town: Town) -> None:
    whistle = sent(town)
    _fed_back(town, whistle)
    raise_whistle(actor=town.member, at=AT, whistle_id=whistle.id, reason="部门意见不一")
    coordinate_whistle(actor=town.leader, at=AT, whistle_id=whistle.id, decision="由园林所牵头")
    judge_whistle(
        actor=town.centre, at=AT, whistle_id=whistle.id, host=town.city.unit("gardens"),
        co_units=[town.city.unit("cleaning")],
    )  # fmt: skip
    states = sorted(WhistleTask.objects.filter(whistle=whistle).values_list("role", "state"))
    assert states == [("co", "pending"), ("host", "fed_back"), ("host", "pending")]


def test_a_withdrawn_whistle_recalls_its_units(town: Town) -> None:
    whistle = sent(town)
    withdraw_whistle(actor=town.member, at=AT, whistle_id=whistle.id, reason="已自行解决")
    assert WhistleTask.objects.get(whistle=whistle).state == "recalled"
    assert not WhistleClock.objects.filter(task__whistle=whistle, ended_at=None).exists()


def test_units_are_added_and_taken_away_but_the_host_stays(town: Town) -> None:
    whistle = sent(town)
    gardens = town.city.unit("gardens")
    add_units(actor=town.centre, at=AT, whistle_id=whistle.id, units=[gardens, town.metro.id])
    with pytest.raises(Conflict, match="重复"):
        add_units(actor=town.centre, at=AT, whistle_id=whistle.id, units=[gardens])
    recall_unit(
        actor=town.centre, at=AT, whistle_id=whistle.id, task_id=task_of(whistle, gardens).id, reason="无关"
    )
    with pytest.raises(Conflict, match="主办单位不能撤回"):
        recall_unit(
            actor=town.centre, at=AT, whistle_id=whistle.id, task_id=task_of(whistle).id, reason="无关"
        )


def test_a_whistle_takes_the_place_of_its_case_and_the_case_stays_what_it_is(town: Town) -> None:
    _, case = receive(town.city, lon=118.801, lat=32.001)
    draft = town.draft(cases=[case.id], lon=None, lat=None, area=None, address="")
    actor = town.city.actor("leader", unit="street", area="east_1", username="viewer")
    from dataclasses import replace

    both = replace(
        town.member, grants={**actor.grants, **town.member.grants, "cases.view": actor.grants["cases.view"]}
    )
    whistle = draft_whistle(actor=both, at=AT, draft=draft)
    assert (whistle.lon, whistle.address, whistle.communities) == (118.801, case.address, [case.community])
    case.refresh_from_db()
    assert case.state == "received"


def test_a_case_that_somebody_may_not_see_is_not_attached(town: Town) -> None:
    _, case = receive(town.city, area="west_1_a")
    with pytest.raises(NotFound):
        draft_whistle(actor=town.member, at=AT, draft=town.draft(cases=[case.id]))


def test_a_department_sees_a_whistle_only_once_it_is_called(town: Town) -> None:
    whistle = blown(town)
    with pytest.raises(NotFound):
        whistle_for(town.cleaning, whistle.id)
    approve_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    judge_whistle(actor=town.centre, at=AT, whistle_id=whistle.id, host=town.city.unit("cleaning"))
    assert whistle_for(town.cleaning, whistle.id).id == whistle.id
    with pytest.raises(NotFound):
        whistle_for(town.gardens, whistle.id)


def test_a_grid_team_is_not_called_for_a_case_whose_matter_is_on_none_of_its_lists(town: Town) -> None:
    from yiwang.cases.public import NotAdmitted
    from yiwang.cases.tests.factories import BEGIN
    from yiwang.catalog.models import AdmittedMatter
    from yiwang.ledger.public import bump_now
    from yiwang.orgs.models import Unit

    city = town.city
    grid = Unit.objects.create(
        code="G1", name="梅园网格组", kind="grid_team", home_area=city.areas["east_1_a"], valid_from=BEGIN
    )
    AdmittedMatter.objects.create(
        list_kind="grid", code="A-1", name="列入的事项", basis="有依据", class_ids=[city.classes["event"].id],
        lead_unit=city.units["cleaning"], state="admitted", valid_from=BEGIN, applied_at=AT,
    )  # fmt: skip
    for name in ("units", "catalog.admission"):
        bump_now(name)
    listed, unlisted = (
        receive(city, matter_class=city.classes[name].id)[1].id for name in ("event", "request")
    )
    whistles = [blown(town) for _ in range(2)]
    for whistle, case in zip(whistles, (listed, unlisted), strict=True):
        WhistleCase.objects.create(whistle=whistle, case_id=case)
        approve_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    given = {"actor": town.centre, "at": AT, "host": city.unit("cleaning"), "co_units": (grid.id,)}
    judge_whistle(whistle_id=whistles[0].id, **given)
    assert task_of(whistles[0], grid.id).state == "pending"
    with pytest.raises(NotAdmitted, match="非准不入"):
        judge_whistle(whistle_id=whistles[1].id, **given)
    assert not WhistleTask.objects.filter(whistle=whistles[1]).exists()
