"""Level chain 流转链: how a case went up, by choice, by rule or by timer, with its looks and call-backs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ...cases import public as cases
from ...cases.public import StepAct, StepCause
from ...ledger.public import JournalEntry
from ...orgs.public import post_label
from .supervisions import event_words

#: Entries of 超时升级, which a timer makes or an event; told in the same chain with their own name.
_BY_TIMER = ("cases.urged", "cases.supervised", "cases.listed", "cases.escalated")
_TIMER_WORDS = {
    "cases.urged": gettext_noop("超时催办"),
    "cases.supervised": gettext_noop("督办"),
    "cases.listed": gettext_noop("挂牌督办"),
    "cases.escalated": gettext_noop("超时升级"),
}


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One step of the chain: its kind in words, from where to where, who and why."""

    at: datetime
    kind: str
    way: str
    by: str
    reason: str
    tone: str


@dataclass(frozen=True, slots=True)
class Chain:
    """What the panel shows of a case."""

    level: str
    steps: Sequence[ChainStep]
    same_days: Sequence[cases.SameDay]
    looks: Sequence[tuple[cases.SiteConfirmation, str]]
    callbacks: Sequence[cases.Callback]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.level or self.steps or self.same_days or self.looks or self.callbacks)


def chain_of(case: cases.Case, at: datetime) -> Chain:
    """The chain of a case; six queries at most."""
    steps = list(cases.LevelStep.objects.filter(case=case))
    timers = list(JournalEntry.objects.filter(stream=case.id, kind__in=_BY_TIMER).order_by("seq"))
    looks = list(cases.SiteConfirmation.objects.filter(case=case).order_by("asked_at", "id"))
    seqs = [row.seq for row in steps] + [row.seq for row in looks] + [entry.seq for entry in timers]
    words = dict(
        cases.Remark.objects.filter(case=case, seq__in=[seq for seq in seqs if seq]).values_list(
            "seq", "text"
        )
    )
    found = [_step(case, row, words.get(row.seq or 0, ""), at) for row in steps]
    found += [_taken(entry, words.get(entry.seq, "")) for entry in timers if _by_itself(entry)]
    return Chain(
        level=cases.level_name(case.street, case.level, at) if case.level else "",
        steps=sorted(found, key=lambda step: step.at),
        same_days=list(cases.SameDay.objects.filter(case=case).order_by("found_at")),
        looks=[(row, words.get(row.seq or 0, "")) for row in looks],
        callbacks=list(cases.Callback.objects.filter(case=case).order_by("opened_at", "id")),
    )


def _taken(entry: JournalEntry, words: str) -> ChainStep:
    """What a timer took, or an event, which says itself why."""
    body = json.loads(entry.body)
    if body.get("cause") != StepCause.EVENT:
        by = post_label(entry.post) or _("计时器")
        return ChainStep(entry.at, _(_TIMER_WORDS[entry.kind]), "", by, words, "bad")
    act = StepAct.URGE.label if entry.kind == "cases.urged" else _(_TIMER_WORDS[entry.kind])
    return ChainStep(entry.at, str(act), "", event_words(body["stage"], body["times"]), words, "bad")


def _by_itself(entry: JournalEntry) -> bool:
    """Whether a timer or an event made the entry, and no person."""
    return entry.actor is None or bool(json.loads(entry.body).get("step"))


def _step(case: cases.Case, row: cases.LevelStep, words: str, at: datetime) -> ChainStep:
    here = cases.level_name(case.street, row.from_level, at) if row.from_level else _("未定层级")
    there = cases.level_name(case.street, row.to_level, at)
    by = _("按规则") if row.rule else post_label(row.post)
    tone = "active" if row.kind == cases.LevelStepKind.PASS_UP else "warning"
    return ChainStep(row.at, str(cases.LevelStepKind(row.kind).label), f"{here} → {there}", by, words, tone)
