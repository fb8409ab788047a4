"""The page of assessment 吹哨考核: streets and units of a month, the same figures as the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...interface.public import Chart, Column, staff
from ...kernel.actor import Actor
from ...kernel.errors import Invalid
from ...kernel.working_time import SHANGHAI
from .. import public as whistles
from ..enums import ClockStage, RatingQuestion
from ..queries.assessing import STAGES, StreetMonth, month_bounds, month_totals
from ..queries.rulebook import rulebook
from ..rules.assessing import Share
from ..states import ASSESS

FREQUENCY_WORDS = {
    "few": gettext_lazy("偏少"), "usual": gettext_lazy("适中"), "many": gettext_lazy("偏多"),
}  # fmt: skip
_RATES = tuple(Column(ClockStage(stage).label, numeric=True) for stage in STAGES)
_POINTS = tuple(Column(RatingQuestion(question).label, numeric=True) for question in RatingQuestion.values)
_STREETS = (
    Column(gettext_lazy("街道")), Column(gettext_lazy("吹哨数"), numeric=True),
    Column(gettext_lazy("吹哨率")), Column(gettext_lazy("不予批准"), numeric=True),
    Column(gettext_lazy("二次哨数"), numeric=True), Column(gettext_lazy("提级次数"), numeric=True),
    Column(gettext_lazy("解决率"), numeric=True), *_RATES,
)  # fmt: skip
_UNITS = (
    Column(gettext_lazy("报到单位")), Column(gettext_lazy("任务数"), numeric=True),
    Column(gettext_lazy("拒绝报到"), numeric=True), Column(gettext_lazy("到场无权"), numeric=True),
    Column(gettext_lazy("超时次数"), numeric=True), *_RATES, *_POINTS,
)  # fmt: skip


@require_GET
@staff(ASSESS)
def assessment(request: HttpRequest, actor: Actor) -> HttpResponse:
    """吹哨考核 of a month (`?month=2026-03`); by default this one."""
    this = timezone.now().astimezone(SHANGHAI).strftime("%Y-%m")
    month, refusal = request.GET.get("month") or this, ""
    try:
        streets = whistles.streets_of_month(actor, month)
        units = whistles.units_of_month(actor, month)
    except Invalid as problem:
        month, refusal = this, problem.message
        streets, units = whistles.streets_of_month(actor, this), whistles.units_of_month(actor, this)
    first = month_bounds(month)[2]
    totals = month_totals(streets)
    is_rated = any(one.response is not None for one in streets)
    context = {
        "is_running": month >= this,
        "month": month, "refusal": refusal, "streets": streets, "units": units, "stages": STAGES,
        "totals": totals, "solved_words": _percent(totals.solved), "came_words": _percent(totals.came),
        "is_rated": is_rated,
        "busy": [one for one in streets if one.blown], "quiet": [one for one in streets if not one.blown],
        "street_columns": (*_STREETS, *_POINTS) if is_rated else _STREETS,
        "unit_columns": _UNITS, "words": FREQUENCY_WORDS,
        "rule": rulebook().frequency_on(first),
        "chart": _chart(streets),
    }  # fmt: skip
    return render(request, "whistles/assessment.html", context, status=422 if refusal else 200)


def _percent(share: Share) -> str:
    return "—" if share.percent is None else f"{share.percent} %"


def _chart(streets: list[StreetMonth]) -> Chart | None:
    shown = [one for one in streets if one.blown][:20]
    if not shown:
        return None
    names = [one.name or _("未定街道") for one in shown]
    series = [
        {"name": str(_("吹哨数")), "type": "bar", "barMaxWidth": 48, "data": [one.blown for one in shown]},
        {"name": str(_("二次吹哨")), "type": "bar", "barMaxWidth": 48, "data": [one.again for one in shown]},
    ]
    options = {
        "tooltip": {"trigger": "axis"}, "legend": {"bottom": 0},
        "grid": {"top": 24, "left": 44, "right": 16, "bottom": 56},
        "xAxis": {"type": "category", "data": names}, "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }  # fmt: skip
    rows = [(name, one.blown, one.again) for name, one in zip(names, shown, strict=True)]
    columns = (_("街道"), _("吹哨数"), _("二次吹哨"))
    return Chart(name="whistles", label=_("各街道吹哨数"), options=options, columns=columns, rows=rows)
