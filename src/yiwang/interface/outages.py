"""Outages 数据库中断: while the database is out of reach, 503 and when to come back, without any query.

`project.urls` names `failure_or_outage` as the handler of 500, for errors in middleware; errors in a view
come through `interface.middleware.Acts`, those of the API too. Each process logs one line when the outage
begins and one when it is over (`kernel.outages`); `project.logs` keeps Django from adding a traceback for
each request.
"""

from __future__ import annotations

import json
import sys
from http import HTTPStatus

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from ..kernel.outages import OutageLog, is_outage
from .failures import failure
from .problem import RETRY_AFTER_OUTAGE, Problem, json_answer
from .requests import is_fragment, wants_json

LOG = OutageLog("web")
_DETAIL = _("数据库暂时无法连接，系统正在恢复。您刚才的操作没有保存，请稍后再试。")


def outage_problem() -> Problem:
    """What the API says while the database is out of reach."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "database_unavailable", _DETAIL)


def outage_answer(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503 with `Retry-After`: problem+json, a toast for htmx, or a plain page; asks the database nothing."""
    LOG.note(error)
    problem = outage_problem()
    if wants_json(request):
        answer = json_answer(problem, request)
    elif is_fragment(request):
        answer = HttpResponse(status=problem.status)
        answer["HX-Reswap"] = "none"
        told = {"problem": {"detail": gettext(_DETAIL), "status": problem.status}}
        answer["HX-Trigger"] = json.dumps(told)
    else:
        again = RETRY_AFTER_OUTAGE if request.method == "GET" else 0
        page = render_to_string("interface/outage.html", {"detail": gettext(_DETAIL), "again": again})
        answer = HttpResponse(page, status=problem.status)
    answer["Retry-After"] = str(RETRY_AFTER_OUTAGE)
    answer["Cache-Control"] = "no-store"
    return answer


def failure_or_outage(request: HttpRequest) -> HttpResponse:
    """`handler500`: the error at hand is an outage, or one that nobody meant."""
    error = sys.exc_info()[1]
    if error is not None and is_outage(error):
        return outage_answer(request, error)
    return failure(request)


def note_recovery() -> None:
    """Called after each answer: when an outage was on and the database has answered since, say so once."""
    if LOG.is_open and connection.connection is not None and not connection.errors_occurred:
        LOG.over()
