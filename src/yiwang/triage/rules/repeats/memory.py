"""An index of reports in memory 内存索引: for the reports of one batch, and for learning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from .cells import MOST, MOST_ROWS, kind_of
from .signatures import Signature, searched_tokens, stored_tokens


class MemoryIndex:
    """Reports by token, looked up as the table of open cases is: the newest few of each token."""

    def __init__(self) -> None:
        self._by_token: dict[int, list[int]] = defaultdict(list)
        self._kept: list[Signature] = []
        self._closed: set[UUID] = set()

    def add(self, signature: Signature) -> None:
        """Keep a report; give them in order of time."""
        for token in stored_tokens(signature):
            self._by_token[token].append(len(self._kept))
        self._kept.append(signature)

    def close(self, case_id: UUID) -> None:
        """Forget the reports of a case."""
        self._closed.add(case_id)

    def near(
        self, signature: Signature, *, wanted: Callable[[Signature], bool] | None = None
    ) -> list[Signature]:
        """Reports that may tell of the same problem, newest first, without the report itself."""
        found: set[int] = set()
        for token in searched_tokens(signature):
            rows = self._by_token.get(token)
            if rows:
                found.update(rows[-MOST[kind_of(token)] :])
        kept = (self._kept[row] for row in sorted(found, reverse=True)[:MOST_ROWS])
        return [
            other
            for other in kept
            if other.case_id not in self._closed
            and other.case_id != signature.case_id
            and (wanted is None or wanted(other))
        ]
