"""`yiwang evaluate deadlines` answers what it can and names what it cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from yiwang.clocks.commands import deadlines, register


@pytest.fixture
def cli() -> click.Group:
    root = click.Group("yiwang", commands={"evaluate": click.Group("evaluate")})
    register(root)
    return root


def evaluate(cli: click.Group, folder: Path, text: str | bytes) -> tuple[int, str, str]:
    file = folder / "deadlines.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = CliRunner().invoke(cli, ["evaluate", "deadlines", str(file)])
    return result.exit_code, result.stdout, result.stderr


def test_deadlines_are_printed_with_their_explanation(cli: click.Group, tmp_path: Path) -> None:
    code, out, err = evaluate(
        cli,
        tmp_path,
        "id,start,amount,unit\na,2026-02-13 15:20,4,work_hour\nb,2026-02-13 15:20,2,urgent_hour\n",
    )
    assert (code, err) == (0, "")
    assert out == (
        "id,due,explanation\n"
        "a,2026-02-14 09:20,2月13日（周五）15:20—18:00，计 2 小时 40 分；"
        "2月14日（周六，调休上班）08:00—09:20，计 1 小时 20 分，用满 4 小时，"
        "截止 2026年2月14日（周六）09:20。\n"
        "b,2026-02-13 17:20,紧急工作时按自然时间连续计算：2月13日（周五）15:20起 2 小时，"
        "截止 2026年2月13日（周五）17:20。\n"
    )


def test_a_bad_row_is_named_and_the_others_are_still_answered(cli: click.Group, tmp_path: Path) -> None:
    code, out, err = evaluate(
        cli,
        tmp_path,
        "id,start,amount,unit\n"
        "a,2026-02-13,4,work_hour\n"
        "b,2026-02-13 15:20,four,work_hour\n"
        "c,2026-02-13 15:20,0.5,work_day\n"
        "d,2026-02-13 15:20,4,fortnight\n"
        "e,2026-02-30 15:20,4,work_hour\n"
        "f,2026-03-02 08:00,1,work_day\n"
        ",2026-03-02 08:00,1,work_day\n"
        "g,2026-03-02 08:00,-1,work_day\n"
        "h,2026-03-02 08:00\n"
        "i,2026-03-02 08:00,1,work_day,more\n"
        "j,1980-03-02 08:00,1,work_day\n",
    )
    assert code == 1
    assert [line.split(",")[:2] for line in out.splitlines()] == [["id", "due"], ["f", "2026-03-03 18:00"]]
    assert err.splitlines() == [
        "第 2 行（id a）：start 的值“2026-02-13”有误：请写成当地时间 YYYY-MM-DD HH:MM，"
        "例如 2026-02-13 15:20。",
        "第 3 行（id b）：amount 的值“four”有误：请写大于零的数字，例如 4。",
        "第 4 行（id c）：amount 的值“0.5”有误：工作日须为整数，不能是 0.5。",
        "第 5 行（id d）：unit 的值“fortnight”有误：请写 urgent_hour、work_hour、work_day、urgent_day 之一。",
        "第 6 行（id e）：start 的值“2026-02-30 15:20”有误：请写成当地时间 YYYY-MM-DD HH:MM，"
        "例如 2026-02-13 15:20。",
        "第 8 行（id 空）：id 的值“”有误：请填写编号。",
        "第 9 行（id g）：amount 的值“-1”有误：请写大于零、不超过 1000000 的数字，例如 4。",
        "第 10 行（id h）：amount 的值“”有误：请写大于零的数字，例如 4。",
        "第 11 行（id i）：row 的值“['more']”有误：列数多于首行，请检查逗号和引号。",
        "第 12 行（id j）：start 的值“1980-03-02 08:00”有误：时间超出可计算的范围（1992—2120 年）。",
        "共 10 行未能推算，请按上面的提示改正后重试。",
    ]


def test_a_missing_column_is_named(cli: click.Group, tmp_path: Path) -> None:
    code, out, err = evaluate(cli, tmp_path, "id,start,unit\n")
    assert (code, out) == (1, "")
    assert "缺少列 amount" in err


def test_a_file_saved_by_a_spreadsheet_is_read(cli: click.Group, tmp_path: Path) -> None:
    text = "unit,id,start,amount\r\nwork_hour,甲,2026-03-02 08:00,1.5\r\n"
    for raw in (b"\xef\xbb\xbf" + text.encode(), text.encode("gb18030")):
        code, out, _ = evaluate(cli, tmp_path, raw)
        assert code == 0
        assert out.splitlines()[1].startswith("甲,2026-03-02 09:30,")


def test_an_unknown_year_is_told(cli: click.Group, tmp_path: Path) -> None:
    code, out, _ = evaluate(cli, tmp_path, "id,start,amount,unit\na,2098-03-03 08:00,1,work_day\n")
    assert code == 0
    assert "2098 年的放假调休安排尚未载入" in out


def test_no_database_and_no_settings_are_needed(tmp_path: Path) -> None:
    assert deadlines.callback.needs_nothing is True  # type: ignore[union-attr]
    file = tmp_path / "deadlines.csv"
    file.write_text("id,start,amount,unit\na,2026-03-02 08:00,1,work_day\n")
    program = (
        "import click, sys; from yiwang.clocks.commands import deadlines, register;"
        "cli = click.Group('yiwang', commands={'evaluate': click.Group('evaluate')}); register(cli);"
        f"sys.argv = ['yiwang', 'evaluate', 'deadlines', {str(file)!r}]; cli()"
    )
    source = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(source), "PYTHONUTF8": "1"},
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[1].startswith("a,2026-03-03 18:00,")
