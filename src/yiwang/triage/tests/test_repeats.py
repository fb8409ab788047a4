"""Look-up over the tables: keys follow cases, batches, merging with its memory, every reporter's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yiwang.cases.models import Case, Report, ReportLink
from yiwang.cases.public import (
    close_case,
    complete_task,
    dispatch_case,
    execute_erasure,
    merge_cases,
    recheck_case,
    reject_case,
    report_for,
    request_erasure,
    tracking_token,
    unmerge_cases,
)
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry, bump_now, relay_once
from yiwang.triage.models import RepeatKey, RepeatPair, RepeatRule, RepeatToken
from yiwang.triage.queries.repeat_views import clusters_of
from yiwang.triage.rules.proposals import RepeatOutcome
from yiwang.triage.rules.repeats.scoring import Thresholds
from yiwang.triage.rules.said import Said
from yiwang.triage.services.repeat_keys import key_gaps, mend_keys
from yiwang.triage.services.repeat_rules import RepeatTerms, end_repeat_rule, set_repeat_rule
from yiwang.triage.services.repeats import find_repeats
from yiwang.triage.services.repeats_evaluating import evaluate_repeats
from yiwang.triage.services.repeats_learning import judged_pairs
from yiwang.triage.services.repeats_merging import judge_different, merge_by_person, merge_found

LATER = AT + timedelta(hours=1)
LON, LAT = 118.78, 32.05
LAMP = "梅园小区3栋门口路灯不亮了，晚上黑漆漆的"
AGAIN = "我是附近居民，梅园小区三号楼的照明灯坏了"
RUBBISH = "梅园小区3栋门口垃圾堆积如山没人清运"


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def opened(city: City, text: str, *, minutes: int = 0, **given: object) -> Case:
    more = {"address": "", "matter_class": city.classes["request"].id, "contact": None, **given}
    _report, case = receive(city, text=text, at=AT + timedelta(minutes=minutes), **more)
    relay_all()
    return case


def relay_all() -> None:
    while relay_once(at=LATER):
        pass


def said(text: str, *, case: Case | None = None, **given: object) -> Said:
    fields = {"key": uuid7(), "text": text, "at": LATER, "case_id": case.id if case else None, **given}
    return Said(**fields)


def outcome(one: Said) -> tuple[RepeatOutcome, UUID | None]:
    proposal = find_repeats([one], at=LATER)[0]
    return proposal.outcome, proposal.case_id


def test_a_new_case_is_found_by_the_next_report_and_not_by_its_own(city: City) -> None:
    case = opened(city, LAMP)
    near = said(AGAIN, class_id=case.matter_class)
    assert outcome(near) == (RepeatOutcome.MERGE, case.id)
    assert outcome(said(LAMP, case=case)) == (RepeatOutcome.NONE, None)
    assert outcome(said(RUBBISH))[0] == RepeatOutcome.NONE


def test_a_case_that_ended_is_found_no_more(city: City) -> None:
    case = opened(city, LAMP)
    reject_case(actor=SYSTEM, at=LATER, case_id=case.id, reason="不属实")
    relay_all()
    assert outcome(said(AGAIN)) == (RepeatOutcome.NONE, None)
    assert (RepeatKey.objects.count(), RepeatToken.objects.count()) == (0, 0)


def test_erased_words_leave_nothing_to_find(city: City) -> None:
    case = opened(city, LAMP)
    report = Report.objects.get(links__case=case)
    wish = request_erasure(
        actor=city.actor("duty_chief", area="city"), at=LATER, report_id=report.id, basis="本人要求"
    )
    execute_erasure(actor=city.actor("security_admin"), at=LATER, erasure_id=wish.id)
    relay_all()
    assert RepeatKey.objects.filter(case=case.id).count() == 0


def test_a_batch_costs_one_statement_and_finds_its_own_repeats(city: City) -> None:
    case = opened(city, LAMP)
    batch = [
        said(AGAIN),
        said(RUBBISH),
        said("梅园小区3号楼垃圾遍地，保洁人员不来", at=LATER + timedelta(hours=1)),
    ]
    find_repeats(batch, at=LATER)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = find_repeats(batch, at=LATER)
    assert [q["sql"] for q in queries if "triage_repeattoken" in q["sql"]] == [queries[0]["sql"]]
    assert len(queries) == 1
    assert found[0].case_id == case.id
    assert found[1].outcome == RepeatOutcome.NONE
    assert (found[2].candidates[0].case_id, found[2].outcome) == (batch[1].key, RepeatOutcome.MERGE)


def test_two_cases_never_name_one_another(city: City) -> None:
    older, younger = opened(city, LAMP), opened(city, AGAIN, minutes=5)
    both = [said(LAMP, case=older), said(AGAIN, case=younger)]
    assert [found.case_id for found in find_repeats(both, at=LATER)] == [None, older.id]


def test_what_the_platform_merges_is_undone_by_a_person_and_never_proposed_again(city: City) -> None:
    older, younger = opened(city, LAMP), opened(city, AGAIN, minutes=5)
    proposal = find_repeats([said(AGAIN, case=younger)], at=LATER)[0]
    assert merge_found(case_id=younger.id, proposal=proposal, at=LATER)
    relay_all()
    younger.refresh_from_db()
    assert (younger.state, younger.merged_into) == ("merged", older.id)
    entry = JournalEntry.objects.get(stream=younger.id, kind="cases.merge")
    assert (entry.agent, entry.actor) == ("triage", None)
    assert sorted(RepeatKey.objects.filter(case=older.id).values_list("report_count", flat=True)) == [1, 2]
    person = city.actor("dispatcher", area="city")
    unmerge_cases(actor=person, at=LATER, absorbed=younger.id, reason="不是一处")
    relay_all()
    pair = RepeatPair.objects.get()
    assert (pair.verdict, pair.by) == ("different", person.account_id)
    assert outcome(said(AGAIN, case=younger)) == (RepeatOutcome.NONE, None)
    batch = find_repeats([said(LAMP, case=older), said(AGAIN, case=younger)], at=LATER)
    assert [found.case_id for found in batch] == [None, None]
    negatives = judged_pairs()
    assert (len(negatives.same), negatives.same.any()) == (1, False)


@pytest.mark.parametrize("given", [{"is_sensitive": True}, {"privacy": "confidential"}, {"area": "west_1_a"}])
def test_delicate_cases_and_other_districts_are_left_to_a_person(
    city: City, given: dict[str, object]
) -> None:
    opened(city, LAMP)
    younger = opened(city, AGAIN, minutes=5, **given)
    proposal = find_repeats([said(AGAIN, case=younger)], at=LATER)[0]
    assert proposal.outcome == RepeatOutcome.MERGE
    assert not merge_found(case_id=younger.id, proposal=proposal, at=LATER)
    assert (Case.objects.filter(state="merged").count(), RepeatPair.objects.count()) == (0, 0)


def test_a_person_says_that_two_cases_differ(city: City) -> None:
    older, younger = opened(city, LAMP), opened(city, AGAIN, minutes=5)
    with pytest.raises(Refused):
        judge_different(
            actor=city.actor("supervisor", area="city"), at=LATER, case_id=younger.id, other_id=older.id
        )
    clerk = city.actor("dispatcher", area="city")
    judge_different(actor=clerk, at=LATER, case_id=younger.id, other_id=older.id)
    assert outcome(said(AGAIN, case=younger)) == (RepeatOutcome.NONE, None)
    assert judged_pairs().features.any()
    merge_by_person(actor=clerk, at=LATER, case_id=older.id, other_id=younger.id)
    assert RepeatPair.objects.get().verdict == "same"
    younger.refresh_from_db()
    assert younger.merged_into == older.id
    with pytest.raises(Conflict):
        judge_different(actor=clerk, at=LATER, case_id=younger.id, other_id=older.id)


def test_the_tenth_message_about_one_problem_is_one_case_and_each_is_answered(city: City) -> None:
    first = opened(city, LAMP)
    for number in range(1, 10):
        case = opened(city, AGAIN if number % 2 else LAMP, minutes=number)
        proposal = find_repeats([said(LAMP, case=case)], at=LATER)[0]
        assert proposal.case_id == first.id
        assert merge_found(case_id=case.id, proposal=proposal, at=LATER)
        relay_all()
    first.refresh_from_db()
    assert (first.report_count, Case.objects.exclude(state="merged").count()) == (10, 1)
    assert ReportLink.objects.filter(case=first, until=None).count() == 10
    from yiwang.cases.public import accept_case

    accept_case(actor=SYSTEM, at=LATER, case_id=first.id)
    dispatch_case(actor=SYSTEM, at=LATER, case_id=first.id, host=city.unit("cleaning"))
    handler = city.actor("handler", unit="cleaning")
    complete_task(actor=handler, at=LATER, case_id=first.id, result="已更换灯泡。")
    recheck_case(actor=SYSTEM, at=LATER, case_id=first.id, result="passed")
    close_case(actor=SYSTEM, at=LATER, case_id=first.id, ending="solved")
    for report in Report.objects.all():
        seen = report_for(report.number, tracking_token(report))
        assert seen.links.get(until=None).case_id == first.id


def test_the_table_mends_itself(city: City) -> None:
    case = opened(city, LAMP)
    assert key_gaps() == (0, 0)
    RepeatKey.objects.all().delete()
    RepeatKey.objects.create(case=uuid7(), report=uuid7(), at=AT)
    assert key_gaps() == (1, 1)
    assert mend_keys(at=LATER) == (1, 1)
    assert RepeatKey.objects.get().case == case.id
    assert key_gaps() == (0, 0)


def test_evaluation_leaves_the_instance_as_it_is_and_repeats_itself(city: City) -> None:
    case = opened(city, LAMP)
    once, again = (evaluate_repeats(seed=7, sizes=[1000], problems=60) for _ in range(2))
    times = {"p50_ms", "p95_ms", "reports_per_cpu_second"}
    kept = [{k: v for k, v in found["sizes"][0].items() if k not in times} for found in (once, again)]
    assert kept[0] == kept[1]
    assert kept[0]["open"] == 1000
    assert outcome(said(AGAIN)) == (RepeatOutcome.MERGE, case.id)
    assert Thresholds().merge_at == once["merge_at"]


def staff(city: City, kind: str, *, acts: Sequence[str] = ()) -> Client:
    account = city.login(kind, area="city")
    post_kind = city.kinds[kind]
    post_kind.grants = [*post_kind.grants, *({"act": act, "scope": "everywhere"} for act in acts)]
    post_kind.save()
    bump_now("post_kinds")
    client = Client()
    client.force_login(account)
    return client


def test_the_panel_merges_with_one_button_and_forgets_with_another(city: City) -> None:
    older = opened(city, LAMP)
    younger, third = opened(city, AGAIN, minutes=5), opened(city, LAMP, minutes=9)
    clerk = staff(city, "dispatcher")
    page = clerk.get(f"/triage/cases/{older.id}/repeats/").content.decode()
    assert younger.number in page
    assert "说的都是“路灯照明”" in page
    assert 'data-triage-key="m"' in page
    clerk.post(f"/triage/cases/{older.id}/repeats/{third.id}/different/")
    assert third.number not in clerk.get(f"/triage/cases/{older.id}/repeats/").content.decode()
    answer = clerk.post(f"/triage/cases/{younger.id}/repeats/{older.id}/merge/")
    assert answer.url == f"/cases/{older.id}/"
    younger.refresh_from_db()
    assert younger.merged_into == older.id


def test_the_panel_shows_no_button_to_whoever_may_not_merge(city: City) -> None:
    older, younger = opened(city, LAMP), opened(city, AGAIN, minutes=5)
    reader = staff(city, "supervisor")
    page = reader.get(f"/triage/cases/{older.id}/repeats/").content.decode()
    assert younger.number in page
    assert "data-triage-key" not in page
    assert reader.post(f"/triage/cases/{older.id}/repeats/{younger.id}/merge/").status_code == 403


def test_the_panel_and_the_clusters_hide_cases_of_elsewhere(city: City) -> None:
    here, there = opened(city, LAMP), opened(city, AGAIN, minutes=5, area="west_1_a")
    for number in range(3):
        more = opened(city, AGAIN, minutes=10 + number, area="west_1_a")
        merge_cases(actor=SYSTEM, at=LATER, survivor=there.id, absorbed=more.id, reason="同一处")
    relay_all()
    account = city.login("dispatcher", area="east", username="easterner")
    client = Client()
    client.force_login(account)
    assert there.number not in client.get(f"/triage/cases/{here.id}/repeats/").content.decode()
    assert there.number not in client.get("/triage/clusters/").content.decode()
    everywhere = staff(city, "leader")
    page = everywhere.get("/triage/clusters/").content.decode()
    assert (there.number in page, here.number in page) == (True, False)
    assert there.number not in everywhere.get("/triage/clusters/?least=5").content.decode()


def test_a_cluster_counts_reports_people_and_growth(city: City) -> None:
    first = opened(city, LAMP, contact={"name": "甲", "phone": "13900000001"})
    for number in range(3):
        more = opened(
            city,
            AGAIN,
            minutes=40 * number + 40,
            contact={"name": "乙", "phone": f"1390000000{number % 2 + 2}"},
        )
        merge_cases(actor=SYSTEM, at=LATER, survivor=first.id, absorbed=more.id, reason="同一处")
    cluster = clusters_of([first.id], at=AT + timedelta(minutes=121))[0]
    assert (cluster.reports, cluster.people, cluster.last_hour, cluster.last_day) == (4, 3, 2, 4)
    assert cluster.last_at - cluster.first_at == timedelta(minutes=120)
    assert cluster.is_growing


def test_a_rule_of_a_class_holds_from_its_day_and_ends(city: City) -> None:
    case = opened(city, LAMP)
    near = said(AGAIN, class_id=case.matter_class)
    configurer = system_actor("test", "triage.configure")
    terms = RepeatTerms(
        merge_at=0.95, suggest_at=0.5, merges=False, window_days=30, valid_from=date(2026, 3, 2),
        matter_class=case.matter_class,
    )  # fmt: skip
    assert outcome(near)[0] == RepeatOutcome.MERGE
    rule = set_repeat_rule(actor=configurer, at=LATER, terms=terms)
    assert outcome(near)[0] == RepeatOutcome.SUGGEST
    assert outcome(said(AGAIN))[0] == RepeatOutcome.MERGE
    with pytest.raises(Refused):
        end_repeat_rule(actor=SYSTEM, at=LATER, rule_id=rule.id, valid_to=date(2026, 3, 2))
    end_repeat_rule(actor=configurer, at=LATER, rule_id=rule.id, valid_to=date(2026, 3, 2))
    assert outcome(near)[0] == RepeatOutcome.MERGE
    with pytest.raises(Invalid, match="提示的把握"):
        set_repeat_rule(actor=configurer, at=LATER, terms=replace(terms, suggest_at=0.99))


def test_the_rules_page_sets_a_rule(city: City) -> None:
    admin = staff(city, "system_admin", acts=("triage.configure",))
    given = {
        "scheme": "hotline_12345", "code": "R01", "merge_at": 97, "suggest_at": 60, "window_days": 20,
        "valid_from": "2099-01-01",
    }  # fmt: skip
    assert admin.post("/triage/repeat-rules/", {**given, "suggest_at": 99}).status_code == 422
    assert admin.post("/triage/repeat-rules/", given).status_code == 302
    row = RepeatRule.objects.get()
    assert (row.merge_at, row.suggest_at, row.merges, row.valid_from) == (0.97, 0.6, False, date(2099, 1, 1))
    assert "物业管理" in admin.get("/triage/repeat-rules/").content.decode()
    assert staff(city, "leader").get("/triage/repeat-rules/").status_code == 403


def test_the_api_compares_in_bulk_and_names_only_what_the_caller_may_see(city: City) -> None:
    case = opened(city, LAMP)
    texts = (AGAIN, RUBBISH, "梅园小区3号楼垃圾遍地")
    body = {"reports": [{"text": text, "at": LATER.isoformat()} for text in texts]}
    clerk = staff(city, "seat_operator")
    answer = clerk.post("/api/v1/triage/repeats", body, "application/json")
    items = answer.json()["items"]
    assert [item["outcome"] for item in items] == ["merge", "none", "merge"]
    assert items[0]["candidates"][0]["case_id"] == str(case.id)
    assert (items[2]["candidates"][0]["case_id"], items[2]["candidates"][0]["in_batch"]) == (
        items[1]["key"],
        True,
    )
    elsewhere = city.login("grid_worker", area="west", username="westerner")
    client = Client()
    client.force_login(elsewhere)
    hidden = client.post("/api/v1/triage/repeats", body, "application/json").json()["items"]
    assert (hidden[0]["outcome"], hidden[0]["candidates"]) == ("none", [])
    assert staff(city, "leader").post("/api/v1/triage/repeats", body, "application/json").status_code == 403
    assert clerk.post("/api/v1/triage/repeats", {"reports": []}, "application/json").status_code == 422
