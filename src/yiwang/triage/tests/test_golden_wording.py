"""Golden table of wording: fictitious messages labelled by hand, and what the rules read in each of them.

`golden_wording.csv` holds the messages that the rules were mended by, `golden_wording_blind.csv` later ones,
by which nothing was mended. `reads_urgency` and `reads_kind` stand where a rule reads
something else than the label, so that every miss is on the table and none comes or goes unnoticed.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from yiwang.cases.public import RequestKind, Urgency
from yiwang.triage.rules.wording.reading import wording_of

HERE = Path(__file__).parent
TABLES = {"golden_wording.csv": 160, "golden_wording_blind.csv": 40}


def rows(table: str) -> list[dict[str, str]]:
    with (HERE / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("table", TABLES)
def test_every_message_is_read_as_the_table_says(table: str) -> None:
    found = {}
    for row in rows(table):
        read = wording_of(row["text"])
        found[row["text"]] = (str(read.urgency), str(read.kind))
    assert found == {
        row["text"]: (row["reads_urgency"] or row["urgency"], row["reads_kind"] or row["kind"])
        for row in rows(table)
    }


@pytest.mark.parametrize("table", TABLES)
def test_the_table_is_whole_and_says_a_miss_only_where_there_is_one(table: str) -> None:
    found = rows(table)
    assert len({row["text"] for row in found}) == len(found) == TABLES[table]
    for row in found:
        assert row["urgency"] in Urgency.values
        assert row["kind"] in RequestKind.values
        assert row["reads_urgency"] != row["urgency"]
        assert row["reads_kind"] != row["kind"]


def test_of_all_messages_few_that_are_not_urgent_are_called_so() -> None:
    called = [row for table in TABLES for row in rows(table) if row["reads_urgency"] == "urgent"]
    assert len(called) <= 1


def test_a_fire_that_does_not_light_is_no_fire() -> None:
    assert wording_of("燃气灶打不着火，小区停气了").urgency == "prompt"
    assert wording_of("作坊烟囱浓烟滚滚，灰尘满天").urgency == "ordinary"
