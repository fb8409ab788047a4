"""Commands of `clocks`: `yiwang clock` and `yiwang evaluate deadlines`."""

from __future__ import annotations

import csv
import re
import signal
import sys
import threading
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from ..kernel.text_files import text_of
from ..kernel.working_time import SHANGHAI, UNITS, OutOfRange, WorkCalendar

_COLUMNS = ("id", "start", "amount", "unit")
_START = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")


class _BadRow(ValueError):
    """One field of one row cannot be read."""

    def __init__(self, field: str, value: str | None, remedy: str) -> None:
        super().__init__(f"{field} 的值“{'' if value is None else value}”有误：{remedy}")


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    cli.add_command(clock)
    evaluate = cli.commands["evaluate"]
    assert isinstance(evaluate, click.Group)
    evaluate.add_command(deadlines)


@click.command()
def clock() -> None:
    """时钟：到点执行到期的定时，可以同时运行多个。"""
    from .draining import run_clock

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_clock(stop)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def deadlines(file: Path) -> None:
    """按官方日历推算时限：读 id,start,amount,unit，输出 id,due,explanation。不需要数据库。

    start 为当地时间 YYYY-MM-DD HH:MM；unit 为 urgent_hour、work_hour、work_day、urgent_day 之一。
    """
    from .official import official_calendar

    calendar = official_calendar()
    rows = csv.DictReader(_text_of(file).splitlines(keepends=True))
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise click.ClickException(
            f"{file.name} 缺少列 {'、'.join(missing)}：首行须为 {','.join(_COLUMNS)}。"
        )
    output = csv.writer(sys.stdout, lineterminator="\n")
    output.writerow(("id", "due", "explanation"))
    bad = 0
    for row in rows:
        try:
            output.writerow(_answer(calendar, row))
        except _BadRow as problem:
            bad += 1
            click.echo(f"第 {rows.line_num} 行（id {row.get('id') or '空'}）：{problem}", err=True)
    if bad:
        sys.stdout.flush()
        click.echo(f"共 {bad} 行未能推算，请按上面的提示改正后重试。", err=True)
        raise SystemExit(1)


#: Tells the command line that neither database nor settings are needed.
deadlines.callback.needs_nothing = True  # type: ignore[union-attr]


def _text_of(file: Path) -> str:
    try:
        return text_of(file.read_bytes())
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} 的编码无法识别，请另存为 UTF-8。") from error


def _answer(calendar: WorkCalendar, row: dict[str, str | None]) -> tuple[str, str, str]:
    if row.get("id") in (None, ""):
        raise _BadRow("id", row.get("id"), "请填写编号。")
    if None in row:
        raise _BadRow("row", str(row[None]), "列数多于首行，请检查逗号和引号。")  # type: ignore[index]
    start, amount, unit = _start(row["start"]), _amount(row["amount"]), (row["unit"] or "").strip()
    if unit not in UNITS:
        raise _BadRow("unit", row["unit"], f"请写 {'、'.join(UNITS)} 之一。")
    try:
        due = calendar.add(start, amount, unit)
    except OutOfRange as error:
        raise _BadRow("start", row["start"], str(error)) from error
    except ValueError as error:
        raise _BadRow("amount", row["amount"], str(error)) from error
    form = "%Y-%m-%d %H:%M:%S" if due.due_at.second else "%Y-%m-%d %H:%M"
    return str(row["id"]), due.due_at.strftime(form), due.explanation


def _start(text: str | None) -> datetime:
    remedy = "请写成当地时间 YYYY-MM-DD HH:MM，例如 2026-02-13 15:20。"
    plain = (text or "").strip()
    if not _START.fullmatch(plain):
        raise _BadRow("start", text, remedy)
    try:
        return datetime.strptime(plain, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise _BadRow("start", text, remedy) from error


def _amount(text: str | None) -> int | Decimal:
    try:
        value = Decimal((text or "").strip())
    except InvalidOperation as error:
        raise _BadRow("amount", text, "请写大于零的数字，例如 4。") from error
    if not value.is_finite() or value <= 0 or value > 10**6:
        raise _BadRow("amount", text, "请写大于零、不超过 1000000 的数字，例如 4。")
    return int(value) if value == value.to_integral_value() else value
