"""Failures 出错页: problems as whole pages, as fragments for htmx, or as problem+json.

`project.urls` names the handlers: `handler404 = "yiwang.interface.failures.not_found"` and so on.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import select_template

from .problem import Problem, json_answer, problem_for_status
from .requests import is_fragment, wants_json


def problem_answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem in the form that the client reads.

    A fragment also triggers the toast: htmx shows it and leaves the page as it is.
    """
    if wants_json(request):
        return json_answer(problem, request)
    if is_fragment(request):
        answer = render(
            request, "interface/problem_fragment.html", {"problem": problem}, status=problem.status
        )
        answer["HX-Reswap"] = "none"
        told = {"detail": problem.detail_shown, "status": problem.status}
        answer["HX-Trigger"] = json.dumps({"problem": told})
        return answer
    names = [f"interface/{problem.status}.html", "interface/problem.html"]
    page = select_template(names).render({"problem": problem}, request)
    return HttpResponse(page, status=problem.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return problem_answer(request, problem_for_status(HTTPStatus.BAD_REQUEST))


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return problem_answer(request, problem_for_status(HTTPStatus.FORBIDDEN))


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 because the form is too old or came from elsewhere (`CSRF_FAILURE_VIEW`)."""
    detail = "表单已经过期，请返回上一页，刷新后重新提交。"
    return problem_answer(request, Problem(HTTPStatus.FORBIDDEN, "form_expired", detail))


def locked_out(request: HttpRequest, credentials: object = None, *args: object) -> HttpResponse:
    """429 after too many wrong passwords (`AXES_LOCKOUT_CALLABLE`)."""
    detail = "口令错误次数过多，账号已临时锁定，请 15 分钟后再试。"
    return problem_answer(request, Problem(HTTPStatus.TOO_MANY_REQUESTS, "locked_out", detail))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return problem_answer(request, problem_for_status(HTTPStatus.NOT_FOUND))


def failure(request: HttpRequest) -> HttpResponse:
    """500: a page that needs neither database nor session."""
    problem = problem_for_status(HTTPStatus.INTERNAL_SERVER_ERROR)
    if wants_json(request) or is_fragment(request):
        return problem_answer(request, problem)
    return HttpResponse(select_template(["interface/500.html"]).render(), status=problem.status)
