"""Sampling 抽样: draws that nobody can foretell and that can be verified with the city's key."""

from __future__ import annotations

from uuid import UUID

from ...ledger.public import blind_index


def draw_of(key: UUID, round: int, *, purpose: str) -> UUID:
    """The draw of one thing in one round of handling, for `rules.is_sampled`.

    It is keyed: whoever sees a case's number or address cannot tell beforehand whether it will be drawn, and
    a second try at the same round draws the same.
    """
    return UUID(bytes=blind_index(f"{key}:{round}", purpose=f"sample.{purpose}")[:16])
