"""The owner stage: row, limit, grid, duty and process with reasons; precedents; replays and evaluation."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from yiwang.cases.models import Case
from yiwang.cases.public import dispatch_case, recall_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.catalog.models import DraftChange, RegisteringCondition, ResponsibilityRow
from yiwang.catalog.public import (
    ResponsibilityTerms,
    add_change,
    add_responsibility,
    create_draft,
    end_responsibility,
    load_catalog,
    publish_draft,
    submit_draft,
)
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Area, DutyRoster
from yiwang.triage.models import Precedent
from yiwang.triage.queries.owning_evaluation import evaluate_owners
from yiwang.triage.rules.proposals import OwnerOutcome
from yiwang.triage.rules.said import Said
from yiwang.triage.services.owning import own
from yiwang.triage.services.owning_precedents import dismiss, note_dispatch, take_over
from yiwang.triage.services.owning_replays import ask_replay, run_replay

pytestmark = pytest.mark.django_db
EDITOR = system_actor("test", "catalog.edit", "catalog.publish", "cases.view")
LATER = AT + timedelta(days=1)


@pytest.fixture
def city() -> City:
    return make_city()


def say(text: str = "", *, matter: UUID | None = None, area: UUID | None = None, **more: object) -> Said:
    return Said(key=uuid7(), text=text, at=AT, class_id=matter, area_id=area, **more)  # type: ignore[arg-type]


def give(
    city: City, host: str, matter: str | None = None, area: str | None = None, **more: object
) -> ResponsibilityRow:
    node = city.classes[matter or "event"]
    terms = ResponsibilityTerms(
        scheme_id=node.scheme_id,
        host_id=city.unit(host),
        class_id=node.id if matter else None,
        area_id=city.area(area) if area else None,
        valid_from=date(2026, 1, 1),
        **more,  # type: ignore[arg-type]
    )
    return add_responsibility(actor=EDITOR, at=AT, terms=terms)


def codes(proposal: object) -> list[str]:
    return [reason.code for reason in proposal.reasons]  # type: ignore[attr-defined]


def test_the_row_that_wins_is_told_with_what_it_beat(city: City) -> None:
    wide = give(city, "cleaning", "event")
    narrow = give(city, "street", "event", "east_1", co_unit_ids=[city.unit("gardens")])
    (found,) = own([say(matter=city.classes["event"].id, area=city.area("east_1_a"))], at=AT)
    assert (found.outcome, found.host_id, found.co_unit_ids) == (
        OwnerOutcome.FOUND,
        city.unit("street"),
        (city.unit("gardens"),),
    )
    assert (found.row_id, found.beaten) == (narrow.id, (wide.id,))
    assert "优先于“暴露垃圾 · 全市”：它的区域更小" in found.reasons[0].words
    assert found.limit == "5 work_day"


def test_without_class_or_row_nobody_is_proposed_and_it_is_said_why(city: City) -> None:
    give(city, "street", "event", "east_1")
    unclassed, uncovered, nowhere = own(
        [
            say("垃圾", area=city.area("east_1_a")),
            say(matter=city.classes["event"].id, area=city.area("west_1_a")),
            say(matter=city.classes["event"].id),
        ],
        at=AT,
    )
    assert {p.outcome for p in (unclassed, uncovered, nowhere)} == {OwnerOutcome.NONE}
    assert codes(unclassed)[0] == "owner.no_class"
    assert codes(uncovered)[0] == "owner.no_row"
    assert codes(nowhere)[0] == "owner.no_area"


def test_the_condition_that_the_words_fit_gives_row_and_limit(city: City) -> None:
    matter = city.classes["part"]
    noisy = RegisteringCondition.objects.create(
        matter_class=matter, ordinal=2, text="井盖松动、有异响", amount=2, unit="work_day"
    )
    matter.default_amount, matter.default_unit = None, ""
    matter.save()
    bump_now("catalog")
    give(city, "cleaning", "part")
    loud = give(city, "gardens", "part", condition_id=noisy.id)
    said = [
        say("上水井盖松动，半夜车压过去有异响", matter=matter.id, area=city.area("east_1_a")),
        say("上水井盖有问题", matter=matter.id, area=city.area("east_1_a")),
    ]
    fits, unclear = own(said, at=AT)
    assert (fits.condition_id, fits.row_id, fits.limit) == (noisy.id, loud.id, "2 work_day")
    assert any("“松动”" in reason.words and "“有异响”" in reason.words for reason in fits.reasons)
    assert (unclear.condition_id, unclear.host_id, unclear.limit) == (
        None,
        city.unit("cleaning"),
        "4 work_hour",
    )
    assert "owner.shortest_limit" in codes(unclear)


def test_a_limit_of_the_row_goes_before_all_others(city: City) -> None:
    from decimal import Decimal

    give(city, "street", "event", limit=(Decimal(2), "urgent_hour"))
    (found,) = own([say(matter=city.classes["event"].id)], at=AT)
    assert found.limit == "2 urgent_hour"
    assert "owner.row_limit" in codes(found)


def make_grid(home: Area, code: str) -> Area:
    grid = Area.objects.create(
        code=code, name=f"网格{code}", kind="grid", parent=home, path=f"{home.path}{code}/",
        valid_from=date(2020, 1, 1),
    )  # fmt: skip
    bump_now("areas")
    return grid


def test_a_community_with_one_grid_is_sent_down_to_it_and_says_who_is_on_duty(city: City) -> None:
    give(city, "street", "event")
    home = city.areas["east_1_a"]
    grid = Area.objects.create(
        code="G1",
        name="梅园一格",
        kind="grid",
        parent=home,
        path=f"{home.path}G1/",
        valid_from=date(2020, 1, 1),
    )
    bump_now("areas")
    city.units["street"].home_area_id = home.id
    city.units["street"].save()
    bump_now("units")
    account = city.login("grid_worker", unit="street", area="east_1_a")
    DutyRoster.objects.create(
        unit=city.units["street"], account=account, post_kind=city.kinds["grid_worker"],
        starts_at=AT - timedelta(hours=1), ends_at=AT + timedelta(hours=1),
    )  # fmt: skip
    matter = city.classes["event"].id
    (one,) = own([say(matter=matter, area=home.id)], at=AT)
    assert one.grid_id == grid.id
    assert one.reasons[-1].words == "此时值班：东一街道办事处，1 人。"
    (off,) = own([say(matter=matter, area=grid.id)], at=AT + timedelta(hours=2))
    assert off.grid_id == grid.id
    assert "owner.duty" not in codes(off)
    Area.objects.create(
        code="G2",
        name="梅园二格",
        kind="grid",
        parent=home,
        path=f"{home.path}G2/",
        valid_from=date(2020, 1, 1),
    )
    bump_now("areas")
    (several,) = own([say(matter=matter, area=home.id)], at=AT)
    assert several.grid_id is None
    assert "owner.grid_unknown" in codes(several)


def test_many_reports_cost_as_many_queries_as_few(city: City, django_assert_max_num_queries: object) -> None:
    give(city, "street", "event")
    matter, area = city.classes["event"].id, city.area("east_1_a")
    own([say(matter=matter, area=area)], at=AT)
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        own([say(matter=matter, area=area)] * 500, at=AT)


def test_the_process_of_the_class_is_named_and_dispatches_only_when_switched_on(city: City) -> None:
    from yiwang.catalog.models import StandardProcess
    from yiwang.catalog.public import catalog_index, switch_process

    load_catalog(actor=EDITOR, at=AT)
    node = catalog_index(AT).class_by_code("city_management", "E0406")
    assert node is not None
    (found,) = own([say(matter=node.id)], at=AT)
    assert (found.process, found.dispatches) == ("street_trading", False)
    row = StandardProcess.objects.get(code="street_trading")
    switch_process(actor=EDITOR, at=AT, process_id=row.id, on=True)
    (again,) = own([say(matter=node.id)], at=AT)
    assert again.dispatches


def come_back(city: City, *, to: str = "gardens") -> Case:
    """A case that the cleaning office had, recalled and given to another unit."""
    case = dispatched(city, unit="cleaning", matter="event")
    recall_case(actor=SYSTEM, at=AT + timedelta(minutes=10), case_id=case.id, reason="不属于本单位")
    return dispatch_case(actor=SYSTEM, at=AT + timedelta(minutes=15), case_id=case.id, host=city.unit(to))


def test_a_second_unit_after_a_recall_makes_one_precedent_that_counts_like_cases(city: City) -> None:
    cases = [come_back(city), come_back(city)]
    for case in [*cases, cases[0]]:
        note_dispatch(case_id=case.id, host_id=city.unit("gardens"), at=AT)
    row = Precedent.objects.get()
    assert (row.count, row.host_unit_id, row.area_id) == (2, city.unit("gardens"), city.area("east_1"))
    assert row.from_unit_ids == [city.unit("cleaning")]
    assert set(row.case_ids) == {case.id for case in cases}


def test_no_precedent_when_the_same_unit_or_the_unit_of_the_list_gets_it(city: City) -> None:
    same = come_back(city, to="cleaning")
    assert note_dispatch(case_id=same.id, host_id=city.unit("cleaning"), at=AT) is None
    give(city, "gardens", "event")
    listed = come_back(city)
    assert note_dispatch(case_id=listed.id, host_id=city.unit("gardens"), at=AT) is None
    first = dispatched(city, unit="cleaning", matter="event")
    assert note_dispatch(case_id=first.id, host_id=city.unit("cleaning"), at=AT) is None


def test_a_precedent_is_taken_over_into_a_draft_once_or_dismissed_with_a_reason(city: City) -> None:
    note_dispatch(case_id=come_back(city).id, host_id=city.unit("gardens"), at=AT)
    row = Precedent.objects.get()
    with pytest.raises(Refused):
        take_over(actor=SYSTEM_WITHOUT, at=AT, precedent_id=row.id)
    draft = take_over(actor=EDITOR, at=AT, precedent_id=row.id)
    change = DraftChange.objects.get(draft=draft)
    assert (change.origin, change.host_unit_id, change.area_id) == (
        row.id,
        city.unit("gardens"),
        city.area("east_1"),
    )
    with pytest.raises(Conflict):
        dismiss(actor=EDITOR, at=AT, precedent_id=row.id, reason="重复")
    note_dispatch(case_id=come_back(city).id, host_id=city.unit("gardens"), at=AT)
    other = Precedent.objects.exclude(pk=row.id).get()
    with pytest.raises(Invalid):
        dismiss(actor=EDITOR, at=AT, precedent_id=other.id, reason=" ")
    assert dismiss(actor=EDITOR, at=AT, precedent_id=other.id, reason="个案").state == "dismissed"


SYSTEM_WITHOUT = system_actor("nobody", "cases.view")


def draft_to_gardens(city: City, old: ResponsibilityRow) -> UUID:
    """A draft that gives the events of one street to the gardens office and ends a row elsewhere."""
    draft = create_draft(actor=EDITOR, at=AT, title="调整环卫权责", takes_effect=date(2026, 3, 10))
    node = city.classes["event"]
    terms = ResponsibilityTerms(
        scheme_id=node.scheme_id, host_id=city.unit("gardens"), class_id=node.id, area_id=city.area("east_1")
    )
    add_change(actor=EDITOR, at=AT, draft_id=draft.id, terms=terms)
    add_change(actor=EDITOR, at=AT, draft_id=draft.id, terms=None, row_id=old.id)
    return draft.id


def test_a_replay_counts_what_would_have_changed_and_nothing_changes(city: City) -> None:
    give(city, "cleaning")
    west = give(city, "street", "event", "west")
    inside = [receive(city, matter_class=city.classes["event"].id)[1] for _ in range(3)]
    receive(city, matter_class=city.classes["event"].id, area="west_1_a")
    receive(city, matter_class=city.classes["event"].id, area="east_2_a")
    draft_id = draft_to_gardens(city, west)
    row = ask_replay(actor=EDITOR, at=LATER, draft_id=draft_id, months=1)
    done = run_replay(at=LATER, replay_id=row.id)
    assert (done.state, done.total, done.done) == ("done", 5, 5)
    assert done.result["changed"] == {"host": 4, "co_units": 0, "limit": 0}
    pairs = {(p["from"], p["to"]): p for p in done.result["pairs"]}
    units = {name: str(city.unit(name)) for name in ("cleaning", "street", "gardens")}
    assert {k: p["count"] for k, p in pairs.items()} == {
        (units["cleaning"], units["gardens"]): 3,
        (units["street"], units["cleaning"]): 1,
    }
    assert set(pairs[units["cleaning"], units["gardens"]]["cases"]) == {str(case.id) for case in inside}
    load = {e["unit"]: (e["before"], e["after"]) for e in done.result["load"]}
    assert load == {units["cleaning"]: (4, 2), units["street"]: (1, 0), units["gardens"]: (0, 3)}
    assert {e["key"]: e["changed"] for e in done.result["areas"]} == {
        str(city.area("east_1")): 3,
        str(city.area("west_1")): 1,
    }
    assert ResponsibilityRow.objects.filter(valid_to=None).count() == 2


def test_publishing_brings_what_the_replay_said(city: City) -> None:
    give(city, "cleaning")
    west = give(city, "street", "event", "west")
    draft_id = draft_to_gardens(city, west)
    submit_draft(actor=EDITOR, at=AT, draft_id=draft_id)
    with pytest.raises(Refused):
        publish_draft(actor=system_actor("test", "catalog.edit"), at=AT, draft_id=draft_id)
    published = publish_draft(actor=EDITOR, at=AT, draft_id=draft_id)
    assert (published.state, published.changes_made) == ("published", 2)
    matter = city.classes["event"].id
    before, after = (
        own(
            [say(matter=matter, area=city.area("east_1_a")), say(matter=matter, area=city.area("west_1_a"))],
            at=at,
        )
        for at in (AT, AT + timedelta(days=8))
    )
    assert [p.host_id for p in before] == [city.unit("cleaning"), city.unit("street")]
    assert [p.host_id for p in after] == [city.unit("gardens"), city.unit("cleaning")]


def test_evaluation_says_how_often_cases_went_where_the_list_says(city: City) -> None:
    row = give(city, "cleaning", "event")
    dispatched(city, unit="cleaning", matter="event")
    dispatched(city, unit="gardens", matter="event")
    dispatched(city, unit="gardens", matter="request")
    found = evaluate_owners(at=LATER, months=1)
    assert (found["cases"], found["equal"], found["no_owner"]) == (3, 1, 1)
    assert {c["code"]: c["share"] for c in found["classes"]} == {"E0201": 0.5, "R01": 0.0}
    end_responsibility(actor=EDITOR, at=AT, row_id=row.id, valid_to=date(2026, 3, 2))
    assert evaluate_owners(at=LATER, months=1)["no_owner"] == 3
