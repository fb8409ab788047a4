"""Evaluating address readers 地址识别评估: exact-span F1 and speed on tagged addresses."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .divisions import Divisions
from .grammar import grammar_reader
from .tagged import Agreement, Span, TaggedAddress, agreement

#: One address in so many is held back from every training.
HELD_BACK = 10


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How good and how fast a reader is 评估结果.

    Attributes:
        per_second: addresses a second of processor time, one thread.
    """

    agreement: Agreement
    addresses: int
    per_second: float


def evaluate_reader(
    read: Callable[[Sequence[str]], list[Span]], addresses: Sequence[TaggedAddress]
) -> Evaluated:
    """Read all addresses and compare with their tags."""
    start = time.process_time()
    found = [read(address.tokens) for address in addresses]
    spent = time.process_time() - start
    agreed = agreement([address.spans for address in addresses], found)
    return Evaluated(agreed, len(addresses), len(addresses) / spent if spent else 0.0)


def held_back(address: TaggedAddress) -> bool:
    """Whether an address is never trained on, by the hash of its text."""
    digest = hashlib.sha256("".join(address.tokens).encode()).digest()
    return int.from_bytes(digest[:4], "big") % HELD_BACK == 0


def plain_grammar() -> Callable[[Sequence[str]], list[Span]]:
    """The reader of a city that has no names and no training."""
    return grammar_reader(Divisions([], "").scanner())
