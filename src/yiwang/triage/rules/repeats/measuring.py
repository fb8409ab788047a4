"""Measuring 评测: how good look-up and scoring are on a stream whose truth is known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ..proposals import RepeatOutcome, RepeatProposal
from ..said import Said
from .generating import Message, Stream

#: Answers a batch of reports; then keeps each under the case that it belongs to.
Ask = Callable[[Sequence[Said]], list[RepeatProposal]]
Keep = Callable[[Sequence[tuple[Said, UUID]]], None]
Close = Callable[[Sequence[UUID]], None]


@dataclass
class Figures:
    """Counts of one run 评测结果.

    Attributes:
        merged_pairs, right_pairs: pairs of reports that automatic merges put into one case, and how many of
            them are one problem in truth (by closure: an error counts with every report it draws in).
        repeats: reports of a problem that already had an open case; found: those for which a case of the
            problem was merged into or suggested; found_by_merge: merged alone.
        suggested, right_suggested: candidates named by proposals that were not merged.
        background: merges into cases that do not belong to the stream; every one is wrong.
    """

    reports: int = 0
    repeats: int = 0
    found: int = 0
    found_by_merge: int = 0
    merges: int = 0
    right_merges: int = 0
    merged_pairs: int = 0
    right_pairs: int = 0
    suggested: int = 0
    right_suggested: int = 0
    first_right: int = 0
    first_suggested: int = 0
    background: int = 0
    missed: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    by_class: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def as_dict(self) -> dict[str, float | int]:
        """The figures by name; shares are None-free and rounded to four digits."""
        return {
            "reports": self.reports,
            "repeats": self.repeats,
            "merge_precision": _share(self.right_pairs, self.merged_pairs),
            "merges": self.merges,
            "merged_pairs": self.merged_pairs,
            "wrong_merges": self.merges - self.right_merges,
            "merges_into_background": self.background,
            "merge_recall": _share(self.found_by_merge, self.repeats),
            "suggestion_recall": _share(self.found, self.repeats),
            "suggestion_precision": _share(self.right_suggested, self.suggested),
            "first_suggestion_precision": _share(self.first_right, self.first_suggested),
            "suggestions": self.suggested,
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


class Measuring:
    """Plays a stream through a look-up, batch by batch, doing what the proposals say."""

    def __init__(self, stream: Stream, *, ask: Ask, keep: Keep, close: Close, batch: int = 50) -> None:
        self._stream = stream
        self._ask, self._keep, self._close, self._batch = ask, keep, close, batch
        self._case_of: dict[UUID, UUID] = {}
        self._groups: dict[UUID, list[int]] = defaultdict(list)
        self._open: Counter[int] = Counter()
        self._cases: dict[int, set[UUID]] = defaultdict(set)
        self._closed: set[int] = set()
        self.figures = Figures()

    def run(self) -> Figures:
        """Play the whole stream."""
        closings = list(self._stream.closings)
        batch: list[Message] = []
        for message in self._stream.messages:
            due = [group for at, group in closings if at <= message.said.at]
            if len(batch) >= self._batch or (due and batch):
                self._play(batch)
                batch = []
            if due:
                del closings[: len(due)]
                self._end(due)
            batch.append(message)
        self._play(batch)
        for groups in self._groups.values():
            counts = Counter(groups)
            self.figures.merged_pairs += len(groups) * (len(groups) - 1) // 2
            self.figures.right_pairs += sum(n * (n - 1) // 2 for n in counts.values())
        self.figures.merged_pairs += self.figures.background
        return self.figures

    def _end(self, groups: Sequence[int]) -> None:
        cases = sorted({case for group in groups for case in self._cases.pop(group, ())})
        self._close(cases)
        for group in groups:
            self._open.pop(group, None)

    def _play(self, batch: Sequence[Message]) -> None:
        kept = []
        for message, proposal in zip(batch, self._ask([m.said for m in batch]), strict=True):
            self._count(message, proposal)
            case_id = message.said.key
            if proposal.outcome == RepeatOutcome.MERGE and proposal.case_id is not None:
                case_id = self._case_of.get(proposal.case_id, proposal.case_id)
            self._case_of[message.said.key] = case_id
            self._groups[case_id].append(message.group)
            self._cases[message.group].add(case_id)
            self._open[message.group] += 1
            kept.append((message.said, case_id))
        if kept:
            self._keep(kept)

    def _count(self, message: Message, proposal: RepeatProposal) -> None:
        figures, group = self.figures, message.group
        counts = figures.by_class[message.class_name]
        figures.reports += 1
        right = [self._is_right(candidate.case_id, group) for candidate in proposal.candidates]
        is_repeat = self._open[group] > 0
        merged = proposal.outcome == RepeatOutcome.MERGE
        if is_repeat:
            figures.repeats += 1
            counts["repeats"] += 1
            figures.found += any(right)
            counts["found"] += any(right)
            figures.found_by_merge += merged and right[0]
            if not any(right):
                figures.missed.append((message.class_name, message.said.text))
        if merged:
            figures.merges += 1
            counts["merges"] += 1
            figures.right_merges += right[0]
            counts["right_merges"] += right[0]
            if not right[0]:
                reasons = "；".join(reason.words for reason in proposal.reasons)
                figures.wrong.append((message.said.text, reasons))
                figures.background += self._first_case(proposal) not in self._groups
        elif right:
            figures.suggested += len(right)
            figures.right_suggested += sum(right)
            figures.first_suggested += 1
            figures.first_right += right[0]

    def _first_case(self, proposal: RepeatProposal) -> UUID | None:
        return self._case_of.get(proposal.case_id, proposal.case_id) if proposal.case_id else None

    def _is_right(self, case_id: UUID, group: int) -> bool:
        case = self._case_of.get(case_id, case_id)
        return self._groups.get(case, [-1])[0] == group
