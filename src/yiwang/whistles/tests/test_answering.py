"""Who answers for a whistle: units that go on, refuse or fail; nobody judges their own unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from yiwang.cases.tests.factories import AT, BEGIN, receive
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.ledger.public import bump_now, check_ledger
from yiwang.orgs.models import Area
from yiwang.whistles.models import CheckIn, Whistle, WhistleCase, WhistleItem, WhistleTask, WorkStage
from yiwang.whistles.public import (
    ItemTerms,
    Marks,
    MinutesText,
    WhistleFilter,
    add_units,
    approve_whistle,
    assign_items,
    attach_cases,
    blow_whistle,
    check_in,
    complete_item,
    contact_whistler,
    coordinate_whistle,
    decide_check_in,
    decline_report,
    feed_back_report,
    judge_whistle,
    link_token,
    list_whistles,
    mark_powerless,
    raise_whistle,
    rate_unit,
    rate_whistler,
    recall_unit,
    record_minutes,
    send_back_whistle,
    sign_report,
    streets_of_month,
    task_for_link,
    units_of_month,
    withdraw_whistle,
)
from yiwang.whistles.services import checking_in

from .factories import HERE, Town, blown, drafted, holder, make_town, photo, reported, sent, task_of

pytestmark = pytest.mark.django_db
GOOD = Marks("prompt", "active", "solved")
HOUR = timedelta(hours=1)


@pytest.fixture
def town() -> Town:
    return make_town()


def _feed_back(town: Town, whistle: Whistle, task: WhistleTask, actor: object = None) -> Whistle:
    return feed_back_report(
        actor=actor or town.cleaning, at=AT + HOUR, whistle_id=whistle.id, task_id=task.id, result="已处理"
    )  # type: ignore[arg-type]


def test_units_go_on_while_the_leader_decides_because_their_limits_run(town: Town) -> None:
    whistle = sent(town, co=(town.metro.id,))
    task, metro = task_of(whistle), task_of(whistle, town.metro.id)
    raise_whistle(actor=town.member, at=AT, whistle_id=whistle.id, reason="部门意见不一")
    sign_report(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id)
    coordinate_whistle(actor=town.leader, at=AT, whistle_id=whistle.id, decision="环卫所牵头")
    contact_whistler(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id, text="今晚到场")
    task.refresh_from_db()
    assert task.state == "contacted"
    assert task_for_link(metro.id, link_token(metro), at=AT).id == metro.id


def test_items_are_done_although_the_units_met_again(town: Town) -> None:
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    stage = WorkStage.objects.get(code="clear")
    terms = ItemTerms(task.id, stage.id, "移走僵尸车", (Decimal(2), "work_day"))
    assign_items(actor=town.member, at=AT + HOUR, whistle_id=whistle.id, items=[terms])
    minutes = MinutesText(held_at=AT, text="再次会商")
    record_minutes(actor=town.member, at=AT + HOUR, whistle_id=whistle.id, minutes=minutes)
    item = WhistleItem.objects.get(whistle=whistle)
    complete_item(
        actor=town.cleaning, at=AT + HOUR, whistle_id=whistle.id, item_id=item.id, feedback="已移走"
    )
    assert _feed_back(town, whistle, task).state == "rating"


def test_nobody_withdraws_a_whistle_that_a_unit_has_answered(town: Town) -> None:
    whistle = sent(town)
    reported(town, whistle, town.cleaning)
    with pytest.raises(Conflict, match="已有 1 个单位报到"):
        withdraw_whistle(actor=town.member, at=AT + HOUR, whistle_id=whistle.id, reason="不用了")


def test_the_centre_sends_back_what_it_cannot_send_out_and_it_is_not_blown_any_more(town: Town) -> None:
    whistle = blown(town)
    approve_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    with pytest.raises(Refused):
        send_back_whistle(actor=town.principal, at=AT, whistle_id=whistle.id, reason="再想想")
    back = send_back_whistle(actor=town.centre, at=AT, whistle_id=whistle.id, reason="请写清诉求")
    assert (back.state, back.blown_at, back.approved_by) == ("draft", None, None)


def test_what_units_are_at_work_on_is_never_a_draft_again(town: Town) -> None:
    whistle = sent(town)
    raise_whistle(actor=town.member, at=AT, whistle_id=whistle.id, reason="意见不一")
    coordinate_whistle(actor=town.leader, at=AT, whistle_id=whistle.id, decision="继续办理")
    with pytest.raises(Conflict, match="已派发过"):
        send_back_whistle(actor=town.centre, at=AT, whistle_id=whistle.id, reason="退回")


def test_the_last_units_refusal_does_not_hold_up_the_rating_of_those_that_came(town: Town) -> None:
    gardens = town.city.unit("gardens")
    whistle = sent(town, co=(gardens,))
    task = reported(town, whistle, town.cleaning)
    assert _feed_back(town, whistle, task).state == "reporting"
    co = task_of(whistle, gardens)
    decline_report(actor=town.gardens, at=AT + HOUR, whistle_id=whistle.id, task_id=co.id, reason="无关")
    whistle.refresh_from_db()
    assert whistle.state == "rating"
    assert check_ledger().problems == []


def test_taking_the_last_open_unit_away_leads_to_the_rating_too(town: Town) -> None:
    gardens = town.city.unit("gardens")
    whistle = sent(town, co=(gardens,))
    _feed_back(town, whistle, reported(town, whistle, town.cleaning))
    co = task_of(whistle, gardens)
    recall_unit(actor=town.centre, at=AT + HOUR, whistle_id=whistle.id, task_id=co.id, reason="已不需要")
    whistle.refresh_from_db()
    assert whistle.state == "rating"


def test_a_refusal_goes_to_the_unit_above_and_stays_counted_when_the_task_is_taken_back(town: Town) -> None:
    gardens = town.city.unit("gardens")
    whistle = sent(town, co=(gardens,))
    host = task_of(whistle)
    decline_report(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=host.id, reason="人手不足")
    host.refresh_from_db()
    assert (host.escalated_to, host.escalated_at) == (town.city.unit("bureau"), AT)
    listed = list_whistles(town.principal, WhistleFilter("escalated")).rows
    assert [row.id for row in listed] == [whistle.id]
    recall_unit(actor=town.centre, at=AT, whistle_id=whistle.id, task_id=host.id, reason="改派")
    score = next(one for one in units_of_month(town.centre, "2026-03") if one.party == host.party)
    assert (score.tasks, score.declined) == (0, 1)


def test_somebody_without_power_is_told_to_the_unit_above(town: Town) -> None:
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    mark_powerless(actor=town.member, at=AT + HOUR, whistle_id=whistle.id, task_id=task.id, reason="不能表态")
    task.refresh_from_db()
    assert task.escalated_to == town.city.unit("bureau")


def test_what_answers_to_nobody_is_told_to_the_centre_of_the_district(town: Town) -> None:
    gardens = town.city.unit("gardens")
    whistle = sent(town, co=(gardens,))
    co = task_of(whistle, gardens)
    decline_report(actor=town.gardens, at=AT, whistle_id=whistle.id, task_id=co.id, reason="人手不足")
    co.refresh_from_db()
    assert co.escalated_to == town.city.unit("east_centre")


def test_nobody_rates_or_confirms_their_own_unit(town: Town) -> None:
    street = town.city.unit("street")
    team = holder(town.city, "w_team", "street")
    whistle = sent(town, co=(street,))
    task = task_of(whistle, street)
    own = {"actor": team, "at": AT, "whistle_id": whistle.id, "task_id": task.id}
    sign_report(**own)  # type: ignore[arg-type]
    row = check_in(pictures=[photo()], representative="deputy", **own)  # type: ignore[arg-type]
    yes = {"at": AT, "whistle_id": whistle.id, "check_in_id": row.id, "accept": True, "reason": "见到"}
    with pytest.raises(Refused, match="您可以代表该单位报到"):
        decide_check_in(actor=team, **yes)  # type: ignore[arg-type]
    decide_check_in(actor=town.principal, **yes)  # type: ignore[arg-type]
    feed_back_report(result="已办", **own)  # type: ignore[arg-type]
    _feed_back(town, whistle, reported(town, whistle, town.cleaning))
    with pytest.raises(Refused, match="不能再评价该单位"):
        rate_unit(marks=GOOD, **own)  # type: ignore[arg-type]
    rate_unit(marks=GOOD, **{**own, "actor": town.principal})  # type: ignore[arg-type]


def test_a_unit_that_is_added_later_never_makes_a_second_host(town: Town) -> None:
    gardens = town.city.unit("gardens")
    whistle = sent(town, co=(town.metro.id,))
    _feed_back(town, whistle, reported(town, whistle, town.cleaning))
    add_units(actor=town.centre, at=AT + HOUR, whistle_id=whistle.id, units=[gardens])
    assert task_of(whistle, gardens).role == "co"


def test_units_that_have_fed_back_count_for_the_most_that_a_kind_calls(town: Town) -> None:
    kind = town.kind()
    kind.most_units = 2
    kind.save()
    bump_now("whistles")
    whistle = sent(town, co=(town.metro.id,))
    _feed_back(town, whistle, reported(town, whistle, town.cleaning))
    with pytest.raises(Conflict, match="最多派发 2 个单位，现有 3 个"):
        add_units(actor=town.centre, at=AT, whistle_id=whistle.id, units=[town.city.unit("gardens")])


def _switch_on(town: Town, code: str) -> None:
    kind = town.kind(code)
    kind.is_on = True
    kind.save()
    bump_now("whistles")


def test_a_community_whistle_goes_to_the_street_and_to_nobody_below_or_beside_it(town: Town) -> None:
    _switch_on(town, "community")
    worker = holder(town.city, "w_worker", "committee")
    secretary = holder(town.city, "w_secretary", "committee")
    whistle = drafted(town, actor=worker, kind="community", title="双安巷人车混行")
    blow_whistle(actor=worker, at=AT, whistle_id=whistle.id)
    with pytest.raises(Refused):
        approve_whistle(actor=town.principal, at=AT, whistle_id=whistle.id)
    approve_whistle(actor=secretary, at=AT, whistle_id=whistle.id)
    for wrong in ("committee", "cleaning", "other_street"):
        with pytest.raises(Conflict, match="由街道报到"):
            judge_whistle(actor=town.centre, at=AT, whistle_id=whistle.id, host=town.city.unit(wrong))
    judged = judge_whistle(actor=town.centre, at=AT, whistle_id=whistle.id, host=town.city.unit("street"))
    assert judged.state == "reporting"


def test_a_firms_whistle_names_the_firm_and_is_admitted_by_another_of_the_desk(town: Town) -> None:
    _switch_on(town, "enterprise")
    desk = holder(town.city, "w_desk", "street")
    matter = town.matter("政策应用")
    nameless = drafted(town, actor=desk, kind="enterprise", matter=matter)
    with pytest.raises(Conflict, match="企业"):
        blow_whistle(actor=desk, at=AT, whistle_id=nameless.id)
    whistle = drafted(town, actor=desk, kind="enterprise", matter=matter, enterprise="某某科技（示例）")
    blow_whistle(actor=desk, at=AT, whistle_id=whistle.id)
    with pytest.raises(Conflict, match="吹哨人以外"):
        approve_whistle(actor=desk, at=AT, whistle_id=whistle.id)
    other = holder(town.city, "w_desk", "street", username="desk_two")
    assert approve_whistle(actor=other, at=AT, whistle_id=whistle.id).state == "judging"


def test_what_units_say_of_the_whistler_shows_in_the_assessment_of_its_street(town: Town) -> None:
    kind = town.kind()
    kind.rates_both = True
    kind.save()
    bump_now("whistles")
    whistle = sent(town)
    task = reported(town, whistle, town.cleaning)
    _feed_back(town, whistle, task)
    marks = Marks("fair", "active", "partly")
    rate_whistler(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id, marks=marks)
    street = next(one for one in streets_of_month(town.centre, "2026-03") if one.name == "东一街道")
    assert (street.response, street.attitude, street.result) == (3, 5, 3)


def test_a_whistle_that_was_sent_back_counts_as_none(town: Town) -> None:
    whistle = blown(town)
    send_back_whistle(actor=town.principal, at=AT, whistle_id=whistle.id, reason="自行解决")
    street = next(one for one in streets_of_month(town.centre, "2026-03") if one.name == "东一街道")
    assert (street.blown, street.frequency) == (0, "few")


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "2026-13", "x"])
def test_a_month_that_nobody_means_is_refused_in_words(town: Town, month: str) -> None:
    with pytest.raises(Invalid, match="2026-03"):
        units_of_month(town.centre, month)


def test_a_street_named_beside_a_point_is_no_fence_but_a_shared_zone_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking_in, "_inside_area", lambda whistle, here, at: True)
    whistle = sent(town, area=town.city.area("east_1"))
    task = task_of(whistle)
    sign_report(actor=town.cleaning, at=AT, whistle_id=whistle.id, task_id=task.id)
    far = {"lon": HERE[0] + 0.05, "lat": HERE[1], "pictures": [photo()], "representative": "section"}
    own = {"actor": town.cleaning, "at": AT, "whistle_id": whistle.id, "task_id": task.id}
    assert check_in(**own, **far).result == "waiting"  # type: ignore[arg-type]
    zone = Area.objects.create(
        code="Z1", name="十字街片区", kind="shared_zone", tree="operational", path="Z1/", valid_from=BEGIN
    )
    bump_now("areas")
    Whistle.objects.filter(pk=whistle.id).update(area=zone.id)
    far["pictures"] = [photo()]
    assert check_in(**own, **far).result == "inside"  # type: ignore[arg-type]
    assert CheckIn.objects.filter(task=task).count() == 2


def test_cases_are_attached_to_a_whistle_that_goes_on_once_each(town: Town) -> None:
    _, case = receive(town.city)
    viewer = town.city.actor("leader", unit="street", area="east_1", username="viewer")
    both = replace(town.member, grants={**town.member.grants, "cases.view": viewer.grants["cases.view"]})
    whistle = sent(town)
    for _ in range(2):
        attach_cases(actor=both, at=AT, whistle_id=whistle.id, cases=[case.id])
    assert WhistleCase.objects.filter(whistle=whistle, case=case).count() == 1
    withdraw_whistle(actor=town.member, at=AT, whistle_id=whistle.id, reason="已解决")
    with pytest.raises(Conflict, match="不能再加材料"):
        attach_cases(actor=both, at=AT, whistle_id=whistle.id, cases=[case.id])


def test_a_task_that_was_changed_beside_the_journal_is_found(town: Town) -> None:
    whistle = sent(town, co=(town.metro.id,))
    reported(town, whistle, town.cleaning)
    assert check_ledger().problems == []
    WhistleTask.objects.filter(whistle=whistle, role="host").update(state="fed_back")
    assert any("fed_back, the journal says reported" in str(one) for one in check_ledger().problems)
