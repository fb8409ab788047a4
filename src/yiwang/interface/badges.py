"""Badges 标签: which tone a state gets and how a due instant reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _

Tone = Literal["neutral", "waiting", "active", "good", "warning", "bad"]
TONES: tuple[Tone, ...] = ("neutral", "waiting", "active", "good", "warning", "bad")

#: A due instant closer than this is shown as a warning.
SOON = timedelta(hours=2)

_tones: dict[str, Tone] = {}


def give_tone(tone: Tone, *states: str) -> None:
    """Let an app say in which tone its states are shown; unknown states are neutral.

    Raises:
        ValueError: when the tone is none of `TONES`.
    """
    if tone not in TONES:
        raise ValueError(f"tone {tone!r} is none of {', '.join(TONES)}")
    for state in states:
        _tones[state] = tone


def tone_of(state: str) -> Tone:
    """The tone of a state."""
    return _tones.get(state, "neutral")


@dataclass(frozen=True, slots=True)
class DueBadge:
    """What a due badge shows."""

    label: str
    tone: Tone


def due_badge_of(due_at: datetime, *, now: datetime, done_at: datetime | None = None) -> DueBadge:
    """How a due instant reads: on time means `done_at <= due_at`, wall-clock time is left or over.

    Example: due at 12:00 and now 11:30 gives `剩余 30分钟` in the tone `warning`.
    """
    if done_at is not None:
        if done_at <= due_at:
            return DueBadge(_("按时"), "good")
        return DueBadge(_("超时 %(span)s") % {"span": span_text(done_at - due_at)}, "bad")
    if now > due_at:
        return DueBadge(_("已超时 %(span)s") % {"span": span_text(now - due_at)}, "bad")
    left = due_at - now
    return DueBadge(_("剩余 %(span)s") % {"span": span_text(left)}, "warning" if left <= SOON else "active")


def span_text(span: timedelta) -> str:
    """A span in its two largest units, rounded down: `3天4小时`, `2小时5分钟`, `0分钟`."""
    minutes = int(span.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("%(days)d天%(hours)d小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d小时%(minutes)d分钟") % {"hours": hours, "minutes": rest}
    return _("%(minutes)d分钟") % {"minutes": rest}
