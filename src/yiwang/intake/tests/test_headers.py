"""Headers: where they stand, whatever was written above them or merged in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.headers import Merge, best_delimiter, find_header

WANTED = frozenset({"工单编号", "诉求内容", "来电人/电话"})


def test_titles_above_the_header_need_not_be_counted() -> None:
    rows = [
        ["2026年3月热线工单导出"],
        ["导出人：张某", "", "2026-03-31"],
        [],
        ["工单编号", "诉求内容"],
        ["1", "坑"],
    ]
    found = find_header(rows, WANTED)
    assert found is not None
    assert (found.start, found.depth, found.names) == (3, 1, ("工单编号", "诉求内容"))


def test_a_header_of_two_rows_is_found_although_the_mapping_says_one() -> None:
    rows = [["工单编号", "来电人", "", "诉求内容"], ["", "姓名", "电话", ""], ["1", "甲", "2", "坑"]]
    found = find_header(rows, WANTED)
    assert found is not None
    assert (found.depth, found.names) == (2, ("工单编号", "来电人/姓名", "来电人/电话", "诉求内容"))


def test_known_ranges_decide_what_an_upper_name_covers() -> None:
    rows = [["来电人", None, None, "诉求内容"], ["姓名", "电话", "备注", None]]
    merges = [Merge(0, 0, 0, 1), Merge(0, 3, 1, 3)]
    found = find_header(rows, WANTED, header_rows=2, merges=merges)
    assert found is not None
    assert found.names == ("来电人/姓名", "来电人/电话", "备注", "诉求内容")


def test_names_are_met_in_full_width_and_with_line_breaks_and_stars() -> None:
    found = find_header([["\uff0a工单\n编号", "诉求　内容 *"]], WANTED)
    assert found is not None
    assert found.names == ("工单编号", "诉求内容")


def test_rows_to_skip_are_skipped_even_when_a_better_header_stands_elsewhere() -> None:
    rows = [["工单编号", "诉求内容"], ["甲", "乙"]]
    found = find_header(rows, WANTED, skip_rows=1)
    assert found is not None
    assert found.names == ("甲", "乙")


def test_a_table_without_a_wanted_name_starts_at_its_first_row_that_is_not_blank() -> None:
    found = find_header([[], ["甲", ""], ["1", "2"]], WANTED)
    assert found is not None
    assert (found.start, found.names) == (1, ("甲", "第2列"))
    assert find_header([[], [""]], WANTED) is None


@given(
    titles=st.lists(st.lists(st.text(alphabet="导出表年月日0123 ", max_size=6), max_size=4), max_size=10),
    blanks=st.integers(0, 3),
)
def test_the_header_is_found_below_any_titles(titles: list[list[str]], blanks: int) -> None:
    rows = [*titles, *[[] for _ in range(blanks)], ["诉求内容", "工单编号"], ["坑", "7"]]
    found = find_header(rows, WANTED)
    assert found is not None
    assert found.start + found.depth == len(rows) - 1
    assert {name.rpartition("/")[2] for name in found.names[:2]} == {"诉求内容", "工单编号"}


def test_a_delimiter_is_what_most_lines_agree_on() -> None:
    assert best_delimiter(["热线导出，三月\n", "编号\t内容\n", "1\t有坑，很深，危险\n"], ",\t;|，") == "\t"
    assert best_delimiter(["编号,内容\n", '1,"a;b;c;d"\n'], ",\t;|，") == ","
    assert best_delimiter(["内容\n"], ",\t") == ","
