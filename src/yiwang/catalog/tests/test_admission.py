"""Admitted lists: three people, no inspection for the grid, lists by date, exemptions that end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.catalog.enums import AdmissionVerdict
from yiwang.catalog.models import AdmittedMatter, MatterClass
from yiwang.catalog.queries.admission import admission, rule_for
from yiwang.catalog.rules.admission import (
    AdmissionFacts,
    AdmittedNode,
    ExemptionNode,
    admitting_row,
    check_is_on,
    exempting_row,
    lasting_problem,
    may_refuse_unlisted,
    rows_in_force,
    speaks_of_inspection,
)
from yiwang.catalog.rules.nodes import holds_on
from yiwang.catalog.services.admission import (
    AdmissionTerms,
    admit_matter,
    apply_admission,
    refuse_admission,
    review_admission,
    take_back_matter,
    withdraw_application,
)
from yiwang.catalog.services.exemptions import (
    mark_inspection,
    save_admission_rule,
)
from yiwang.catalog.services.loading import load_catalog
from yiwang.catalog.states import ADMISSION
from yiwang.kernel.actor import Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.kernel.states import transition
from yiwang.ledger.models import JournalEntry

from .factories import AT, EDITOR, TODAY, City, make_city

db = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture
def city() -> City:
    """The city without the packaged examples, so that each test says what is admitted."""
    city = make_city()
    AdmittedMatter.objects.all().delete()
    return city


def person(
    *acts: str, units: frozenset[UUID] = frozenset(), communities: frozenset[UUID] | None = None
) -> Actor:
    """Somebody with these acts everywhere, or only for units, or only in communities."""
    scope = Scope(
        everywhere=not units and communities is None, communities=communities or frozenset(), units=units
    )
    return Actor(account_id=uuid7(), grants={f"catalog.{act}": scope for act in acts})


def terms(city: City, **more: Any) -> AdmissionTerms:
    given = {
        "list_kind": "grid",
        "code": "A-1",
        "name": "井盖缺损的发现、报告",
        "class_ids": [city.class_id("P0101")],
        "lead_id": city.units["水务局"],
        "basis": "水务局请网格报告井盖缺损的函",
        "frequency": "巡查发现时",
        "funding": "每件 5 元，由水务局列支",
    }
    return AdmissionTerms(**{**given, **more})  # type: ignore[arg-type]


def admitted(city: City, **more: Any) -> AdmittedMatter:
    """A row that went through the three people."""
    row = apply_admission(actor=person("apply_admission"), at=AT, terms=terms(city, **more))
    review_admission(actor=person("review_admission"), at=AT, matter_id=row.id, opinion="依据和经费齐全")
    return admit_matter(actor=person("admit"), at=AT, matter_id=row.id)


def verdict(
    city: City, code: str = "P0101", area: str = "东门社区", level: str = "grid", at: Any = AT
) -> str:
    return str(admission(level, city.class_id(code), city.areas[area], at=at).verdict)


@db
def test_a_matter_is_admitted_by_three_different_people(city: City) -> None:
    applicant = person("apply_admission", "review_admission", "admit")
    row = apply_admission(actor=applicant, at=AT, terms=terms(city))
    with pytest.raises(Conflict, match="不能审核自己的申请"):
        review_admission(actor=applicant, at=AT, matter_id=row.id, opinion="可以")
    reviewer = person("review_admission", "admit")
    review_admission(actor=reviewer, at=AT, matter_id=row.id, opinion="可以")
    for somebody in (applicant, reviewer):
        with pytest.raises(Conflict, match="请由第三人批准"):
            admit_matter(actor=somebody, at=AT, matter_id=row.id)
    assert admit_matter(actor=person("admit"), at=AT, matter_id=row.id).state == "admitted"
    kinds = list(JournalEntry.objects.filter(stream=row.id).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["catalog.admission_applied", "catalog.admission_review", "catalog.admission_admit"]


@db
def test_every_act_of_an_admission_is_in_the_table_or_refused() -> None:
    allowed = {(s, row.action) for row in ADMISSION.transitions for s in row.sources}
    me = uuid7()
    facts = {"withdraw": AdmissionFacts(me, applied_by=me)}
    for state in ADMISSION.states:
        for action in ADMISSION.actions():
            given_facts = facts.get(action, AdmissionFacts(me))
            if (state, action) in allowed:
                assert transition(ADMISSION, state, action, given_facts).action == action
            else:
                with pytest.raises(Conflict):
                    transition(ADMISSION, state, action, given_facts)


@db
def test_a_department_applies_only_for_itself(city: City) -> None:
    mine = person("apply_admission", units=frozenset([city.units["水务局"]]))
    apply_admission(actor=mine, at=AT, terms=terms(city))
    with pytest.raises(Refused):
        apply_admission(actor=mine, at=AT, terms=terms(city, lead_id=city.units["城管局"]))


@db
def test_who_admits_one_street_does_not_admit_for_the_city(city: City) -> None:
    row = apply_admission(actor=person("apply_admission"), at=AT, terms=terms(city))
    local = person(
        "review_admission", communities=frozenset([city.areas["东门社区"], city.areas["西门社区"]])
    )
    with pytest.raises(Refused):
        review_admission(actor=local, at=AT, matter_id=row.id, opinion="可以")
    street = apply_admission(
        actor=person("apply_admission"),
        at=AT,
        terms=terms(city, code="A-2", area_ids=[city.areas["泰山街道"]]),
    )
    assert review_admission(actor=local, at=AT, matter_id=street.id, opinion="可以").state == "reviewed"


@db
@pytest.mark.parametrize("field", ["code", "name", "basis", "frequency", "funding", "class_ids"])
def test_an_application_names_what_is_missing(city: City, field: str) -> None:
    with pytest.raises(Invalid) as found:
        apply_admission(
            actor=person("apply_admission"),
            at=AT,
            terms=terms(city, **{field: () if field == "class_ids" else " "}),
        )
    assert [problem.field for problem in found.value.problems] == [field]


@db
def test_a_refusal_is_said_in_words_by_whoever_decides(city: City) -> None:
    row = apply_admission(actor=person("apply_admission"), at=AT, terms=terms(city))
    with pytest.raises(Invalid):
        refuse_admission(actor=person("review_admission"), at=AT, matter_id=row.id, reason=" ")
    with pytest.raises(Refused):
        refuse_admission(actor=person("admit"), at=AT, matter_id=row.id, reason="没有经费")
    row = refuse_admission(actor=person("review_admission"), at=AT, matter_id=row.id, reason="没有经费")
    assert (row.state, row.refusal) == ("not_admitted", "没有经费")
    assert verdict(city) == AdmissionVerdict.UNCHECKED


@db
def test_an_application_is_withdrawn_only_by_whoever_filed_it(city: City) -> None:
    mine = person("apply_admission")
    row = apply_admission(actor=mine, at=AT, terms=terms(city))
    with pytest.raises(Conflict, match="申请人本人"):
        withdraw_application(actor=person("apply_admission"), at=AT, matter_id=row.id)
    assert withdraw_application(actor=mine, at=AT, matter_id=row.id).state == "withdrawn"


@db
def test_admitting_never_reaches_back(city: City) -> None:
    row = admitted(city, valid_from=TODAY - timedelta(days=30))
    assert row.valid_from == TODAY
    assert verdict(city, at=AT - timedelta(days=1)) == AdmissionVerdict.UNCHECKED


@db
def test_one_code_is_on_a_list_once(city: City) -> None:
    admitted(city)
    with pytest.raises(Conflict, match="同一编号"):
        admitted(city)
    assert admitted(city, list_kind="community_duty").state == "admitted"


@db
def test_a_list_is_checked_where_it_has_a_row_and_nowhere_else(city: City) -> None:
    admitted(city, area_ids=[city.areas["泰山街道"]])
    assert verdict(city, "P0101", "东门社区") == AdmissionVerdict.LISTED
    assert verdict(city, "P0101", "东门一格") == AdmissionVerdict.LISTED
    assert verdict(city, "E0201", "东门社区") == AdmissionVerdict.UNLISTED
    assert verdict(city, "E0201", "新华社区") == AdmissionVerdict.UNCHECKED
    assert verdict(city, "E0201", "东门社区", "community") == AdmissionVerdict.UNCHECKED


@db
def test_the_examples_of_the_package_admit_but_switch_nothing_on() -> None:
    city = make_city()
    assert verdict(city, "E0410") == AdmissionVerdict.LISTED
    assert verdict(city, "P0101") == AdmissionVerdict.UNCHECKED
    words = admission("community", city.class_id("P0101"), city.areas["东门社区"], at=AT)
    assert "内置示例不算" in words.words
    assert "没有清单就没有清单外事项" in words.no_refusal
    admitted(city, code="A-9", list_kind="community_duty")
    assert verdict(city, "E0201", level="community") == AdmissionVerdict.UNLISTED
    assert admission("community", city.class_id("E0201"), city.areas["东门社区"], at=AT).no_refusal == ""


@pytest.mark.parametrize(
    ("mode", "rows", "checks", "refuses"),
    [
        ("auto", [], False, False),
        ("auto", [True], False, False),
        ("auto", [True, False], True, True),
        ("off", [True], False, False),
        ("off", [False], False, True),
        ("on", [], True, True),
        ("on", [True], True, True),
    ],
)
def test_a_list_is_asked_and_refused_by_only_where_it_is_the_citys_own(
    mode: str, rows: list[bool], checks: bool, refuses: bool
) -> None:
    in_force = [
        AdmittedNode(UUID(int=1), "community_duty", "A", "", frozenset(), (), TODAY, None, is_example=example)
        for example in rows
    ]
    assert (check_is_on(mode, in_force), may_refuse_unlisted(mode, in_force)) == (checks, refuses)


@db
def test_a_big_class_admits_the_classes_below_it(city: City) -> None:
    admitted(city, class_ids=[city.class_id("P01")])
    assert verdict(city, "P0101") == AdmissionVerdict.LISTED
    assert verdict(city, "P0201") == AdmissionVerdict.UNLISTED


@db
def test_the_refusal_names_matter_list_and_remedy(city: City) -> None:
    admitted(city)
    words = admission("grid", city.class_id("E0201"), city.areas["东门社区"], at=AT).words
    for part in ("E0201", "东门社区", "城乡网格化服务管理事项清单", "申请准入", "改派", "应急豁免"):
        assert part in words


@db
def test_the_rule_of_the_smaller_area_says_whether_it_is_checked(city: City) -> None:
    save = {"actor": EDITOR, "at": AT, "level": "grid", "exemption_hours": 24}
    save_admission_rule(**save, area_id=None, mode="on")
    save_admission_rule(**save, area_id=city.areas["泰山街道"], mode="off")
    assert verdict(city, area="新华社区") == AdmissionVerdict.UNLISTED
    assert verdict(city, area="东门社区") == AdmissionVerdict.UNCHECKED
    save_admission_rule(**save, area_id=city.areas["东门社区"], mode="on")
    assert verdict(city, area="东门社区") == AdmissionVerdict.UNLISTED
    assert rule_for("grid", city.areas["西门社区"], at=AT).mode == "off"


@db
def test_the_list_of_a_street_is_only_shown_until_somebody_checks_it(city: City) -> None:
    admitted(city, list_kind="street")
    assert verdict(city, "E0201", level="street") == AdmissionVerdict.UNCHECKED
    save_admission_rule(actor=EDITOR, at=AT, level="street", area_id=None, mode="on", exemption_hours=1)
    assert verdict(city, "E0201", level="street") == AdmissionVerdict.UNLISTED


@db
def test_what_is_taken_back_is_listed_no_more_but_was(city: City) -> None:
    row = admitted(city)
    with pytest.raises(Invalid):
        take_back_matter(actor=person("admit"), at=LATER, matter_id=row.id, reason=" ")
    row = take_back_matter(actor=person("admit"), at=LATER, matter_id=row.id, reason="经费没有到位")
    assert (row.state, row.valid_to, row.recall_reason) == ("recalled", date(2026, 2, 14), "经费没有到位")
    assert verdict(city, at=AT) == AdmissionVerdict.LISTED
    assert verdict(city, at=LATER) == AdmissionVerdict.UNCHECKED
    other = admitted(city, code="A-2")
    with pytest.raises(Invalid, match="不得早于今天"):
        take_back_matter(actor=person("admit"), at=LATER, matter_id=other.id, reason="早", on=TODAY)


@db
def test_a_row_ends_by_its_validity(city: City) -> None:
    admitted(city, valid_to=TODAY + timedelta(days=3))
    assert verdict(city, at=AT + timedelta(days=2)) == AdmissionVerdict.LISTED
    assert verdict(city, at=AT + timedelta(days=3)) == AdmissionVerdict.UNCHECKED


@db
def test_the_grid_list_refuses_inspections_by_mark_and_by_name(city: City) -> None:
    applicant = person("apply_admission")
    with pytest.raises(Invalid, match="国办发〔2024〕54号"):
        apply_admission(actor=applicant, at=AT, terms=terms(city, name="企业安全行政检查"))
    waiting = apply_admission(actor=applicant, at=AT, terms=terms(city))
    review_admission(actor=person("review_admission"), at=AT, matter_id=waiting.id, opinion="可以")
    mark_inspection(actor=EDITOR, at=AT, class_id=city.class_id("P0101"), on=True)
    with pytest.raises(Conflict, match="行政检查"):
        admit_matter(actor=person("admit"), at=AT, matter_id=waiting.id)
    with pytest.raises(Invalid) as found:
        apply_admission(actor=applicant, at=AT, terms=terms(city, code="A-3"))
    assert found.value.problems[0].field == "class_ids"
    assert apply_admission(actor=applicant, at=AT, terms=terms(city, list_kind="street")).state == "applied"


@db
def test_lifting_the_mark_of_an_inspection_takes_who_publishes(city: City) -> None:
    key = city.class_id("P0101")
    mark_inspection(actor=EDITOR, at=AT, class_id=key, on=True)
    with pytest.raises(Refused):
        mark_inspection(actor=EDITOR, at=AT, class_id=key, on=False)
    mark_inspection(actor=person("publish"), at=AT, class_id=key, on=False)
    assert not MatterClass.objects.get(pk=key).is_inspection


@db
def test_the_packaged_lists_are_examples_and_load_once() -> None:
    make_city()
    rows = AdmittedMatter.objects.all()
    assert {row.list_kind for row in rows} == {"grid", "community_assist", "community_duty", "street"}
    assert all(row.is_example and "示例" in row.basis for row in rows)
    before = rows.count()
    assert load_catalog(actor=EDITOR, at=AT).admitted == 0
    assert rows.count() == before


@pytest.mark.parametrize(
    ("name", "speaks"),
    [("企业安全生产行政检查", True), ("入企检查", True), ("小场所隐患报告", False), ("体检", False)],
)
def test_a_name_that_speaks_of_inspecting(name: str, speaks: bool) -> None:
    assert speaks_of_inspection(name) is speaks


def test_an_exemption_may_last_to_the_minute() -> None:
    last = AT + timedelta(hours=72)
    assert lasting_problem(AT, last, AT, 72) is None
    assert lasting_problem(AT, last + timedelta(minutes=1), AT, 72) is not None
    assert lasting_problem(AT, AT, AT, 72) is not None


_DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
_KEYS = [(UUID(int=1), code) for code in ("A", "A1", "B")]
_AREAS = [UUID(int=number) for number in (10, 11, 12)]
_NODES = st.builds(
    lambda kind, keys, areas, first, days, number: AdmittedNode(
        id=UUID(int=1000 + number),
        list_kind=kind,
        code=str(number),
        name="",
        class_keys=frozenset(keys),
        area_ids=tuple(areas),
        valid_from=first,
        valid_to=first + timedelta(days=days) if days is not None else None,
    ),
    st.sampled_from(["grid", "street", "community_duty", "community_assist"]),
    st.sets(st.sampled_from(_KEYS), min_size=1),
    st.lists(st.sampled_from(_AREAS), unique=True),
    _DAYS,
    st.none() | st.integers(0, 400),
    st.integers(0, 99),
)


@given(
    rows=st.lists(_NODES, max_size=12),
    day=_DAYS,
    here=st.sets(st.sampled_from(_AREAS)),
    line=st.sampled_from([[_KEYS[0]], [_KEYS[1], _KEYS[0]], [_KEYS[2]], []]),
)
def test_the_look_up_finds_a_row_exactly_when_one_holds(
    rows: list[AdmittedNode], day: date, here: set[UUID], line: list[tuple[UUID, str]]
) -> None:
    lists = ("community_assist", "community_duty")
    slow = [
        row
        for row in rows
        if row.list_kind in lists
        and row.valid_from <= day
        and (row.valid_to is None or day < row.valid_to)
        and (not row.area_ids or any(area in here for area in row.area_ids))
        and any(key in row.class_keys for key in line)
    ]
    found = admitting_row(rows_in_force(rows, lists, day, lambda area: area is None or area in here), line)
    assert (found is None) == (not slow)
    if found is not None:
        assert found in slow
        nearest = min(line.index(key) for row in slow for key in row.class_keys if key in line)
        assert line[nearest] in found.class_keys
        assert holds_on(found.valid_from, found.valid_to, day)


@given(
    starts=st.integers(0, 100),
    hours=st.integers(1, 100),
    ended=st.none() | st.integers(0, 250),
    now=st.integers(0, 250),
)
def test_an_exemption_holds_from_its_start_until_the_earlier_end(
    starts: int, hours: int, ended: int | None, now: int
) -> None:
    def hour(number: int) -> Any:
        return AT + timedelta(hours=number)

    row = ExemptionNode(
        id=UUID(int=1), title="", levels=("grid",), class_keys=frozenset(_KEYS[:1]), area_ids=(),
        starts_at=hour(starts), ends_at=hour(starts + hours), ended_at=None if ended is None else hour(ended),
    )  # fmt: skip
    open_hours = [h for h in range(starts, starts + hours) if ended is None or h < ended]
    found = exempting_row([row], "grid", _KEYS[:1], hour(now), lambda area: area is None)
    assert (found is not None) == (now in open_hours)
    assert exempting_row([row], "street", _KEYS[:1], hour(now), lambda area: True) is None
