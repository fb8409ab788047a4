"""Pages and API of the owner stage: drafts, replays, precedents, check, processes, a case's panel."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.accounts.models import Account
from yiwang.cases.models import Case
from yiwang.cases.public import dispatch_case, recall_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city
from yiwang.catalog.models import ResponsibilityDraft, ResponsibilityRow, StandardProcess
from yiwang.catalog.public import (
    ResponsibilityTerms,
    add_responsibility,
    catalog_index,
    load_catalog,
)
from yiwang.kernel.actor import system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, Post, PostKind
from yiwang.triage.models import Precedent, Replay
from yiwang.triage.services.owning_precedents import note_dispatch
from yiwang.triage.services.owning_replays import run_replay

pytestmark = pytest.mark.django_db
EDITOR = system_actor("test", "catalog.edit")


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def log_in(city: City) -> Callable[..., Client]:
    """A browser of somebody whose post grants the given acts everywhere."""

    def enter(*acts: str) -> Client:
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind = PostKind.objects.create(code=str(uuid7()), name="岗", grants=grants)
        post = Post.objects.create(kind=kind, unit=city.units["centre"])
        Holding.objects.create(account=account, post=post, starts_at=AT - timedelta(days=900))
        for name in ("grants", "posts", "post_kinds"):
            bump_now(name)
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def give(city: City, host: str, **more: object) -> ResponsibilityRow:
    node = city.classes["event"]
    terms = ResponsibilityTerms(
        scheme_id=node.scheme_id,
        host_id=city.unit(host),
        class_id=node.id,
        valid_from=date(2026, 1, 1),
        **more,  # type: ignore[arg-type]
    )
    return add_responsibility(actor=EDITOR, at=AT, terms=terms)


def came_back(city: City) -> Case:
    case = dispatched(city, unit="cleaning", matter="event")
    recall_case(actor=SYSTEM, at=AT + timedelta(minutes=10), case_id=case.id, reason="不属于本单位")
    case = dispatch_case(
        actor=SYSTEM, at=AT + timedelta(minutes=15), case_id=case.id, host=city.unit("gardens")
    )
    note_dispatch(case_id=case.id, host_id=city.unit("gardens"), at=AT)
    return case


def test_a_draft_goes_from_the_form_over_a_replay_to_publication_by_another(
    city: City, log_in: Callable[..., Client]
) -> None:
    old = give(city, "cleaning")
    case = dispatched(city, unit="cleaning", matter="event", at=timezone.now() - timedelta(days=3))
    editor, publisher = log_in("catalog.edit", "cases.view"), log_in("catalog.publish")
    day = timezone.localdate()
    answer = editor.post("/catalog/drafts/add/", {"title": "调整", "takes_effect": day.isoformat()})
    draft = ResponsibilityDraft.objects.get()
    assert answer.headers["Location"] == f"/catalog/drafts/{draft.id}/"
    entered = {
        "scheme": "city_management",
        "class_id": "E0201",
        "host_id": "D2",
        "co_unit_ids": "",
        "limit": "2工作日",
    }
    editor.post(f"/catalog/drafts/{draft.id}/rows/{old.id}/", entered)
    page = editor.get(f"/catalog/drafts/{draft.id}/").content.decode()
    assert "暴露垃圾 · 全市 → 东区园林所（时限：2 工作日）" in page
    assert f"/triage/drafts/{draft.id}/replays/" in page
    asked = editor.post(f"/triage/drafts/{draft.id}/replays/ask/", {"months": "1"})
    run_replay(at=timezone.now(), replay_id=Replay.objects.get().id)
    told = editor.get(asked.headers["Location"]).content.decode()
    assert "1 件改变主办单位" in told
    assert case.number in told
    assert case.number not in publisher.get(asked.headers["Location"]).content.decode()
    publisher.post(f"/catalog/drafts/{draft.id}/publish/")
    assert ResponsibilityDraft.objects.get().state == "draft"
    editor.post(f"/catalog/drafts/{draft.id}/submit/")
    assert editor.post(f"/catalog/drafts/{draft.id}/publish/").status_code == 403
    publisher.post(f"/catalog/drafts/{draft.id}/publish/")
    assert ResponsibilityDraft.objects.get().state == "published"
    new = ResponsibilityRow.objects.get(valid_to=None)
    assert (new.host_unit_id, new.limit_unit) == (city.unit("gardens"), "work_day")


def test_a_draft_that_would_tie_says_so_and_cannot_be_submitted(
    city: City, log_in: Callable[..., Client]
) -> None:
    give(city, "cleaning")
    editor = log_in("catalog.edit")
    day = timezone.localdate().isoformat()
    editor.post("/catalog/drafts/add/", {"title": "调整", "takes_effect": day})
    draft = ResponsibilityDraft.objects.get()
    later = (timezone.localdate() + timedelta(days=9)).isoformat()
    editor.post(f"/catalog/drafts/{draft.id}/revise/", {"title": "调整二", "takes_effect": later})
    assert ResponsibilityDraft.objects.get().takes_effect.isoformat() == later
    entered = {"scheme": "city_management", "class_id": "E0201", "host_id": "D2", "co_unit_ids": ""}
    editor.post(f"/catalog/drafts/{draft.id}/changes/add/", entered)
    assert "相持" in editor.get(f"/catalog/drafts/{draft.id}/").content.decode()
    told = editor.post(f"/catalog/drafts/{draft.id}/submit/", follow=True).content.decode()
    assert "草案不能发布" in told
    assert ResponsibilityDraft.objects.get().state == "draft"


def test_precedents_are_listed_and_taken_over_with_one_click(
    city: City, log_in: Callable[..., Client]
) -> None:
    case = came_back(city)
    editor, viewer = log_in("catalog.edit", "cases.view"), log_in("cases.view")
    assert viewer.get("/triage/precedents/").status_code == 403
    page = editor.get("/triage/precedents/").content.decode()
    assert "东区环卫所" in page
    assert case.number in page
    row = Precedent.objects.get()
    editor.post(f"/triage/precedents/{row.id}/take_over/", {"version": row.version})
    draft = ResponsibilityDraft.objects.get()
    assert "据先例" in editor.get(f"/catalog/drafts/{draft.id}/").content.decode()
    assert "没有先例" in editor.get("/triage/precedents/").content.decode()


def test_the_check_names_gaps_rows_that_never_win_and_closed_units(
    city: City, log_in: Callable[..., Client]
) -> None:
    wide = give(city, "cleaning", area_id=city.area("east_1"))
    for name in ("east_1_a", "east_1_b"):
        give(city, "street", area_id=city.area(name))
    page = log_in().get("/catalog/responsibilities/check/?scheme=city_management").content.decode()
    assert "只在地点不细于该区域时" in page
    assert "暴露垃圾 · 东一街道 → 东区环卫所" in page
    assert "E0201 暴露垃圾" in page
    from yiwang.catalog.queries.checking import check_list

    found = check_list(AT, scheme_code="city_management")
    assert [one.row.id for one in found.shadowed] == [wide.id]
    gaps = {gap.node.code: gap for gap in found.gaps}
    assert gaps["E0201"].total == 4
    assert gaps["E0201"].missing == {city.area("east"): 2, city.area("west"): 2}
    assert gaps["P0101"].total == 6
    city.units["street"].valid_to = date(2026, 2, 1)
    city.units["street"].save()
    bump_now("units")
    assert len(check_list(AT, scheme_code="city_management").gone) == 2


def test_a_process_is_changed_by_a_new_version_and_switched_on(
    city: City, log_in: Callable[..., Client]
) -> None:
    load_catalog(actor=EDITOR, at=AT)
    editor = log_in("catalog.edit")
    assert "示例" in editor.get("/catalog/processes/").content.decode()
    old = StandardProcess.objects.get(code="street_trading")
    editor.post(f"/catalog/processes/{old.id}/switch/", {"on": "1", "version": old.version})
    page = editor.get("/catalog/processes/street_trading/change/")
    steps = page.context["steps"]
    data: dict[str, object] = {
        "name": "占道经营", "scheme": "city_management", "class_code": "E0406", "can_dispatch": "on",
        "valid_from": timezone.localdate().isoformat(),
        "step-TOTAL_FORMS": "2", "step-INITIAL_FORMS": "0",
        "step-0-what": "劝离", "step-0-role": "kind:grid_team", "step-0-limit": "1紧急工作时",
        "step-0-proof": ["before"],
        "step-1-what": "核查", "step-1-role": "act:cases.recheck",
    }  # fmt: skip
    assert len(steps.initial) == 6
    bad = editor.post("/catalog/processes/street_trading/change/", {**data, "step-1-next_ordinal": "1"})
    assert bad.status_code == 422
    assert "绕回" in bad.content.decode()
    editor.post("/catalog/processes/street_trading/change/", data)
    new = StandardProcess.objects.get(code="street_trading", valid_to=None)
    assert new.id != old.id
    assert new.dispatches
    assert [(s.what, s.next_ordinal) for s in new.steps.order_by("ordinal")] == [("劝离", 2), ("核查", None)]
    assert log_in().post(f"/catalog/processes/{new.id}/switch/", {"on": "0"}).status_code == 403
    editor.post(f"/catalog/processes/{new.id}/end/", {"valid_to": timezone.localdate().isoformat()})
    assert not StandardProcess.objects.filter(code="street_trading", valid_to=None).exists()
    assert editor.get("/catalog/processes/street_trading/").status_code == 200


def test_the_case_page_shows_which_steps_are_proved(city: City, log_in: Callable[..., Client]) -> None:
    load_catalog(actor=EDITOR, at=AT)
    node = catalog_index(AT).class_by_code("city_management", "E0406")
    assert node is not None
    case = dispatched(city, unit="cleaning", matter="event")
    Case.objects.filter(pk=case.id).update(matter_class=node.id)
    page = log_in("cases.view").get(f"/triage/cases/{case.id}/process/").content.decode()
    assert "占道经营" in page
    assert "已办，缺材料" in page
    assert "6 步中 0 步已有证明" in page


def test_the_api_answers_for_many_matters_and_lists_the_processes(
    city: City, log_in: Callable[..., Client]
) -> None:
    load_catalog(actor=EDITOR, at=AT)
    row = give(city, "cleaning")
    client = log_in("cases.dispatch")

    def ask(matters: list[dict[str, object]]) -> object:
        body = json.dumps({"matters": matters})
        return client.post("/api/v1/triage/own", body, content_type="application/json")

    known = {"scheme": "city_management", "class_code": "E0201", "area_code": "320111001001", "text": "垃圾"}
    answer = ask([known, {"text": "不知道"}])
    items = answer.json()["items"]  # type: ignore[attr-defined]
    assert (items[0]["host"]["code"], UUID(items[0]["row_id"])) == ("D1", row.id)
    assert items[0]["limit"] == "5 work_day"
    assert (items[1]["outcome"], items[1]["host"]) == ("none", None)
    wrong = ask([{**known, "class_code": "X"}])
    assert wrong.status_code == 422  # type: ignore[attr-defined]
    processes = client.get("/api/v1/triage/processes").json()["items"]
    assert len(processes) == 22
    assert all(bool(s["act"]) != bool(s["unit_kind"]) for p in processes for s in p["steps"])
    nobody = log_in("cases.view")
    body = json.dumps({"matters": [known]})
    assert nobody.post("/api/v1/triage/own", body, content_type="application/json").status_code == 403
