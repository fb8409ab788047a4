"""Hot issues in the product: reckoning, keys from day to day, names, answers, pages, API."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from yiwang.cases.models import Case, Report, Task
from yiwang.cases.public import ReportDraft, receive_report
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.ledger.models import JournalEntry

from ..models import HotIssue, IssueDay, IssueMember, IssueRun, PublicAnswer
from ..queries.issues import issue_for, issue_page, issues_of_case, members_of
from ..services.issues import (
    MANAGE,
    ask_for_reckoning,
    forget_names,
    lenses_of_the_day,
    reckon,
    reckon_daily,
    rename_issue,
)
from ..services.public_answers import PUBLISH, change_answer, publish_answer, withdraw_answer

pytestmark = pytest.mark.django_db
CHIEF = Actor(account_id=UUID(int=7), grants=dict.fromkeys(("cases.view", MANAGE, PUBLISH), EVERYWHERE))
LEAK = "锦绣花城小区地下车库渗水，雨天积水没过脚面"
NOISE = "桃源路建材市场夜里装卸钢材，噪音扰民睡不着"


@pytest.fixture
def city() -> City:
    return make_city()


def say(
    city: City, text: str, *, phone: str, community: str = "east_1_a", privacy: str = "open", day: int = 0
) -> Report:
    return receive_report(
        actor=SYSTEM,
        at=AT + timedelta(days=day, minutes=Report.objects.count()),
        draft=ReportDraft(
            text=text, channel="12345", contact={"name": "某某", "phone": phone}, privacy=privacy,
            community=city.area(community),
        ),
    )  # fmt: skip


def fill(city: City, text: str, count: int, *, day: int = 0, start: int = 0, **more) -> None:
    for n in range(start, start + count):
        say(city, f"{text}，{'已经好多天' * (n % 3)}没有人来管{n}", phone=f"1390000{n:04d}", day=day, **more)


def run(day: int = 1) -> None:
    reckon_daily(AT + timedelta(days=day))


def test_a_reckoning_finds_the_issue_and_writes_its_day(city):
    fill(city, LEAK, 5)
    fill(city, NOISE, 4, start=20)
    run()
    issues = list(HotIssue.objects.order_by("-index"))
    assert [(i.reports, i.people) for i in issues] == [(5, 5), (4, 4)]
    assert "锦绣花城" in issues[0].name
    assert "桃源路" in issues[1].name
    assert [(d.rank, d.reports) for d in IssueDay.objects.order_by("rank")] == [(1, 5), (2, 4)]
    assert IssueMember.objects.count() == 9
    assert IssueRun.objects.get().reports == 9


def test_an_erased_report_takes_the_found_name_with_it_and_the_issue_is_named_anew(city):
    fill(city, LEAK, 5)
    fill(city, NOISE, 4, start=20)
    run()
    leak, noise = HotIssue.objects.order_by("-index")
    erased = IssueMember.objects.filter(issue=leak).first()
    assert forget_names(report_id=erased.report, at=AT + timedelta(days=1, hours=1)) == 1
    leak.refresh_from_db()
    assert "锦绣" not in f"{leak.name}{leak.found_name}{leak.place}{leak.matter}"
    assert HotIssue.objects.get(pk=noise.pk).name == noise.name
    again = IssueRun.objects.get(done_at=None)
    Report.objects.filter(pk=erased.report).update(text="", erased_at=AT + timedelta(days=1, hours=1))
    reckon(run_id=again.id, at=AT + timedelta(days=1, hours=2))
    leak.refresh_from_db()
    assert (leak.reports, "锦绣花城" in leak.name) == (4, True)


def test_a_name_that_a_person_gave_stays_when_a_report_is_erased(city):
    fill(city, LEAK, 5)
    run()
    issue = HotIssue.objects.get()
    rename_issue(actor=CHIEF, at=AT + timedelta(days=1), issue_id=issue.id, name="地下车库渗水")
    report = IssueMember.objects.filter(issue=issue).first().report
    forget_names(report_id=report, at=AT + timedelta(days=1, hours=1))
    issue.refresh_from_db()
    assert (issue.name, "锦绣" in issue.found_name) == ("地下车库渗水", False)


def test_one_loud_person_makes_no_issue(city):
    for n in range(8):
        say(city, f"{LEAK}，第{n}次反映", phone="13911112222")
    run()
    assert HotIssue.objects.count() == 0


def test_running_twice_changes_nothing_and_the_key_stays_the_next_day(city):
    fill(city, LEAK, 5)
    run()
    before = HotIssue.objects.get()
    reckon(run_id=IssueRun.objects.get().id, at=AT + timedelta(days=1))
    fill(city, LEAK, 3, day=1, start=10)
    run(2)
    after = HotIssue.objects.get()
    assert (after.id, after.reports) == (before.id, 8)
    assert IssueDay.objects.filter(issue=after.id).count() == 2


def test_an_issue_that_fades_is_kept_and_comes_back_under_its_key(city):
    fill(city, LEAK, 4)
    run()
    issue = HotIssue.objects.get()
    run(60)
    issue.refresh_from_db()
    assert not issue.is_current
    fill(city, LEAK, 4, day=70)
    run(71)
    issue.refresh_from_db()
    assert issue.is_current
    assert issue.months == ["2026-03", "2026-05"]


def test_what_is_not_open_is_counted_and_not_quoted(city):
    fill(city, LEAK, 3)
    for n in range(3):
        say(city, f"{LEAK}，王老三偷工减料", phone=f"1380000{n:04d}", privacy="confidential")
    run()
    issue = HotIssue.objects.get()
    assert (issue.reports, issue.hidden) == (6, 3)
    assert "王老三" not in issue.name + issue.place + issue.matter


def test_an_issue_of_closed_mouths_has_no_words(city):
    fill(city, LEAK, 4, privacy="confidential")
    run()
    assert HotIssue.objects.get().name == "内容不公开的同类诉求"


def test_a_name_given_by_a_person_stays_and_is_journaled(city):
    fill(city, LEAK, 4)
    run()
    issue = HotIssue.objects.get()
    rename_issue(actor=CHIEF, at=AT, issue_id=issue.id, name=" 花城车库  渗水 ")
    run(2)
    issue.refresh_from_db()
    assert (issue.name, issue.is_named) == ("花城车库 渗水", True)
    rename_issue(actor=CHIEF, at=AT, issue_id=issue.id, name="")
    issue.refresh_from_db()
    assert (issue.name, issue.is_named) == (issue.found_name, False)
    kinds = JournalEntry.objects.filter(stream=issue.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["triage.issue_found", "triage.issue_named", "triage.issue_named"]
    assert not any("花城" in body for body in JournalEntry.objects.values_list("body", flat=True))


def test_naming_and_asking_need_the_act(city):
    fill(city, LEAK, 4)
    run()
    nobody = Actor(account_id=UUID(int=9), grants={"cases.view": EVERYWHERE})
    with pytest.raises(Refused):
        rename_issue(actor=nobody, at=AT, issue_id=HotIssue.objects.get().id, name="改")
    with pytest.raises(Refused):
        ask_for_reckoning(actor=nobody, at=AT, area=None, days=30)
    with pytest.raises(Refused):
        publish_answer(actor=nobody, at=AT, title="题", text="文")
    with pytest.raises(Invalid):
        rename_issue(actor=CHIEF, at=AT, issue_id=HotIssue.objects.get().id, name="长" * 61)


def test_an_area_that_was_asked_for_is_reckoned_by_itself_and_every_day(city):
    fill(city, LEAK, 4)
    fill(city, LEAK, 3, start=30, community="west_1_a")
    east = city.area("east")
    asked = ask_for_reckoning(actor=CHIEF, at=AT + timedelta(days=1), area=east, days=7)
    with pytest.raises(Conflict):
        ask_for_reckoning(actor=CHIEF, at=AT + timedelta(days=1), area=east, days=7)
    with pytest.raises(Invalid):
        ask_for_reckoning(actor=CHIEF, at=AT, area=east, days=8)
    reckon(run_id=asked.id, at=AT + timedelta(days=1))
    assert [(i.area, i.reports) for i in HotIssue.objects.all()] == [(east, 4)]
    assert lenses_of_the_day(AT + timedelta(days=2)) == [(None, 30), (east, 7)]
    assert lenses_of_the_day(AT + timedelta(days=40)) == [(None, 30)]


def test_an_actor_sees_issues_of_their_communities_and_cases_of_their_scope(city):
    fill(city, LEAK, 3)
    fill(city, LEAK, 3, start=40, community="east_1_b")
    run()
    issue = HotIssue.objects.get()
    one = Actor(
        account_id=UUID(int=8), grants={"cases.view": Scope(communities=frozenset({city.area("east_1_a")}))}
    )
    other = Actor(
        account_id=UUID(int=8), grants={"cases.view": Scope(communities=frozenset({city.area("west_1_a")}))}
    )
    members = members_of(one, issue)
    assert (len(members.rows), members.elsewhere) == (3, 3)
    assert issue_page(one, lens=None, days=30).rows == [issue]
    assert issue_page(other, lens=None, days=30).rows == []
    with pytest.raises(NotFound):
        issue_for(other, issue.id)
    assert issues_of_case(one, members.rows[0].case.id) == [issue]


def test_a_sensitive_case_is_no_member_to_be_seen_without_clearance(city):
    fill(city, LEAK, 4)
    secret = Case.objects.order_by("created_at").first()
    Case.objects.filter(pk=secret.pk).update(is_sensitive=True)
    run()
    members = members_of(CHIEF, HotIssue.objects.get())
    assert secret.id not in [row.case.id for row in members.rows]
    assert members.elsewhere == 1


def test_a_public_answer_is_dated_changed_and_withdrawn(city):
    fill(city, LEAK, 4)
    run()
    issue = HotIssue.objects.get()
    answer = publish_answer(actor=CHIEF, at=AT, title="车库渗水", text="防水层四月重做。", issue_id=issue.id)
    change_answer(
        actor=CHIEF, at=AT + timedelta(days=1), answer_id=answer.id, title="车库渗水", text="防水层五月重做。"
    )
    page = Client().get("/answers/")
    assert "防水层五月重做" in page.content.decode()
    withdraw_answer(actor=CHIEF, at=AT + timedelta(days=2), answer_id=answer.id)
    assert "防水层" not in Client().get("/answers/").content.decode()
    with pytest.raises(Conflict):
        withdraw_answer(actor=CHIEF, at=AT, answer_id=answer.id)
    with pytest.raises(Invalid):
        publish_answer(actor=CHIEF, at=AT, title="", text="x")
    assert PublicAnswer.objects.get().version == 3


def login(city: City, **more) -> Client:
    account = city.login("duty_chief", area="city", **more)
    kind = city.kinds["duty_chief"]
    kind.grants = [*kind.grants, {"act": MANAGE, "scope": "area"}, {"act": PUBLISH, "scope": "area"}]
    kind.save()
    from yiwang.ledger.public import bump_now

    bump_now("post_kinds")
    bump_now("grants")
    client = Client()
    client.force_login(account)
    return client


def test_the_pages_list_name_answer_and_offer_the_answer_to_operators(city):
    fill(city, LEAK, 4)
    run()
    client = login(city)
    issue = HotIssue.objects.get()
    assert issue.name in client.get("/triage/hot/").content.decode()
    assert client.get("/triage/hot/?days=7&area=nonsense&regular=on").status_code == 200
    page = client.get(f"/triage/hot/{issue.id}/").content.decode()
    assert "热度指数的构成" in page
    client.post(f"/triage/hot/{issue.id}/name/", {"name": "花城车库", "version": issue.version})
    issue.refresh_from_db()
    assert issue.name == "花城车库"
    client.post(f"/triage/hot/{issue.id}/answer/", {"title": "车库渗水", "text": "四月重做防水。"})
    case = IssueMember.objects.filter(issue=issue).first().case
    panel = client.get(f"/triage/cases/{case}/issues/").content.decode()
    assert "四月重做防水" in panel
    answer = PublicAnswer.objects.get()
    client.post(
        f"/triage/hot/{issue.id}/answer/",
        {"answer": str(answer.id), "act": "withdraw", "version": answer.version},
    )
    assert "四月重做防水" not in client.get(f"/triage/cases/{case}/issues/").content.decode()
    client.post("/triage/hot/reckon/", {"days": "7", "area": ""})
    assert IssueRun.objects.filter(days=7).exists()


def test_the_api_groups_messages_and_checks_answers(city):
    client = login(city)
    messages = [
        {"id": str(n), "reporter": str(n), "title": "锦绣花城小区车库渗水", "text": LEAK} for n in range(4)
    ]
    answer = client.post(
        "/api/v1/triage/hot", json.dumps({"messages": messages}), content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["issues"][0]["members"] == ["0", "1", "2", "3"]
    given = {"report": LEAK + "，什么时候修？", "reply": "我单位高度重视，将尽快处理。"}
    checked = client.post("/api/v1/triage/answers/check", json.dumps(given), content_type="application/json")
    assert {"answer.promise", "answer.question"} <= {w["code"] for w in checked.json()["warnings"]}
    refused = Client().post(
        "/api/v1/triage/hot", json.dumps({"messages": messages}), content_type="application/json"
    )
    assert refused.status_code == 401


def test_the_reviewer_sees_what_strikes_the_eye_in_the_reply(city):
    reply = "您好，感谢您的来电。我单位高度重视，将尽快安排人员处理，请您耐心等待。"
    for _ in range(2):
        case = dispatched(city, text=LEAK)
        Case.objects.filter(pk=case.pk).update(state="reviewing")
        Task.objects.filter(case=case).update(state="done", result=reply, done_at=AT)
    client = Client()
    client.force_login(city.login("dispatcher", area="city"))
    page = client.get(f"/triage/cases/{case.id}/answer/").content.decode()
    assert "只说将要怎样做" in page
    assert "的答复有 100% 相同" in page
    found = client.get(f"/api/v1/cases/{case.id}/answers/check").json()["replies"]
    assert "answer.copy" in [warning["code"] for warning in found[0]["warnings"]]
    worker = Client()
    worker.force_login(city.login("handler", unit="cleaning"))
    assert worker.get(f"/triage/cases/{case.id}/answer/").status_code in {403, 404}
