"""A list of people in posts: all or nothing, every wrong row named, the same list again for free."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given as given_
from hypothesis import strategies as st

from yiwang.accounts.public import Account, deactivate_account
from yiwang.kernel.actor import Actor, Scope, system_actor
from yiwang.kernel.errors import Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry, check_ledger
from yiwang.orgs.commands import import_holdings
from yiwang.orgs.holding_files import holdings_file, text_of
from yiwang.orgs.models import BulkLoad, Holding
from yiwang.orgs.public import assign_post, deputise, load_holdings, post_index, resolve_actor
from yiwang.orgs.rules.holding_rows import read_holding_rows, shown_from, shown_until

from .factories import AT, SYSTEM, communities, give, load_city, make_account, make_post, make_unit
from .test_pages import administrator, assigner

db = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2024, 1, 1, tzinfo=ZONE)
HEADING = "账号,姓名,岗位代码,起始,终止\n"


def load(*rows: str, actor: Actor = SYSTEM, days: int = 0, **given: bool):
    """Load rows under the Chinese heading."""
    text = HEADING + "\n".join(rows) + "\n"
    return load_holdings(actor=actor, at=AT + timedelta(days=days), text=text, source="test.csv", **given)


def refusals(*rows: str, actor: Actor = SYSTEM, **given: bool) -> list[tuple[int, str, str]]:
    """Line, field and remedy of each wrong row; nothing may have been written."""
    before = Holding.objects.count()
    with pytest.raises(Invalid) as found:
        load(*rows, actor=actor, **given)
    assert Holding.objects.count() == before
    return [(row.line, row.field, row.remedy) for row in found.value.details["rows"]]


def people() -> None:
    """Two people and two posts, in a unit of the first district."""
    load_city()
    make_account("wang")
    make_account("li")
    unit = make_unit("U", area_code="320101")
    make_post("dispatcher", unit)
    make_post("grid_worker", unit, area_code="3201011")


@db
def test_a_list_is_loaded_and_the_same_list_again_changes_nothing() -> None:
    people()
    rows = ("wang,wang氏,U/dispatcher,2026-01-01,", "li,,U/grid_worker/3201011,2026-01-01,2026-12-31")
    first = load(*rows)
    assert (first.read, first.added, first.changed, first.unchanged) == (2, 2, 0, 0)
    entries = JournalEntry.objects.count()
    again = load(*rows, days=3)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert JournalEntry.objects.count() == entries
    assert Holding.objects.get(account__username="li").ends_at == datetime(2026, 12, 31, 16, tzinfo=UTC)
    wang = Account.objects.get(username="wang")
    assert resolve_actor(wang.id, AT).scope("cases.dispatch").communities == communities("320101")
    assert check_ledger().problems == []


@db
def test_a_row_without_a_beginning_means_now_and_later_the_same_holding() -> None:
    people()
    assert load("wang,,U/dispatcher,,").added == 1
    assert load("wang,,U/dispatcher,,", days=40).unchanged == 1
    changed = load("wang,,U/dispatcher,,2026-12-31", days=40)
    assert (changed.changed, Holding.objects.get().starts_at) == (1, AT)
    assert JournalEntry.objects.filter(kind="orgs.holding_changed").count() == 1
    assert load("wang,,U/dispatcher,,2026-12-31", days=41).unchanged == 1


@db
def test_a_loaded_holding_is_journaled_as_one_given_on_the_page() -> None:
    people()
    post = next(node.id for node in post_index().values() if node.kind_code == "dispatcher")
    wang, li = (Account.objects.get(username=name) for name in ("wang", "li"))
    load("wang,,U/dispatcher,2026-01-01 08:00,")
    assign_post(
        actor=SYSTEM,
        at=AT,
        post_id=post,
        account_id=li.id,
        starts_at=datetime(2026, 1, 1, 0, tzinfo=UTC),
    )
    loaded, given = JournalEntry.objects.filter(stream=post, kind="orgs.post_assigned").order_by("seq")
    bodies = [json.loads(entry.body) for entry in (loaded, given)]
    assert [body.pop("account") for body in bodies] == [str(wang.id), str(li.id)]
    assert all(body.pop("holding") for body in bodies)
    assert bodies[0] == bodies[1]
    load_entry = BulkLoad.objects.get(subject="holdings")
    assert (load_entry.inserted, load_entry.source) == (1, "test.csv")


@db
def test_every_wrong_row_is_named_and_nothing_is_loaded() -> None:
    people()
    make_account("gone")
    deactivate_account(actor=SYSTEM, at=AT, account_id=Account.objects.get(username="gone").id)
    unit = make_unit("T")
    for _ in range(2):
        make_post("leader", unit)
    found = refusals(
        "wang,,U/dispatcher,2026-01-01,",
        "nobody,,U/dispatcher,,",
        "gone,,U/dispatcher,,",
        "li,王某,U/dispatcher,,",
        "li,,U/none,,",
        "li,,T/leader,,",
        "li,,U/dispatcher,1月1日,",
        "li,,U/dispatcher,2026-02-02,2026-02-01",
        ",某,U/dispatcher,,",
    )
    assert [(line, field) for line, field, _ in found] == [
        (3, "账号"),
        (4, "账号"),
        (5, "姓名"),
        (6, "岗位代码"),
        (7, "岗位代码"),
        (8, "起始"),
        (9, "终止"),
        (10, "账号"),
    ]
    assert "有 2 个岗位同此代码" in found[4][2]


@db
def test_rows_are_held_against_one_another_and_against_what_stands() -> None:
    people()
    unit = make_unit("S", area_code="3201")
    give(Account.objects.get(username="wang"), make_post("audit_admin", unit))
    make_post("system_admin", unit)
    make_post("security_admin", unit)
    found = refusals(
        "wang,,S/system_admin,,",
        "li,,S/system_admin,2026-03-01,2026-03-31",
        "li,,S/security_admin,2026-03-31,",
        "li,,U/dispatcher,2026-03-01,",
        "li,,U/dispatcher,2026-04-01,",
        "wang,,S/audit_admin,2026-02-01,",
    )
    assert [(line, remedy[:6]) for line, _, remedy in found] == [
        (2, "该人员已任审"),
        (4, "该人员已任系"),
        (6, "与第 5 行"),
        (7, "该人员在此时"),
    ]
    assert load("li,,S/system_admin,2026-03-01,2026-03-31", "li,,S/security_admin,2026-04-01,").added == 2


@db
def test_the_past_and_deputies_are_not_rewritten_by_a_list() -> None:
    people()
    load("wang,,U/dispatcher,2026-01-01,")
    assert refusals("wang,,U/dispatcher,2026-01-01,2026-02-01")[0][2].startswith("不能把任职改为在过去终止")
    holding = Holding.objects.get()
    deputise(
        actor=SYSTEM,
        at=AT,
        holding_id=holding.id,
        account_id=Account.objects.get(username="li").id,
        starts_at=AT,
        ends_at=AT + timedelta(days=5),
        reason="年休假",
    )
    assert refusals("wang,,U/dispatcher,2026-01-01,2026-02-20")[0][2].startswith("该任职有代理安排")
    assert load("wang,,U/dispatcher,2026-01-01,2026-02-20", days=6).changed == 1


@db
def test_a_list_reaches_no_further_than_its_loader() -> None:
    people()
    make_post("dispatcher", make_unit("V", area_code="320102"))
    wang = Account.objects.get(username="wang")
    local = Actor(account_id=wang.id, grants={"orgs.assign": Scope(communities=communities("320101"))})
    assert [row[2] for row in refusals("li,,V/dispatcher,,", actor=local)] == ["该岗位不在您的管理范围内。"]
    assert "本人" in refusals("wang,,U/dispatcher,,", actor=local)[0][2]
    assert load("li,,U/dispatcher,,", actor=local).added == 1
    own = "wang,,U/dispatcher,,2026-12-31"
    load(own)
    assert load(own, actor=local).unchanged == 1, "one's own may stand in the list"
    assert "本人" in refusals("wang,,U/dispatcher,,", actor=local)[0][2]
    with pytest.raises(Refused):
        load("li,,U/dispatcher,,", actor=system_actor("test", "orgs.edit"))


@db
def test_missing_accounts_are_created_only_when_asked_and_by_whoever_may() -> None:
    people()
    rows = ("new.one,赵一,U/dispatcher,,", "new.one,赵一,U/grid_worker/3201011,,")
    assert len(refusals(*rows)) == 2
    assert [row[1] for row in refusals("x,,U/dispatcher,,", creates_accounts=True)] == ["姓名"]
    with pytest.raises(Refused):
        load(*rows, actor=system_actor("test", "orgs.assign"), creates_accounts=True)
    counts = load(*rows, creates_accounts=True)
    assert (counts.created, counts.added) == (1, 2)
    account = Account.objects.get(username="new.one")
    assert (account.display_name, account.has_usable_password()) == ("赵一", False)
    assert load(*rows, creates_accounts=True).created == 0


@db
def test_what_is_downloaded_loads_back_without_a_change() -> None:
    people()
    unit = make_unit("T", area_code="320101")
    alike = [make_post("leader", unit) for _ in range(2)]
    give(Account.objects.get(username="wang"), alike[1], days=3)
    load("li,,U/grid_worker/3201011,2026-01-01,2026-12-31")
    text = holdings_file(SYSTEM, AT)
    assert "U/dispatcher" in text
    assert str(alike[1].id) in text
    counts = load_holdings(actor=SYSTEM, at=AT, text=text)
    assert (counts.read, counts.unchanged) == (2, 2)


@given_(st.timedeltas(timedelta(0), timedelta(days=5000)).map(lambda since: MIDNIGHT + since))
def test_dates_are_read_back_as_they_are_written(instant: datetime) -> None:
    later = instant + timedelta(days=2)
    text = f"account,post,from,until\nw,p,{shown_from(instant, ZONE)},{shown_until(later, ZONE)}\n"
    rows, problems = read_holding_rows(text, ZONE)
    minute = {"second": 0, "microsecond": 0}
    assert problems == []
    assert (rows[0].starts_at, rows[0].ends_at) == (instant.replace(**minute), later.replace(**minute))


def test_a_file_without_the_columns_says_so() -> None:
    rows, problems = read_holding_rows("名,岗\nw,p\n", ZONE)
    assert (rows, problems[0].line, problems[0].field) == ([], 1, "账号、岗位代码")
    assert read_holding_rows("", ZONE)[1][0].line == 1


def test_files_of_offices_are_read_in_both_encodings() -> None:
    assert text_of("\ufeff账号".encode()) == text_of("账号".encode("gbk")) == "账号"
    with pytest.raises(Invalid):
        text_of(b"\xff\xff\xff")


@db
def test_the_page_lists_wrong_rows_and_loads_right_ones() -> None:
    people()
    client = assigner("320101")
    page = "/orgs/holdings/load/"

    def send(*rows: str):
        file = SimpleUploadedFile("任职.csv", (HEADING + "\n".join(rows)).encode("gbk"))
        return client.post(page, {"file": file})

    wrong = send("nobody,,U/dispatcher,,").content.decode()
    assert "没有这个在用账号" in wrong
    assert 'data-label="行号">2<' in wrong
    assert client.post(page, {}).status_code == 422
    assert send("wang,,U/dispatcher,2026-01-01,").status_code == 302
    assert "新增任职 1" in client.get(page).content.decode()
    file = client.get("/orgs/holdings/list.csv")
    assert "U/dispatcher" in file.content.decode()
    assert administrator("320101").get(page).status_code == 403
    assert administrator("320102").get("/orgs/holdings/list.csv").status_code == 403


@db
def test_the_command_counts_in_one_line_of_json_and_names_wrong_rows(tmp_path: Path) -> None:
    people()
    file = tmp_path / "任职.csv"
    file.write_text(HEADING + "wang,,U/dispatcher,2026-01-01,\nnew,赵一,U/dispatcher,,\n", encoding="utf-8")
    run = CliRunner().invoke
    wrong = run(import_holdings, [str(file)])
    assert wrong.exit_code == 1
    assert "第 3 行 账号（new）：没有这个在用账号" in wrong.output
    dry = run(import_holdings, [str(file), "--create-accounts", "--dry-run"])
    assert "检查通过（未写入）" in dry.output
    assert not Holding.objects.exists()
    for accepted in (2, 0):
        done = run(import_holdings, [str(file), "--create-accounts", "--json"])
        counts = json.loads(done.output.splitlines()[-1])
        assert counts == {"read": 2, "accepted": accepted, "unchanged": 2 - accepted, "quarantined": 0}


@db
def test_a_thousand_rows_are_loaded_in_batches_with_whole_journals() -> None:
    load_city()
    unit = make_unit("U", area_code="320101")
    make_post("dispatcher", unit)
    rows = [f"u{number:04d},人{number},U/dispatcher,2026-01-01," for number in range(1000)]
    assert load(*rows, creates_accounts=True).added == 1000
    assert load(*rows).unchanged == 1000
    assert check_ledger().problems == []
    assert uuid7() not in post_index()
