"""Whoever changes the journal, the rows or the checkpoints is found out."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.db import connection
from pytest_django import Settings

from yiwang.accounts.models import Account
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.errors import Conflict
from yiwang.kernel.ids import uuid7
from yiwang.kernel.merkle import root
from yiwang.kernel.notes import Signer
from yiwang.ledger import checkpoints, replays, verify
from yiwang.ledger.checkpoints import kept_notes, leaf, make_checkpoint, read_note, settled_position
from yiwang.ledger.commands import register
from yiwang.ledger.models import Checkpoint, JournalEntry
from yiwang.ledger.public import acting, check_ledger, register_replay

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
ACTOR = system_actor("test")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _apart(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.YIWANG_HOME = tmp_path
    monkeypatch.setattr(replays, "_REPLAYS", {})


def make(name: str, *, changes: int = 2) -> Account:
    with acting(actor=ACTOR, at=AT) as act:
        account = act.insert(Account(username=name, display_name=name, password="x"))
        act.record(account, "accounts.created", {"name_length": len(name)})
    for number in range(changes):
        with acting(actor=ACTOR, at=AT + timedelta(minutes=number)) as act:
            act.record(act.lock(Account, account.id), "accounts.touched", {"n": number})
    return account


@contextmanager
def behind_the_back() -> Iterator[Any]:
    """What an owner of the database can do, and the product cannot."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SET ROLE yiwang_app")


def texts() -> list[str]:
    return [problem.text for problem in check_ledger().problems]


def test_an_untouched_ledger_is_found_in_order() -> None:
    make("wang")
    make("li", changes=0)
    make_checkpoint(AT)
    report = check_ledger()
    assert (report.ok, report.streams, report.entries, report.rows, report.notes, report.roots) == (
        True, 2, 4, 2, 1, 1,
    )  # fmt: skip
    assert len(report.out_of_reach) >= 3


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE ledger_journalentry SET body = '{\"n\":7}' WHERE seq = 2", "内容被改动过"),
        ("UPDATE ledger_journalentry SET at = at + interval '1 s' WHERE seq = 1", "内容被改动过"),
        ("UPDATE ledger_journalentry SET agent = 'other' WHERE seq = 3", "内容被改动过"),
        ("DELETE FROM ledger_journalentry WHERE seq = 2", "有记录缺失"),
        ("DELETE FROM ledger_journalentry WHERE seq = 3", "存证到第 2 条"),
        ("DELETE FROM ledger_journalentry", "存证到第 0 条"),
        ("DELETE FROM accounts_account", "没有对应的业务行"),
        ("UPDATE accounts_account SET version = 9", "版本是 9"),
        ("UPDATE accounts_account SET journal_head = '\\x00'", "存证头与最后一条记录不符"),
    ],
)
def test_a_change_behind_the_back_is_found(change: str, found: str) -> None:
    make("wang")
    with behind_the_back() as cursor:
        cursor.execute(change)
    assert any(found in text for text in texts())


@pytest.mark.parametrize("column", ["actor", "post", "agent"])
def test_who_acted_is_in_the_hash_in_every_part(column: str) -> None:
    person = Actor(account_id=uuid7(), post_id=uuid7(), name="import")
    with acting(actor=person, at=AT) as act:
        account = act.insert(Account(username="wang", display_name="王", password="x"))
        act.record(account, "accounts.created", {})
    assert check_ledger().ok
    with behind_the_back() as cursor:
        forged = "'other'" if column == "agent" else "gen_random_uuid()"
        cursor.execute(f"UPDATE ledger_journalentry SET {column} = {forged}")
    assert any("内容被改动过" in text for text in texts())


def test_a_row_that_differs_from_its_journal_is_found_by_replay() -> None:
    account = make("wang")

    def replay(row: Account, entries: Sequence[JournalEntry]) -> list[str]:
        said = json.loads(entries[0].body)["name_length"]
        return [] if len(row.display_name) == said else [f"name has {len(row.display_name)} letters"]

    register_replay(Account, replay)
    assert check_ledger().replayed == 1
    Account.objects.filter(pk=account.pk).update(display_name="wangwang")
    assert texts() == ["重放不符：name has 8 letters"]


def rewrite_history(account: Account) -> None:
    """Forge a whole stream with right hashes, as somebody who knows the code could."""
    with behind_the_back() as cursor:
        cursor.execute("DELETE FROM ledger_journalentry WHERE stream = %s", [account.pk])
    Account.objects.filter(pk=account.pk).update(version=0, journal_head=bytes(32))
    with acting(actor=ACTOR, at=AT) as act:
        act.record(act.lock(Account, account.id), "accounts.created", {"name_length": 1})


def test_a_history_forged_with_right_hashes_is_found_by_the_checkpoint() -> None:
    account = make("wang")
    make_checkpoint(AT)
    rewrite_history(account)
    assert texts() == ["存证点与现在的存证不符：它之前的记录被改动、删除或补写过。"]


def test_without_a_checkpoint_such_a_forgery_is_out_of_reach() -> None:
    rewrite_history(make("wang"))
    assert texts() == []


