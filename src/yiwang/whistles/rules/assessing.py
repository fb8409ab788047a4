"""Assessing 考核: counts and rates of whistles of one street and month; too few and too many both show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """A rate as whole numbers: so many of so many; nothing to count is no rate."""

    part: int = 0
    whole: int = 0

    @property
    def percent(self) -> int | None:
        """Rounded half up; None when there is nothing to count."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None


def frequency_words(count: int, *, least: int, most: int) -> str:
    """Whether a street whistled `few`, `many` or a `usual` number of times in a month.

    Args:
        most: 0 means that no number is too many.
    """
    if count < least:
        return "few"
    return "many" if most and count > most else "usual"
