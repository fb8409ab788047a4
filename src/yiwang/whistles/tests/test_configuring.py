"""Rules of whistles as data: kinds and packs, the list of matters, schedules that fail or are stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yiwang.cases.tests.factories import AT
from yiwang.clocks.public import fire_due
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.ledger.public import bump_now
from yiwang.whistles.models import Whistle, WhistleKind, WhistleMatter, WhistleSchedule, WhistleTask
from yiwang.whistles.public import (
    KindTerms,
    MatterTerms,
    ScheduleTerms,
    add_matter,
    approve_schedule,
    end_matter,
    judge_schedule,
    kinds_offered,
    propose_schedule,
    set_kind,
    stop_schedule,
    switch_kind,
    switch_pack,
)

from .factories import ADMIN, Town, make_town

pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture
def town() -> Town:
    return make_town()


def test_the_street_kinds_of_gulou_and_xiaoshi_are_on_and_the_others_are_not(town: Town) -> None:
    assert [kind.name for kind in kinds_offered(AT)] == ["工作推进哨", "攻坚克难哨", "一般工作哨"]


def test_the_optional_pack_is_switched_on_and_off_as_a_whole(town: Town) -> None:
    assert switch_pack(actor=ADMIN, at=AT, pack="optional", on=True) == 6
    assert len(kinds_offered(AT)) == 9
    assert switch_pack(actor=ADMIN, at=AT, pack="optional", on=False) == 6
    with pytest.raises(Invalid):
        switch_pack(actor=ADMIN, at=AT, pack="all", on=True)
    with pytest.raises(Refused):
        switch_pack(actor=town.principal, at=AT, pack="optional", on=True)


def test_a_kind_that_is_switched_off_stays_off_when_its_new_terms_begin(town: Town) -> None:
    tomorrow = TODAY + timedelta(days=1)
    set_kind(actor=ADMIN, at=AT, terms=KindTerms(code="work", name="工作推进哨", valid_from=tomorrow))
    now = WhistleKind.objects.get(code="work", valid_to=tomorrow)
    switch_kind(actor=ADMIN, at=AT, kind_id=now.id, on=False)
    assert "work" not in {kind.code for kind in kinds_offered(AT + timedelta(days=2))}


@pytest.mark.parametrize("act", ["whistles.view", "whistles.report", "whistles.nonsense"])
def test_seeing_or_reporting_never_approves_a_whistle(town: Town, act: str) -> None:
    terms = KindTerms(code="easy", name="随便哨", valid_from=TODAY, approve_act=act)
    with pytest.raises(Invalid) as refusal:
        set_kind(actor=ADMIN, at=AT, terms=terms)
    assert [one.field for one in refusal.value.problems] == ["approve_act"]


def test_a_matter_that_was_taken_off_today_stands_again_today(town: Town) -> None:
    terms = MatterTerms("僵尸车", TODAY)
    row = add_matter(actor=ADMIN, at=AT, terms=terms)
    with pytest.raises(Conflict, match="已有这个事项"):
        add_matter(actor=ADMIN, at=AT, terms=terms)
    end_matter(actor=ADMIN, at=AT, matter_id=row.id, valid_to=TODAY)
    again = add_matter(actor=ADMIN, at=AT, terms=terms)
    assert (again.id, WhistleMatter.objects.get(name="僵尸车").valid_to) == (row.id, None)


def test_a_matter_for_a_kind_that_nobody_knows_is_refused(town: Town) -> None:
    with pytest.raises(Invalid, match="没有这个哨种"):
        add_matter(actor=ADMIN, at=AT, terms=MatterTerms("僵尸车", TODAY, kind_code="nonsense"))


def _schedule(town: Town) -> WhistleSchedule:
    draft = replace(town.draft(), units=[town.city.unit("cleaning")])
    terms = ScheduleTerms(draft=draft, cadence="weekly", days=[4], minute=540, opens_as="sent")
    row = propose_schedule(actor=town.member, at=AT, terms=terms)
    approve_schedule(actor=town.principal, at=AT, schedule_id=row.id)
    return judge_schedule(actor=town.centre, at=AT, schedule_id=row.id, host=town.city.unit("cleaning"))


def test_a_schedule_that_fails_half_way_leaves_nothing_behind(town: Town) -> None:
    row = _schedule(town)
    kind = town.kind()
    kind.direction = "to_street"
    kind.save()
    bump_now("whistles")
    assert row.next_at is not None
    fire_due(at=row.next_at)
    row.refresh_from_db()
    assert "由街道报到" in row.last_failure
    assert not Whistle.objects.exists()
    assert not WhistleTask.objects.exists()


def test_why_a_schedule_was_stopped_is_kept(town: Town) -> None:
    row = _schedule(town)
    stop_schedule(actor=town.member, at=AT, schedule_id=row.id, reason="整治已经结束")
    row.refresh_from_db()
    assert (row.state, row.stop_reason) == ("stopped", "整治已经结束")
