"""List pages 案件列表: all cases with filters, the export of the same list, and acts on many cases."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...cases import public as cases
from ...cases.public import CASE
from ...interface.public import staff
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, YiwangError, invalid
from ...orgs.public import unit_index
from .. import names
from ..forms.acts import BulkDispatchForm, proposal_for
from ..forms.filters import CaseFilterForm
from ..queries.lists import EXPORT_LIMIT, PAGE_SIZE, export_rows, page_of_cases, rows_of
from .problems import sentence_of

_LABELS = {
    "claim": gettext_lazy("批量认领"),
    "dispatch": gettext_lazy("批量派遣"),
    "dispatch_to": gettext_lazy("批量派给指定单位"),
    "approve": gettext_lazy("批量审核通过"),
}
#: Most cases that one press may act on: a page.
BULK_LIMIT = PAGE_SIZE


@require_GET
@staff("cases.view")
def case_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """案件列表: filtered, by key, without a count."""
    at = timezone.now()
    form = CaseFilterForm(request.GET or None)
    bound = CaseFilterForm(request.GET)
    wanted = bound.wanted()
    page = page_of_cases(actor, wanted, at=at, cursor=request.GET.get("cursor", ""))
    acts = [
        (name, label)
        for name, label, act in (
            ("claim", _LABELS["claim"], "cases.view"),
            ("dispatch", _LABELS["dispatch"], "cases.dispatch"),
            ("approve", _LABELS["approve"], "cases.review"),
        )
        if actor.may_anywhere(act)
    ]
    query = request.GET.copy()
    query.pop("cursor", None)
    context = {
        "form": form,
        "areas": bound.areas(),
        "channels": names.channel_names().items(),
        "page": page,
        "rows": rows_of(page.rows, at),
        "lifecycle": CASE,
        "now": at,
        "bulk_acts": acts,
        "bulk_unit": BulkDispatchForm() if actor.may_anywhere("cases.dispatch") else None,
        "may_export": actor.may_anywhere("cases.export"),
        "export_query": query.urlencode(),
        "export_limit": EXPORT_LIMIT,
    }
    return render(request, "workbench/case_list.html", context)


class _Line:
    """What `csv` writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


@require_GET
@staff("cases.export")
def export(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """导出: the filtered list as CSV for spreadsheets, streamed, capped, under `cases.export`."""
    at = timezone.now()
    wanted = CaseFilterForm(request.GET).wanted()
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for row in export_rows(actor, wanted, at=at):
            yield writer.writerow(row)

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    name = timezone.localtime(at).strftime("cases-%Y%m%d-%H%M%S.csv")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of one case in an act on many: done, or why not."""

    number: str
    case_id: UUID
    title: str
    problem: str = ""


@require_POST
@staff("cases.view")
def bulk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """批量: each case is an act of its own; the answer says which went through and why others did not."""
    at = timezone.now()
    name = request.POST.get("act", "")
    run = _to_unit(request) if name == "dispatch_to" else _BULK.get(name)
    if run is None:
        raise invalid("act", name, "请选择要执行的批量操作。")
    chosen = [_chosen(text) for text in dict.fromkeys(request.POST.getlist("case"))]
    if not chosen:
        raise invalid("case", "", "请先勾选案件。")
    if len(chosen) > BULK_LIMIT:
        raise invalid("case", len(chosen), f"一次最多处理 {BULK_LIMIT} 件，请减少勾选。")
    results = [_attempt(actor, at, key, version, run) for key, version in chosen]
    done = sum(1 for result in results if not result.problem)
    context = {"results": results, "done": done, "failed": len(results) - done, "label": _LABELS[name]}
    return render(request, "workbench/bulk_result.html", context)


def _chosen(text: str) -> tuple[UUID, int]:
    key, _sep, version = text.partition(":")
    try:
        return UUID(key), int(version)
    except ValueError:
        raise invalid("case", text, "请刷新列表后重新勾选。") from None


def _attempt(actor: Actor, at: datetime, key: UUID, version: int, run: Callable[..., Any]) -> BulkResult:
    try:
        case = cases.case_for(actor, key)
    except NotFound as problem:
        return BulkResult("—", key, "", problem.message)
    try:
        run(case, actor=actor, at=at, expected=version)
    except YiwangError as problem:
        return BulkResult(case.number, key, case.title, sentence_of(problem))
    return BulkResult(case.number, key, case.title)


def _claim(case: cases.Case, *, actor: Actor, at: datetime, expected: int) -> None:
    cases.claim_case(actor=actor, at=at, case_id=case.id)


def _dispatch(case: cases.Case, *, actor: Actor, at: datetime, expected: int) -> None:
    """Dispatch to whom the responsibility list names; a case that it does not answer is left alone."""
    found = proposal_for(case)
    if found is None:
        raise invalid("host", "", "权责清单没有给出承办单位，请派给指定单位，或打开案件单独派遣。")
    cases.dispatch_case(
        actor=actor, at=at, case_id=case.id, host=found.host_id, co_units=found.co_unit_ids, expected=expected
    )


def _approve(case: cases.Case, *, actor: Actor, at: datetime, expected: int) -> None:
    cases.approve_feedback(actor=actor, at=at, case_id=case.id, expected=expected)


def _to_unit(request: HttpRequest) -> Callable[..., None]:
    """Dispatch each case to the unit that was chosen.

    Raises:
        Invalid: no unit was chosen, or there is no such unit.
    """
    form = BulkDispatchForm(request.POST)
    if not form.is_valid() or form.cleaned_data["host"] not in unit_index().by_id:
        raise invalid("host", request.POST.get("host", ""), "请先选择要派给的单位。")
    given = form.cleaned_data

    def run(case: cases.Case, *, actor: Actor, at: datetime, expected: int) -> None:
        cases.dispatch_case(
            actor=actor, at=at, case_id=case.id, host=given["host"], instruction=given["instruction"],
            expected=expected,
        )  # fmt: skip

    return run


_BULK: dict[str, Callable[..., None]] = {"claim": _claim, "dispatch": _dispatch, "approve": _approve}
