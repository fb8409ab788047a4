"""Keeping the search row in step with its case."""

from __future__ import annotations

from uuid import UUID

from ...kernel.search_text import area_token, bigrams, index_grams, normalise
from ...ledger.public import Act
from ..models import Case, CaseSearch, Report


def reindex(act: Act, case: Case) -> None:
    """Add the tokens of a case's areas, after it was located."""
    tokens = [area_token(key) for key in (case.district, case.street, case.community) if key]
    act.also("UPDATE cases_casesearch SET grams = grams || %s::int[] WHERE case_id = %s", [tokens, case.id])


def rebuild(act: Act, case: Case, *, without: UUID | None = None) -> None:
    """Make the search row anew from the case and the reports that belong to it now.

    Args:
        without: a report whose words are to be gone.
    """
    reports = Report.objects.filter(links__case=case, links__until=None)
    if without is not None:
        reports = reports.exclude(pk=without)
    texts = " ".join(reports.order_by("received_at", "id").values_list("text", flat=True))
    body = normalise(f"{case.number} {case.title} {texts} {case.address}")
    for row in act.fetch(CaseSearch, case=case.id):
        row.body = body
        row.grams = index_grams(body, (case.district, case.street, case.community))
        act.update(row, "body", "grams")


def index_more(act: Act, case: Case, text: str) -> None:
    """Add a text (of a merged report, an addition) to what a case is found by."""
    body = normalise(text)
    act.also(
        "UPDATE cases_casesearch SET body = body || ' ' || %s, grams = grams || %s::int[] WHERE case_id = %s",
        [body, bigrams(body), case.id],
    )
