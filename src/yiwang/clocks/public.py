"""The door of `clocks`; everything else in the package is private."""

from ..kernel.working_time import Due
from .draining import fire_due, run_clock
from .events import CalendarChanged
from .models import CalendarDay, Timer, WorkingCalendar
from .queries import calendar_as_of, current_calendar, due_at, unknown_year_warning, waiting_timers
from .services import clear_local_day, load_calendar, set_local_day, set_working_hours
from .timers import cancel_timers, plan_timer, timer_handler

__all__ = [
    "CalendarChanged",
    "CalendarDay",
    "Due",
    "Timer",
    "WorkingCalendar",
    "calendar_as_of",
    "cancel_timers",
    "clear_local_day",
    "current_calendar",
    "due_at",
    "fire_due",
    "load_calendar",
    "plan_timer",
    "run_clock",
    "set_local_day",
    "set_working_hours",
    "timer_handler",
    "unknown_year_warning",
    "waiting_timers",
]
