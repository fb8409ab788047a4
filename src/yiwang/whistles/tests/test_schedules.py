"""Schedules that send by themselves: only to units that the centre has judged; else each whistle waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client

from yiwang.cases.tests.factories import AT
from yiwang.clocks.public import fire_due
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry
from yiwang.ledger.public import bump_now, check_ledger
from yiwang.whistles.models import (
    OutsideUnit,
    Whistle,
    WhistleClock,
    WhistleKind,
    WhistleSchedule,
    WhistleTask,
)
from yiwang.whistles.public import (
    ScheduleTerms,
    WhistleFilter,
    approve_schedule,
    judge_schedule,
    judge_whistle,
    list_whistles,
    propose_schedule,
)
from yiwang.whistles.queries.schedules import schedules_page

from .factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def _running(town: Town, opens_as: str = "sent") -> WhistleSchedule:
    """A schedule that runs and for which the whistler proposes the cleaning company and the metro police."""
    units = [town.city.unit("cleaning"), town.metro.id]
    draft = replace(town.draft(), area=town.city.area("east_1"), title="红山片区共治", units=units)
    terms = ScheduleTerms(draft=draft, cadence="weekly", days=[1, 4], minute=540, opens_as=opens_as)
    row = propose_schedule(actor=town.member, at=AT, terms=terms)
    return approve_schedule(actor=town.principal, at=AT, schedule_id=row.id)


def _next_of(row: WhistleSchedule) -> datetime:
    row.refresh_from_db()
    assert row.next_at is not None
    return row.next_at


def _opened(row: WhistleSchedule) -> Whistle:
    """What the schedule opens next."""
    known = set(Whistle.objects.values_list("id", flat=True))
    fire_due(at=_next_of(row))
    return Whistle.objects.exclude(pk__in=known).get(schedule=row)


def _called(whistle: Whistle) -> dict[UUID, str]:
    return {task.party: task.role for task in WhistleTask.objects.filter(whistle=whistle)}


def _judge(town: Town, row: WhistleSchedule, *co: UUID, host: str = "cleaning") -> WhistleSchedule:
    return judge_schedule(
        actor=town.centre, at=AT, schedule_id=row.id, host=town.city.unit(host), co_units=co
    )


def test_what_the_centre_has_not_judged_waits_for_it_and_nobody_is_called(town: Town) -> None:
    row = _running(town)
    due = _next_of(row)
    whistle = _opened(row)
    assert (whistle.state, whistle.judged_at, whistle.blown_at) == ("judging", None, due)
    assert whistle.proposed_units == [town.city.unit("cleaning"), town.metro.id]
    assert _called(whistle) == {}
    assert not WhistleClock.objects.exists()
    listed = list_whistles(town.centre, WhistleFilter("judge")).rows
    assert [one.id for one in listed] == [whistle.id]
    judge_whistle(actor=town.centre, at=due, whistle_id=whistle.id, host=town.city.unit("gardens"))
    assert _called(whistle) == {town.city.unit("gardens"): "host"}
    assert check_ledger().problems == []


def test_what_the_centre_has_judged_once_goes_to_those_units_each_time(town: Town) -> None:
    row = _judge(town, _running(town), town.metro.id, host="gardens")
    assert (row.judged_by, row.judged_at) == (town.centre.account_id, AT)
    for _ in range(2):
        due = _next_of(row)
        whistle = _opened(row)
        assert (whistle.state, whistle.judged_at) == ("reporting", due)
        assert _called(whistle) == {town.city.unit("gardens"): "host", town.metro.id: "co"}
        assert WhistleClock.objects.filter(task__whistle=whistle, started_at=due).count() == 8
    entry = JournalEntry.objects.get(stream=row.id, kind="whistles.schedule_judged")
    assert entry.actor == town.centre.account_id
    assert check_ledger().problems == []


def test_judging_anew_changes_what_opens_later_and_not_what_is_open(town: Town) -> None:
    row = _judge(town, _running(town))
    first = _opened(row)
    _judge(town, row, host="gardens")
    assert _called(first) == {town.city.unit("cleaning"): "host"}
    assert _called(_opened(row)) == {town.city.unit("gardens"): "host"}


def test_neither_the_street_nor_the_centre_of_another_district_judges_a_schedule(town: Town) -> None:
    row = _running(town)
    away = replace(town.centre, grants={"whistles.judge": replace(
        town.centre.scope("whistles.judge"), communities=frozenset([town.city.area("west_1_a")]),
        units=frozenset(),
    )})  # fmt: skip
    for actor in (town.member, town.principal, town.cleaning, away):
        with pytest.raises(Refused):
            judge_schedule(actor=actor, at=AT, schedule_id=row.id, host=town.city.unit("cleaning"))
    row.refresh_from_db()
    assert row.judged_at is None


def test_the_centre_sees_and_judges_a_schedule_of_its_street_about_a_place_beyond_its_ground(
    town: Town,
) -> None:
    draft = replace(town.draft(), area=town.city.area("west_1_a"), units=[town.city.unit("cleaning")])
    terms = ScheduleTerms(draft=draft, cadence="weekly", days=[1], minute=540, opens_as="sent")
    row = propose_schedule(actor=town.member, at=AT, terms=terms)
    approve_schedule(actor=town.principal, at=AT, schedule_id=row.id)
    assert [one.id for one in schedules_page(town.centre).rows] == [row.id]
    assert _judge(town, row).judged_at == AT


def test_units_of_a_schedule_are_checked_as_those_of_a_whistle(town: Town) -> None:
    row = _running(town)
    cleaning = town.city.unit("cleaning")
    with pytest.raises(Invalid, match="没有这个单位"):
        judge_schedule(actor=town.centre, at=AT, schedule_id=row.id, host=uuid7())
    with pytest.raises(Conflict, match="同一单位"):
        _judge(town, row, cleaning)
    WhistleKind.objects.filter(code="work").update(most_units=1)
    bump_now("whistles")
    with pytest.raises(Conflict, match="最多派发 1 个单位"):
        _judge(town, row, town.metro.id)


def test_a_schedule_that_opens_drafts_is_judged_whistle_by_whistle(town: Town) -> None:
    row = _running(town, "draft")
    with pytest.raises(Conflict, match="逐次研判"):
        _judge(town, row)
    assert _opened(row).state == "draft"


def test_a_unit_that_has_ended_is_not_called_and_the_schedule_says_why(town: Town) -> None:
    row = _judge(town, _running(town), town.metro.id)
    OutsideUnit.objects.filter(pk=town.metro.id).update(ended_at=AT)
    bump_now("whistles")
    fire_due(at=_next_of(row))
    row.refresh_from_db()
    assert "没有这个单位" in row.last_failure
    assert not Whistle.objects.exists()


def test_the_page_says_that_a_schedule_is_not_judged_and_the_centre_judges_it_there(town: Town) -> None:
    row = _running(town)
    centre, member = Client(), Client()
    centre.force_login(town.city.accounts["w_centre_east_centre"])
    member.force_login(town.city.accounts["w_member_street"])
    path = f"/whistles/schedules/{row.id}/judge/"
    text = member.get("/whistles/schedules/").content.decode()
    assert "未研判：开出后待指挥中心研判" in text
    assert path not in text
    assert path in centre.get("/whistles/schedules/").content.decode()
    form = centre.get(path).content.decode()
    assert f'value="{town.city.unit("cleaning")}" selected' in form
    sent = {"host": str(town.city.unit("gardens")), "co_units": [str(town.metro.id)], "version": row.version}
    assert centre.post(path, {**sent, "host": ""}).status_code == 422
    assert centre.post(path, sent).status_code == 302
    row.refresh_from_db()
    assert row.units == [town.city.unit("gardens"), town.metro.id]
    assert row.outside_units == [town.metro.id]
    assert "指挥中心已研判" in member.get("/whistles/schedules/").content.decode()
    assert centre.get(f"/whistles/schedules/{uuid7()}/judge/").status_code == 404
