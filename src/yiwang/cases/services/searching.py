"""Keeping the search row in step with its case."""

from __future__ import annotations

from ...kernel.search_text import area_token, bigrams, normalise
from ...ledger.public import Act
from ..models import Case


def reindex(act: Act, case: Case) -> None:
    """Add the tokens of a case's areas, after it was located."""
    tokens = [area_token(key) for key in (case.district, case.street, case.community) if key]
    act.also("UPDATE cases_casesearch SET grams = grams || %s::int[] WHERE case_id = %s", [tokens, case.id])


def index_more(act: Act, case: Case, text: str) -> None:
    """Add a text (of a merged report, an addition) to what a case is found by."""
    body = normalise(text)
    act.also(
        "UPDATE cases_casesearch SET body = body || ' ' || %s, grams = grams || %s::int[] WHERE case_id = %s",
        [body, bigrams(body), case.id],
    )
