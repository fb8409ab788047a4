"""The door of `clocks`; everything else in the package is private."""

from ..kernel.working_time import Due
from .correcting import (
    approve_correction,
    correction_in_progress,
    note_progress,
    preview_correction,
    propose_correction,
    reject_correction,
    with_local_day,
)
from .draining import fire_due, run_clock
from .enums import KeptReason
from .events import CalendarChanged, CorrectionApproved
from .holders import (
    LISTED,
    CalendarChange,
    DeadlineKept,
    DeadlineMove,
    Preview,
    preview_change,
    register_holder,
)
from .models import CalendarCorrection, CalendarDay, CalendarWarning, Timer, WorkingCalendar
from .queries import (
    calendar_as_of,
    calendar_at,
    current_calendar,
    due_at,
    unknown_year_warning,
)
from .rules import WALL_CLOCK, Corrected, StoredDeadline, corrected_due, corrected_start
from .services import clear_local_day, clear_working_hours, load_calendar, set_local_day, set_working_hours
from .timers import (
    BUSY,
    Again,
    DueTimer,
    Outcome,
    cancel_timers,
    many_timers_handler,
    plan_timer,
    timer_handler,
)

__all__ = [
    "BUSY",
    "LISTED",
    "WALL_CLOCK",
    "Again",
    "CalendarChange",
    "CalendarChanged",
    "CalendarCorrection",
    "CalendarDay",
    "CalendarWarning",
    "Corrected",
    "CorrectionApproved",
    "DeadlineKept",
    "DeadlineMove",
    "Due",
    "DueTimer",
    "KeptReason",
    "Outcome",
    "Preview",
    "StoredDeadline",
    "Timer",
    "WorkingCalendar",
    "approve_correction",
    "calendar_as_of",
    "calendar_at",
    "cancel_timers",
    "clear_local_day",
    "clear_working_hours",
    "corrected_due",
    "corrected_start",
    "correction_in_progress",
    "current_calendar",
    "due_at",
    "fire_due",
    "load_calendar",
    "many_timers_handler",
    "note_progress",
    "plan_timer",
    "preview_change",
    "preview_correction",
    "propose_correction",
    "register_holder",
    "reject_correction",
    "run_clock",
    "set_local_day",
    "set_working_hours",
    "timer_handler",
    "unknown_year_warning",
    "with_local_day",
]
