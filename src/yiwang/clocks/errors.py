"""Errors of `clocks`, each with a stable `code`."""

from __future__ import annotations

from ..kernel.errors import Conflict, Refused, invalid


def may_not_edit() -> Refused:
    """The actor may not change calendars."""
    return Refused("您没有修改工作日历的权限。", code="clocks.edit_refused")


def year_unknown(year: int) -> Exception:
    """The package does not hold the State Council's arrangement of the year."""
    return invalid(
        "years", year, f"{year} 年的放假调休安排尚未公布，请等国务院通知并更新 holidays 软件包后再载入。"
    )


def years_not_joined(year: int) -> Exception:
    """A year would leave a gap in the known years."""
    return invalid("years", year, f"已知年份须连续，请先载入 {year} 年。")


def may_not_decide() -> Refused:
    """The actor may not decide on corrections."""
    return Refused("您没有批准日历更正的权限。", code="clocks.approve_refused")


def nothing_to_correct() -> Conflict:
    """No change of the calendar is left to be carried into stored deadlines."""
    return Conflict("没有需要更正的日历变更。", code="clocks.nothing_to_correct")


def correction_open() -> Conflict:
    """One correction at a time."""
    return Conflict("已有一项更正待批准或正在执行，请等它结束。", code="clocks.correction_open")


def no_calendar() -> Conflict:
    """No calendar has been loaded yet."""
    return Conflict("还没有工作日历，请先载入国务院的放假安排。", code="clocks.no_calendar")


def hours_overlap() -> Conflict:
    """Two rows of working hours would hold on the same day."""
    return Conflict(
        "这段日期已有作息时间，请先撤销原来的一段，或改用它以外的日期。", code="clocks.hours_overlap"
    )
