"""Pages of the list of holdings 任职清单: download it, load it, see which rows are wrong."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ...interface.public import Column, Crumb
from ...kernel.actor import Actor
from ...kernel.errors import Invalid, Refused
from ..forms import HoldingsForm
from ..holding_files import holdings_file
from ..permissions import ASSIGN
from ..rules.holding_rows import RowProblem
from ..services import load_holdings
from .access import administrators, status_of

_COLUMNS = (
    Column(gettext_lazy("行号"), numeric=True),
    Column(gettext_lazy("字段")),
    Column(gettext_lazy("原值")),
    Column(gettext_lazy("如何改正")),
)
#: Wrong rows that the page shows; the first of them are enough to begin with.
_MOST_SHOWN = 200


def _assigner(actor: Actor) -> None:
    if not actor.may_anywhere(ASSIGN):
        raise Refused("您没有安排任职的权限。", act=ASSIGN)


@require_http_methods(["GET", "POST"])
@administrators
def load_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """载入任职清单: all or nothing; wrong rows are listed with line, field, value and remedy."""
    _assigner(actor)
    is_sent = request.method == "POST"
    form = HoldingsForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    problems: list[RowProblem] = []
    if is_sent and form.is_valid():
        try:
            counts = load_holdings(
                actor=actor,
                at=timezone.now(),
                text=form.cleaned_data["file"],
                source=str(form.files["file"]),
            )
        except Invalid as error:
            problems = error.details.get("rows", [])
            form.add_error(None, error.message)
        else:
            text = _("读入 {read} 行：新增任职 {added}，变更任期 {changed}，未变 {unchanged}。")
            messages.success(
                request,
                text.format(
                    read=counts.read,
                    added=counts.added,
                    changed=counts.changed,
                    unchanged=counts.unchanged,
                ),
            )
            return redirect("orgs:load_holdings")
    context = {
        "form": form,
        "problems": problems[:_MOST_SHOWN],
        "is_cut": len(problems) > _MOST_SHOWN,
        "columns": _COLUMNS,
        "breadcrumbs": [Crumb(_("机构与岗位"), reverse("orgs:units")), Crumb(_("载入任职清单"))],
    }
    return render(request, "orgs/load_holdings.html", context, status=status_of(form))


@require_GET
@administrators
def download(request: HttpRequest, actor: Actor) -> HttpResponse:
    """任职清单: who holds what now, vacant posts included, as the file to load back."""
    _assigner(actor)
    answer = HttpResponse(
        "\ufeff" + holdings_file(actor, timezone.now()), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="holdings.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
