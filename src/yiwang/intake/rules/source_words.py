"""Source's words 来源用语: what a source says of its rating, its verdict and its state, taken at our word.

The mapping's `table` turns the source's words into ours: a rating into codes of our scale, the code of
`outcome` and, where the source asks for it, that of `satisfaction` (`满意: solved satisfied`); a verdict into
`granted` or `refused`; a state into `withdrawn`, `closed` and so on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from .applying import MappedReport

GRANTED, REFUSED = "granted", "refused"
VERDICTS = {GRANTED: "同意", REFUSED: "不同意"}


def rating_of(
    words: str, outcomes: Collection[str], satisfactions: Collection[str]
) -> tuple[str, str] | None:
    """The outcome and the satisfaction that a rating's codes name; None when they fit no scale.

    Args:
        outcomes, satisfactions: codes in force.

    Example: `solved satisfied` is `("solved", "satisfied")`, `unsolved` is `("unsolved", "")`.
    """
    codes = words.replace("/", " ").split()
    found = [code for code in codes if code in outcomes]
    more = [code for code in codes if code in satisfactions and code not in outcomes]
    if len(found) != 1 or len(more) > 1 or len(codes) != len(found) + len(more):
        return None
    return found[0], more[0] if more else ""


def is_late(before: MappedReport, now: MappedReport) -> bool:
    """Whether a message is older, by the source's own time, than what is known."""
    return bool(before.updated_at and now.updated_at and now.updated_at < before.updated_at)


def is_new_verdict(before: MappedReport, now: MappedReport) -> bool:
    """Whether a message answers what we asked.

    It does when its verdict is another one, when it comes with another limit, or when it says nothing else
    that is new; a source that repeats its last verdict in an ordinary update answers nothing.
    """
    if not now.verdict or is_late(before, now):
        return False
    if now.verdict != before.verdict or now.due_at != before.due_at:
        return True
    return replace(now, updated_at=None) == replace(before, updated_at=None)