def test_what_happens_after_a_checkpoint_leaves_it_true() -> None:
    account = make("wang")
    make_checkpoint(AT)
    make("li")
    with acting(actor=ACTOR, at=AT) as act:
        act.record(act.lock(Account, account.id), "accounts.touched", {})
    make_checkpoint(AT + timedelta(hours=1))
    report = check_ledger()
    assert (report.ok, report.roots) == (True, 2)


def test_a_checkpoint_is_the_tree_over_the_heads() -> None:
    accounts = sorted((make("wang"), make("li")), key=lambda account: account.pk)
    note = read_note(make_checkpoint(AT).note)
    leaves = []
    for account in accounts:
        account.refresh_from_db()
        leaves.append(leaf(account.pk, account.version, bytes(account.journal_head)))
    assert (note.streams, note.root, note.previous) == (2, root(leaves), "-")
    assert [text for _, text in kept_notes()] == list(Checkpoint.objects.values_list("note", flat=True))


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda path: path.write_text(path.read_text().replace("position ", "position 1")), "签名不符"),
        (lambda path: path.write_text("nothing"), "残缺"),
        (lambda path: path.unlink(), "没有对应的文件"),
        (lambda path: path.write_text(Signer("yiwang/ledger", bytes(32)).sign("a\n")), "签名不符"),
    ],
)
def test_a_spoilt_checkpoint_is_found(spoil: Callable[[Path], object], found: str) -> None:
    make("wang")
    for hour in range(3):
        make_checkpoint(AT + timedelta(hours=hour))
    path = sorted(checkpoints.checkpoint_folder().glob("*.txt"))[1]
    spoil(path)
    assert any(found in text for text in texts())


def test_a_missing_checkpoint_in_the_middle_breaks_the_row_of_files() -> None:
    make("wang")
    for hour in range(3):
        make_checkpoint(AT + timedelta(hours=hour))
    sorted(checkpoints.checkpoint_folder().glob("*.txt"))[1].unlink()
    Checkpoint.objects.filter(at=AT + timedelta(hours=1)).delete()
    assert texts() == ["与前一个存证点接不上：中间的文件缺失或被改动。"]


def test_of_many_checkpoints_a_selection_with_the_newest_is_computed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verify, "CHOSEN", 2)
    account = make("wang")
    for hour in range(4):
        make_checkpoint(AT + timedelta(hours=hour))
    assert (check_ledger().notes, check_ledger().roots) == (4, 2)
    assert check_ledger(all_checkpoints=True).roots == 4
    rewrite_history(account)
    assert len(texts()) == 2


@contextmanager
def an_act_that_still_writes(account: Account) -> Iterator[threading.Event]:
    """An act in another thread that has written and commits when the event is set."""
    started, go_on = threading.Event(), threading.Event()

    def slow_act() -> None:
        try:
            with acting(actor=ACTOR, at=AT) as act:
                act.record(act.lock(Account, account.id), "accounts.touched", {})
                act.flush()
                started.set()
                go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow_act)
    thread.start()
    started.wait(10)
    yield go_on
    go_on.set()
    thread.join()


@pytest.mark.parametrize("others", [0, 1])
def test_a_checkpoint_waits_for_acts_that_are_still_writing(others: int) -> None:
    account = make("wang", changes=0)
    with an_act_that_still_writes(account) as go_on:
        for number in range(others):
            make(f"li{number}", changes=0)
        threading.Timer(0.3, go_on.set).start()
        before = time.monotonic()
        note = read_note(make_checkpoint(AT).note)
        assert time.monotonic() - before >= 0.25
    assert note.streams == 1 + others
    assert check_ledger().ok


def test_a_checkpoint_gives_up_when_somebody_writes_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.1)
    with an_act_that_still_writes(make("wang")), pytest.raises(Conflict, match="推迟"):
        settled_position()


def test_every_root_row_model_is_compared() -> None:
    make("wang", changes=0)
    Account.objects.create(id=uuid7(), username="li", display_name="li", password="x")
    report = check_ledger()
    assert (report.rows, report.ok) == (2, True)


@pytest.fixture
def cli() -> click.Group:
    group = click.Group("yiwang", commands={"check": click.Group("check")})
    register(group)
    return group


def test_the_command_says_what_it_found_and_what_is_out_of_reach(cli: click.Group) -> None:
    make("wang")
    result = CliRunner().invoke(cli, ["check", "ledger", "--checkpoint"])
    assert result.exit_code == 0
    assert "核验无误。" in result.output
    assert "核验不到的：" in result.output
    assert Checkpoint.objects.count() == 1
    with behind_the_back() as cursor:
        cursor.execute("UPDATE ledger_journalentry SET kind = 'x' WHERE seq = 2")
    result = CliRunner().invoke(cli, ["check", "ledger", "--json"])
    answer = json.loads(result.output)
    assert (result.exit_code, answer["ok"], answer["problem_count"]) == (1, False, 1)
    assert answer["verifier_key"].startswith("yiwang/ledger+")


def test_the_keyring_command_creates_rotates_and_counts(cli: click.Group, settings: Settings) -> None:
    settings.PRODUCTION = True
    assert CliRunner().invoke(cli, ["check", "keyring"]).exit_code == 1
    assert "当前 1 号" in CliRunner().invoke(cli, ["check", "keyring", "--create"]).output
    assert "当前 2 号" in CliRunner().invoke(cli, ["check", "keyring", "--rotate"]).output
