"""Clocks 时限: working calendars, deadlines and the timer table. Root entity: WorkingCalendar."""
