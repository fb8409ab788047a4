"""Due instants are told by the journal: whoever alters one in the database is found out, and by name."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from yiwang.cases import handlers
from yiwang.cases.models import StageClock, Task
from yiwang.cases.replaying import replay_case, stored_dues
from yiwang.kernel.canonical import due_name
from yiwang.kernel.ids import uuid7
from yiwang.ledger.commands import register
from yiwang.ledger.public import JournalEntry, check_ledger
from yiwang.ledger.verify import Problem

from .factories import AT, City, dispatched, make_city

assert handlers.CLOCK, "the replay of cases is registered"


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def differences() -> list[Problem]:
    return [problem for problem in check_ledger().problems if problem.where.startswith("cases.Case ")]


def alter(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


@pytest.mark.parametrize(
    ("table", "where", "what"),
    [
        ("cases_case", "id = %s", "promise"),
        ("cases_task", "case_id = %s", "task"),
        ("cases_stageclock", "case_id = %s AND stage = 'sign'", "sign"),
        ("cases_stageclock", "case_id = %s AND stage = 'accept'", "accept"),
    ],
)
@pytest.mark.parametrize("becomes", ["due_at + interval '1 second'", "NULL"])
def test_a_due_instant_that_was_altered_in_the_database_is_found_and_named(
    city: City, table: str, where: str, what: str, becomes: str
) -> None:
    case, _ = dispatched(city), dispatched(city)
    assert differences() == []
    alter(f"UPDATE {table} SET due_at = {becomes} WHERE {where}", case.id)
    (found,) = differences()
    assert found.where == f"cases.Case {case.id}"
    assert found.text.startswith(f"重放不符：{what} ")


def test_the_command_reports_the_case_whose_due_instant_was_altered(
    city: City, settings: Settings, tmp_path: Path
) -> None:
    settings.YIWANG_HOME = tmp_path
    case = dispatched(city)
    alter("UPDATE cases_task SET due_at = due_at - interval '1 day' WHERE case_id = %s", case.id)
    cli = click.Group("yiwang", commands={"check": click.Group("check")})
    register(cli)
    said = CliRunner().invoke(cli, ["check", "ledger", "--json"])
    problems = [p["text"] for p in json.loads(said.output)["problems"] if str(case.id) in p["where"]]
    assert said.exit_code == 1
    assert [text.split(" is due ")[0] for text in problems] == [
        f"重放不符：task {due_name(Task.objects.get(case=case).id)}"
    ]


def test_a_clock_that_was_put_in_or_taken_out_behind_the_journal_is_found(city: City) -> None:
    case = dispatched(city)
    taken = StageClock.objects.get(case=case, stage="sign")
    StageClock.objects.filter(pk=taken.pk).delete()
    terms = {"case": case, "task": Task.objects.get(case=case), "stage": "contact", "started_at": AT}
    put = StageClock.objects.create(id=uuid7(), due_at=AT + timedelta(days=2), **terms)
    assert [found.text for found in differences()] == [
        f"重放不符：contact {due_name(put.id)} is due {put.due_at}, the journal says None",
        f"重放不符：the journal tells a due instant of {due_name(taken.id)}, which is gone",
    ]


def test_what_an_older_version_did_not_tell_is_not_held_against_it(city: City) -> None:
    case = dispatched(city)
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    for entry in entries:
        body = json.loads(entry.body)
        body.pop("due", None)
        entry.body = json.dumps(body)
    Task.objects.filter(case=case).update(due_at=AT)
    assert replay_case(case, entries) == []


def test_many_cases_are_gathered_in_one_query(
    city: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = [dispatched(city) for _ in range(3)]
    with django_assert_num_queries(1):
        dues = stored_dues(found)
    assert {key: len(rows) for key, rows in dues.items()} == {
        case.pk: 1 + StageClock.objects.filter(case=case).count() for case in found
    }
