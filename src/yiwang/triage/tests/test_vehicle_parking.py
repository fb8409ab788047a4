"""Parked vehicles 车辆违停: class, owner and standard process are found, and it may go by itself."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from yiwang.cases.models import Case
from yiwang.cases.tests.factories import AT, City, make_city, receive
from yiwang.catalog.models import StandardProcess
from yiwang.catalog.public import (
    ResponsibilityTerms,
    add_responsibility,
    catalog_index,
    load_catalog,
    switch_process,
)
from yiwang.kernel.actor import system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry
from yiwang.triage.models import Proposal
from yiwang.triage.rules.classing.texts import Message
from yiwang.triage.rules.said import Said
from yiwang.triage.services.automatic import set_rule
from yiwang.triage.services.class_models import TRAIN, train_from_file
from yiwang.triage.services.classing import classify
from yiwang.triage.services.owning import own
from yiwang.triage.services.proposing import enqueue, propose_waiting

pytestmark = pytest.mark.django_db
ACTOR = system_actor("test", "catalog.edit", "triage.configure", TRAIN)
SCHEME, CODE = "city_management", "E0490"
LATER = AT + timedelta(minutes=5)
REPORT = "梅园社区大门口机动车违停，堵住小区出入口，妨碍通行，请来人移车。"
TALES = {
    CODE: ("机动车违停堵住出入口", "汽车乱停放占了盲道", "货车违停妨碍通行", "路口有车违停没人管"),
    "E0110": ("生活垃圾成堆发臭", "垃圾堆在路边没人清", "垃圾袋扔得到处是", "垃圾几天没清运"),
    "E0410": ("电动自行车乱停放堵楼道口", "非机动车停得乱七八糟", "自行车横着停一排", "电瓶车占了门口"),
}


@pytest.fixture
def city() -> City:
    """The small city with the packaged catalog, its street events owned by one department."""
    city = make_city()
    load_catalog(actor=ACTOR, at=AT)
    big = catalog_index(AT).class_by_code(SCHEME, "E04")
    assert big is not None
    terms = ResponsibilityTerms(
        scheme_id=big.scheme_id, class_id=big.id, host_id=city.unit("street"), valid_from=date(2026, 1, 1)
    )
    add_responsibility(actor=ACTOR, at=AT, terms=terms)
    return city


def train() -> None:
    """A model of three classes from a history of their own words."""
    places = ("幸福里", "长江路", "东门", "七号院", "光明小区", "河西", "二环", "新村")
    days = ("今天", "昨晚", "上周", "最近", "一直", "连续几天")
    rows = [
        (f"{day}{place}{tale}", code)
        for code, tales in TALES.items()
        for place, day, tale in itertools.product(places, days, tales)
    ]
    train_from_file(
        actor=ACTOR, at=AT, scheme=SCHEME,
        messages=[Message(text) for text, _ in rows], labels=[code for _, code in rows],
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "小区门口车辆违停太严重了，进出都困难",
        "单位出入口被违停的机动车堵死了",
        "人行道被违停的汽车占满了，行人只能走马路",
        "公交站前天天有车违停，公交进不了站",
    ],
)
def test_a_city_without_a_history_finds_the_class_by_the_catalogs_words(city: City, text: str) -> None:
    (proposals,) = classify([Said(key=uuid7(), text=text, at=AT)], at=AT)
    assert next(one.code for one in proposals if one.scheme == SCHEME) == CODE


def test_bicycles_keep_their_own_class(city: City) -> None:
    text = "楼下非机动车乱停放，电动自行车把单元门都堵了"
    (proposals,) = classify([Said(key=uuid7(), text=text, at=AT)], at=AT)
    assert next(one.code for one in proposals if one.scheme == SCHEME) == "E0410"


def test_the_class_is_a_local_extension_and_takes_over_the_old_code() -> None:
    load_catalog(actor=ACTOR, at=AT)
    index = catalog_index(AT)
    node = index.class_by_code(SCHEME, CODE)
    old = index.class_by_code("cjt214_2007", "E0505")
    assert node is not None
    assert old is not None
    assert (node.name, node.local_extension) == ("车辆违停", True)
    assert [walk.to_id for walk in index.crosswalk(old.id, SCHEME)] == [node.id]
    named = [one for one in index.classes(SCHEME) if one.name == node.name]
    assert [one.code for one in named] == [CODE]


def test_its_owner_comes_with_the_standard_process(city: City) -> None:
    node = catalog_index(AT).class_by_code(SCHEME, CODE)
    assert node is not None
    said = Said(key=uuid7(), text=REPORT, at=AT, class_id=node.id, area_id=city.area("east_1_a"))
    (found,) = own([said], at=AT)
    assert (found.host_id, found.process, found.dispatches) == (city.unit("street"), "vehicle_parking", False)
    assert found.limit == "2 urgent_hour"


def test_switched_on_it_is_dispatched_by_itself(city: City) -> None:
    train()
    node = catalog_index(AT).class_by_code(SCHEME, CODE)
    assert node is not None
    set_rule(actor=ACTOR, at=AT, class_id=node.id, area_id=None, threshold=0.5, dispatches=False)
    process = StandardProcess.objects.get(code="vehicle_parking")
    switch_process(actor=ACTOR, at=AT, process_id=process.id, on=True)
    _report, case = receive(city, text=REPORT, address="梅园社区大门口", kind="complaint")
    enqueue(case.id, since=AT)
    assert propose_waiting(at=LATER) == 1
    proposal = Proposal.objects.get(case=case.id)
    assert (proposal.matter_class, proposal.refusals) == (node.id, [])
    done = Case.objects.get(pk=case.id)
    assert (done.state, done.host, done.matter_class) == ("handling", city.unit("street"), node.id)
    acts = JournalEntry.objects.filter(stream=case.id).order_by("seq").values_list("kind", flat=True)
    assert list(acts) == ["cases.received", "cases.accept", "cases.register", "cases.dispatch"]
