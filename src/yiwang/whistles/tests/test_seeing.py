"""Who sees which whistle: the predicate and the filter agree; outside units reach only their own task."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from yiwang.accounts.models import Account
from yiwang.cases.tests.factories import AT
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import NotFound, Refused
from yiwang.kernel.ids import uuid7
from yiwang.kernel.states import Lifecycle
from yiwang.ledger.models import JournalEntry
from yiwang.whistles.models import Whistle, WhistleTask
from yiwang.whistles.permissions import may_see
from yiwang.whistles.public import (
    REPORT_TASK,
    SCHEDULE,
    WHISTLE,
    Marks,
    check_in,
    contact_whistler,
    judge_whistle,
    link_token,
    outside_actor,
    rate_unit,
    renew_link,
    sign_report,
    task_for_link,
    visible_to,
    whistle_for,
    withdraw_whistle,
)
from yiwang.whistles.states import WHISTLE_STATES

from .factories import HERE, Town, blown, make_town, photo, sent, task_of

GOOD = Marks("prompt", "active", "solved")


@pytest.fixture
def town() -> Town:
    return make_town()


@pytest.mark.django_db
def test_the_list_shows_exactly_what_the_predicate_allows(town: Town) -> None:
    chance = random.Random(5)
    communities = [town.city.area(name) for name in ("east_1_a", "east_1_b", "east_2_a", "west_1_a")]
    units = [town.city.unit(name) for name in ("street", "other_street", "cleaning", "gardens")]
    accounts = list(Account.objects.values_list("id", flat=True))
    kind = town.kind()
    for number in range(60):
        whistle = Whistle.objects.create(
            number=f"W{number}", state=chance.choice(list(WHISTLE_STATES)), kind=kind, title="哨",
            whistler_unit=chance.choice(units), communities=chance.sample(communities, 2),
            home_communities=chance.sample(communities, 1), created_at=AT,
            created_by=chance.choice(accounts), judged_at=chance.choice([None, AT]),
        )  # fmt: skip
        if whistle.judged_at:
            party = chance.choice([*units, None])
            WhistleTask.objects.create(
                whistle=whistle, unit=party, outside=None if party else town.metro,
                state=chance.choice(["pending", "recalled", "fed_back"]), sent_at=AT,
            )  # fmt: skip
    seen_some = 0
    for _ in range(60):
        scope = chance.choice([
            EVERYWHERE,
            Scope(communities=frozenset(chance.sample(communities, 2))),
            Scope(units=frozenset(chance.sample([*units, town.metro.id], 2))),
            Scope(units=frozenset(units[:1]), communities=frozenset(communities[:1])),
        ])  # fmt: skip
        kind_of_actor = chance.choice(["person", "system"])
        actor = Actor(
            chance.choice(accounts) if kind_of_actor == "person" else None, kind=kind_of_actor,
            grants={"whistles.view": scope},
        )  # fmt: skip
        listed = set(visible_to(actor).values_list("number", flat=True))
        allowed = {
            w.number
            for w in Whistle.objects.all()
            if may_see(actor, w, WhistleTask.objects.filter(whistle=w))
        }
        assert listed == allowed
        seen_some += len(listed)
    assert seen_some > 100
    assert not visible_to(Actor(accounts[0])).exists()


@pytest.mark.django_db
def test_the_neighbour_drawn_in_by_a_shared_zone_may_not_approve(town: Town) -> None:
    whistle = blown(town, area=town.city.area("east"))
    stranger = Actor(
        uuid7(), grants={"whistles.approve": Scope(communities=frozenset([town.city.area("east_2_a")]))}
    )
    from yiwang.whistles.public import approve_whistle

    with pytest.raises(Refused):
        approve_whistle(actor=stranger, at=AT, whistle_id=whistle.id)


@pytest.mark.django_db
def test_a_link_opens_one_task_and_ends_with_it(town: Town) -> None:
    whistle = sent(town, co=(town.metro.id,))
    task = task_of(whistle, town.metro.id)
    token = link_token(task)
    assert task_for_link(task.id, token, at=AT).id == task.id
    for wrong in (token[:-1] + ("a" if token[-1] != "a" else "b"), link_token(task_of(whistle))):
        with pytest.raises(NotFound):
            task_for_link(task.id, wrong, at=AT)
    renew_link(actor=town.member, at=AT, whistle_id=whistle.id, task_id=task.id)
    with pytest.raises(NotFound):
        task_for_link(task.id, token, at=AT)
    task.refresh_from_db()
    withdraw_whistle(actor=town.member, at=AT, whistle_id=whistle.id, reason="已解决")
    with pytest.raises(NotFound):
        task_for_link(task.id, link_token(task), at=AT)


@pytest.mark.django_db
def test_a_task_of_a_unit_of_the_instance_has_no_link(town: Town) -> None:
    task = task_of(sent(town))
    with pytest.raises(NotFound):
        task_for_link(task.id, link_token(task), at=AT)


@pytest.mark.django_db
def test_the_railway_police_report_through_their_link_and_the_journal_says_so(town: Town) -> None:
    whistle = sent(town, co=(town.metro.id,))
    task = task_of(whistle, town.metro.id)
    actor = outside_actor(task_for_link(task.id, link_token(task), at=AT))
    own = {"actor": actor, "whistle_id": whistle.id, "task_id": task.id}
    sign_report(at=AT, **own)  # type: ignore[arg-type]
    contact_whistler(at=AT, text="已联系", **own)  # type: ignore[arg-type]
    check_in(
        at=AT,
        pictures=[photo()],
        representative="officer",
        lon=HERE[0],
        lat=HERE[1],
        **own,  # type: ignore[arg-type]
    )
    task.refresh_from_db()
    assert task.state == "reported"
    assert whistle_for(actor, whistle.id).id == whistle.id
    entry = JournalEntry.objects.filter(stream=whistle.id, kind="whistles.signed").get()
    assert (entry.agent, entry.actor) == ("outside-unit", None)
    other = task_of(whistle)
    with pytest.raises(Refused):
        sign_report(actor=actor, at=AT, whistle_id=whistle.id, task_id=other.id)
    with pytest.raises(Refused):
        rate_unit(
            actor=actor,
            at=AT,
            whistle_id=whistle.id,
            task_id=other.id,
            marks=GOOD,
        )


@pytest.mark.django_db
def test_the_whistlers_street_judges_nothing_and_the_centre_rates_nobody(town: Town) -> None:
    whistle = blown(town)
    with pytest.raises(Refused):
        judge_whistle(actor=town.member, at=AT, whistle_id=whistle.id, host=town.city.unit("cleaning"))
    task = task_of(sent(town, at=AT + timedelta(minutes=1)))
    with pytest.raises(Refused):
        rate_unit(
            actor=town.centre, at=AT, whistle_id=task.whistle_id, task_id=task.id,
            marks=GOOD,
        )  # fmt: skip


@pytest.mark.parametrize("table", [WHISTLE, REPORT_TASK, SCHEDULE], ids=lambda table: table.name)
def test_every_state_of_a_table_is_reached_and_every_pair_is_in_it_or_refused(table: Lifecycle) -> None:
    from yiwang.kernel.errors import Conflict
    from yiwang.kernel.states import transition

    begins = next(iter(table.states))
    reached = {begins} | {row.target for row in table.transitions if row.target}
    assert reached == set(table.states)
    for state in table.states:
        for action in table.actions():
            if table.find(state, action) is None:
                with pytest.raises(Conflict, match="不能"):
                    transition(table, state, action)
