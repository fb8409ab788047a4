"""Channel health 渠道健康: what is wrong with a channel, from its figures alone."""

from __future__ import annotations

from dataclasses import dataclass

from .silence import QUIET_BY_NATURE, Silence

#: Share of messages that could not be used from which it is a warning, and from which it is bad.
ERRORS_WARN, ERRORS_BAD = 0.05, 0.25
#: Fewer errors than this are no share.
FEWEST_ERRORS = 5
#: Failures in a row of a pull or a running part that are bad.
FAILURES_BAD = 3
#: Mean seconds between commit and handling from which it is a warning.
SLOW_SECONDS = 60.0
LEVELS = ("off", "good", "warning", "bad")


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a channel 渠道指标, over the last 24 hours where nothing else is said.

    Attributes:
        errors: messages quarantined or refused, out of `messages`.
        waiting: stored messages that wait, of at most `most_waiting`.
        given_up: write-backs that were given up, as far as they were counted.
        part_is_down: the part of the intake process that serves the door is not running.
    """

    messages: int = 0
    errors: int = 0
    over_quota: int = 0
    waiting: int = 0
    most_waiting: int = 1
    lag_seconds: float = 0.0
    pull_failures: int = 0
    given_up: int = 0
    part_is_down: bool = False
    silence: Silence = QUIET_BY_NATURE

    @property
    def error_share(self) -> float:
        """Errors by messages, 0 when there are none."""
        return self.errors / self.messages if self.messages else 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong 异常: its name and whether it is a `warning` or `bad`."""

    name: str
    level: str


def findings_of(figures: Figures) -> list[Finding]:
    """What is wrong with an open channel 健康判断, worst first."""
    found = [*_of_flow(figures), *_of_errors(figures)]
    if figures.silence.is_warning:
        found.append(Finding(f"silence_{figures.silence.reason}", "warning"))
    return sorted(found, key=lambda finding: -LEVELS.index(finding.level))


def level_of(findings: list[Finding]) -> str:
    """The worst level among findings; `good` without any."""
    return max((finding.level for finding in findings), key=LEVELS.index, default="good")


def _of_flow(figures: Figures) -> list[Finding]:
    found = []
    if figures.part_is_down:
        found.append(Finding("part_down", "bad"))
    if figures.pull_failures:
        found.append(Finding("pull", "bad" if figures.pull_failures >= FAILURES_BAD else "warning"))
    if figures.waiting >= figures.most_waiting:
        found.append(Finding("queue_full", "bad"))
    elif figures.waiting * 2 >= figures.most_waiting:
        found.append(Finding("queue_half", "warning"))
    if figures.lag_seconds >= SLOW_SECONDS:
        found.append(Finding("slow", "warning"))
    return found


def _of_errors(figures: Figures) -> list[Finding]:
    found = []
    if figures.errors >= FEWEST_ERRORS and figures.error_share >= ERRORS_WARN:
        found.append(Finding("errors", "bad" if figures.error_share >= ERRORS_BAD else "warning"))
    if figures.over_quota:
        found.append(Finding("over_quota", "warning"))
    if figures.given_up:
        found.append(Finding("given_up", "warning"))
    return found
