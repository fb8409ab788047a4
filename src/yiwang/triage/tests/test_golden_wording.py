"""Golden tables of wording: fictitious messages labelled by hand, and what the rules read in each of them.

`golden_wording.csv` holds the messages that the rules were mended by; `reads_urgency` and `reads_kind` stand
where a rule reads something else than the label. `golden_wording_blind.csv` was written by somebody who did
not know the rules, says of each message whether it is urgent, and nothing was mended by it. So every miss is
on a table, and none comes or goes unnoticed.
"""

from __future__ import annotations

import csv
from pathlib import Path

from yiwang.cases.public import RequestKind, Urgency
from yiwang.triage.rules.wording.reading import wording_of

HERE = Path(__file__).parent


def rows(table: str) -> list[dict[str, str]]:
    with (HERE / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_message_is_read_as_the_table_says() -> None:
    table = rows("golden_wording.csv")
    found = {}
    for row in table:
        read = wording_of(row["text"])
        found[row["text"]] = (str(read.urgency), str(read.kind))
    assert found == {
        row["text"]: (row["reads_urgency"] or row["urgency"], row["reads_kind"] or row["kind"])
        for row in table
    }


def test_every_blind_message_is_read_as_the_table_says() -> None:
    table = rows("golden_wording_blind.csv")
    found = {row["text"]: "yes" if wording_of(row["text"]).urgency == "urgent" else "no" for row in table}
    assert found == {row["text"]: row["reads"] or row["is_urgent"] for row in table}


def test_the_tables_are_whole_and_say_a_miss_only_where_there_is_one() -> None:
    mended, blind = rows("golden_wording.csv"), rows("golden_wording_blind.csv")
    assert (len({row["text"] for row in mended}), len({row["text"] for row in blind})) == (200, 80)
    for row in mended:
        assert row["urgency"] in Urgency.values
        assert row["kind"] in RequestKind.values
        assert row["reads_urgency"] != row["urgency"]
        assert row["reads_kind"] != row["kind"]
    assert {(row["is_urgent"], row["reads"]) for row in blind} <= {
        ("yes", ""), ("yes", "no"), ("no", ""), ("no", "yes"),
    }  # fmt: skip


def test_of_what_was_mended_by_all_danger_is_found_and_one_message_wrongly() -> None:
    table = rows("golden_wording.csv")
    assert [row["text"] for row in table if row["urgency"] == "urgent" and row["reads_urgency"]] == []
    assert len([row for row in table if row["reads_urgency"] == "urgent"]) == 1


def test_a_fire_that_does_not_light_is_no_fire() -> None:
    assert wording_of("燃气灶打不着火，小区停气了").urgency == "prompt"
    assert wording_of("作坊烟囱浓烟滚滚，灰尘满天").urgency == "ordinary"


def test_a_fuse_that_burns_is_not_taken_for_an_insurance() -> None:
    assert wording_of("楼道配电箱的保险丝烧着了").urgency == "urgent"
    assert wording_of("保险公司火灾险怎么理赔").urgency == "ordinary"
